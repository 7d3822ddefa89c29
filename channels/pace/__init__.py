"""How fast and at which hours messages go out.

`waits` is asked when dispatches are claimed, `admit` before they are given away, `slow_down` when a mail host complains.
"""

from .admitting import admit, slow_down
from .hours import Waits, waits

__all__ = ["Waits", "admit", "slow_down", "waits"]
