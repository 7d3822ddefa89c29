"""Variants of a content: how a wave shares customers out among them, what they brought, and when one of them is better.

`posterior` and `sequences` are pure: numbers in, numbers out. `tallies` counts, `comparing` puts it together.
"""

from .comparing import Report, Standing, report, shares_now
from .offering import offer

__all__ = ["Report", "Standing", "offer", "report", "shares_now"]
