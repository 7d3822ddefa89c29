"""What a benchmark found, in the form that a program can read."""

import ctypes
import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Result:
    """Figures and floors share names where a figure has a floor: the least that the same work could take."""

    name: str
    figures: dict[str, float]
    floors: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> str:
        """One line: `{"benchmark": ..., "figures": {...}, "floors": {...}}`."""
        return json.dumps(
            {"benchmark": self.name, "figures": _rounded(self.figures), "floors": _rounded(self.floors)},
            allow_nan=False,
        )


def told(output: bytes) -> dict:
    """What a process of a benchmark printed as its JSON; HiGHS may print beside it, and later than it was said."""
    return json.loads([line for line in output.splitlines() if line.startswith(b"{")][-1])


def flush() -> None:
    """What libraries of C have printed comes before what is printed next."""
    ctypes.CDLL(None).fflush(None)


def _rounded(numbers: dict[str, float]) -> dict[str, float | None]:
    """Six digits say more than any measurement knows; what is not a number is null, which JSON can say."""
    return {name: _digits(number) for name, number in numbers.items()}


def _digits(number: float) -> float | None:
    told = float(f"{float(number):.6g}")
    return told if abs(told) < float("inf") else None
