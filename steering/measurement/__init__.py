"""What a campaign brought: by channel, against its holdout, and across the border between online and offline."""

from .area_lift import AreaLift
from .funnel import FunnelRow
from .lift import Interval, Lift
from .paired import Paired
from .report import Results, results
from .ropo import RopoRow

__all__ = ["AreaLift", "FunnelRow", "Interval", "Lift", "Paired", "Results", "RopoRow", "results"]
