"""What a contact would add: uplift from logged decisions, honest evaluation, and exploration that keeps it possible.

What needs scikit-learn is loaded when it is first asked for: that takes a second and 100 MB, which few processes need.
"""

import os

import lazy_loader

# Threads of the boosted trees that wait must not spin: on a machine that is busy, and workers make every machine busy,
# spinning was seen to make training ten times slower. Read when scikit-learn is loaded, so it stands before that.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["areas"],
    submod_attrs={
        "learners": ["DRLearner", "SLearner", "TLearner", "TransformedOutcome", "XLearner"],
        "policy": ["PolicySelector"],
        "store": ["UntrustedModelError", "dumps", "loads"],
        "uplift": ["UpliftModel"],
    },
)
