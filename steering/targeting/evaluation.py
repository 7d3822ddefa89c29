"""What scores and policies are worth, judged by logged decisions alone: ranking, calibration, off-policy value.

Treatments are coded as in `UpliftModel.fit`: 0 is no contact, j + 1 is option j; so a plan's `choice` is a policy
after adding 1. Rows without a known propensity must be left out by the caller.
"""

from .calibration import Calibration, Decile, calibration, uplift_by_decile
from .curves import Curve, auuc, qini_coefficient, qini_curve, uplift_curve
from .off_policy import Estimate, policy_difference_dr, policy_value_dr, policy_value_ips, policy_value_snips

__all__ = [
    "Calibration", "Curve", "Decile", "Estimate", "auuc", "calibration", "policy_difference_dr", "policy_value_dr",
    "policy_value_ips", "policy_value_snips", "qini_coefficient", "qini_curve", "uplift_by_decile", "uplift_curve",
]  # fmt: skip
