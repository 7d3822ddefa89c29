"""How fast and at which hours messages go out.

`of_wave` is asked when dispatches are made, `waits` when they are claimed, `admit` before they are given away, and
`slow_down` is told when a mail host complains.
"""

from .admitting import admit, admit_by, shared_out, slow_down
from .buckets import is_first
from .estimating import Estimate, estimate
from .hours import Waits, waits
from .schedule import Schedule, of_wave
from .warm_up import count_sent, with_room

__all__ = [
    "Estimate",
    "Schedule",
    "Waits",
    "admit",
    "admit_by",
    "count_sent",
    "estimate",
    "is_first",
    "of_wave",
    "shared_out",
    "slow_down",
    "waits",
    "with_room",
]
