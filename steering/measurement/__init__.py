"""What a campaign brought: by channel, against its holdout, and across the border between online and offline."""

from .funnel import FunnelRow
from .lift import Interval, Lift
from .report import Results, results
from .ropo import RopoRow

__all__ = ["FunnelRow", "Interval", "Lift", "Results", "RopoRow", "results"]
