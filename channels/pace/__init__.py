"""How fast and at which hours messages go out.

`waits` is asked when dispatches are claimed, `scheduled` when they are made, `admit` before they are given away.
"""

from .hours import Waits, waits

__all__ = ["Waits", "waits"]
