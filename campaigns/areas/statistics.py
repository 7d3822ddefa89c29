"""What a carrier tells of its areas besides households: a few numbers by name."""

import math
import re
from collections.abc import Mapping
from typing import Any

MOST = 60
NAME = re.compile(r"[^\W_][^\x00-\x1f\x7f-\x9f\ud800-\udfff\"\\{}<>]{0,59}")
LARGEST = 1e15


class StatisticsError(ValueError):
    """Names the figure and the reason."""


def is_name(name: Any) -> bool:
    """Whether a figure may be kept under this name."""
    return isinstance(name, str) and NAME.fullmatch(name) is not None


def statistics(known: Any) -> dict[str, float]:
    """The same, checked: at most 60 names that begin with a letter or digit, each with a finite number. Raises StatisticsError."""
    if not isinstance(known, Mapping):
        raise StatisticsError("statistics must be an object of names and numbers")
    if len(known) > MOST:
        raise StatisticsError(f"statistics has {len(known)} figures, more than {MOST}")
    for name, value in known.items():
        if not is_name(name):
            raise StatisticsError(
                f"statistics {str(name)[:60]!r} must begin with a letter or digit, have at most 60 characters,"
                ' and none of " \\ { } < >'
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_sound(value):
            raise StatisticsError(f"statistics {name} must be a finite number")
    return dict(known)


def _is_sound(value: float) -> bool:
    return math.isfinite(value) and abs(value) <= LARGEST
