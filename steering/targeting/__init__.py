"""What a contact would add: uplift from logged decisions, honest evaluation, and exploration that keeps it possible."""

import os

# Threads of the boosted trees that wait must not spin: on a machine that is busy, and workers make every machine busy,
# spinning was seen to make training ten times slower. Read when scikit-learn is loaded, so it stands before that.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from .learners import DRLearner, SLearner, TLearner, TransformedOutcome, XLearner
from .policy import PolicySelector
from .store import UntrustedModelError, dumps, loads
from .uplift import UpliftModel

__all__ = [
    "DRLearner",
    "PolicySelector",
    "SLearner",
    "TLearner",
    "TransformedOutcome",
    "UntrustedModelError",
    "UpliftModel",
    "XLearner",
    "dumps",
    "loads",
]
