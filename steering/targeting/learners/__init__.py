"""Ways to learn uplift, each a scikit-learn estimator: `fit(X, treatment, outcome, propensity)`, `predict(X)` -> (n, m)."""

from .base import UpliftLearner
from .cross import XLearner
from .doubly_robust import DRLearner, TransformedOutcome
from .single import SLearner
from .two import TLearner

LEARNERS = (SLearner, TLearner, XLearner, DRLearner, TransformedOutcome)

__all__ = ["LEARNERS", "DRLearner", "SLearner", "TLearner", "TransformedOutcome", "UpliftLearner", "XLearner"]
