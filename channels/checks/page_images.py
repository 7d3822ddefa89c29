"""Where pictures stand on the pages of a PDF, and how many dots an inch they have there."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

POINTS_AN_INCH = 72
DEEPEST = 8  # forms within forms
Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True)
class Placed:
    """A picture of `width` x `height` pixels, and the fewer of its dots an inch along its two sides."""

    width: int
    height: int
    dpi: float


@lru_cache(maxsize=16)
def placed(pdf: bytes) -> tuple[Placed, ...]:
    """All of them, in the order in which they are drawn."""
    reader = PdfReader(io.BytesIO(pdf)) if pdf else None
    return tuple(
        one for page in (reader.pages if reader else ()) for one in _drawn(page, page.get_contents(), IDENTITY)
    )


@lru_cache(maxsize=16)
def sheets(pdf: bytes) -> int:
    """How many pages it has."""
    return len(PdfReader(io.BytesIO(pdf)).pages) if pdf else 0


def _drawn(owner: Any, content: Any, at: Matrix, depth: int = 0) -> Iterator[Placed]:
    """PDF 32000-1, 8.3.4: `cm` puts a matrix before the one in force, `q` and `Q` keep it, `Do` fills its unit square."""
    kept: list[Matrix] = []
    for operands, operator in content.operations if content is not None else ():
        if operator == b"q":
            kept.append(at)
        elif operator == b"Q" and kept:
            at = kept.pop()
        elif operator == b"cm":
            at = _times(tuple(map(float, operands)), at)
        elif operator == b"Do":
            yield from _object(owner, operands[0], at, depth)


def _object(owner: Any, name: str, at: Matrix, depth: int) -> Iterator[Placed]:
    found = owner["/Resources"].get("/XObject", {}).get(name)
    drawn = found.get_object() if found is not None else {}
    if drawn.get("/Subtype") == "/Image":
        yield _measured(drawn, at)
    elif drawn.get("/Subtype") == "/Form" and depth < DEEPEST:
        own = tuple(map(float, drawn.get("/Matrix", IDENTITY)))
        yield from _drawn(drawn, ContentStream(drawn, None), _times(own, at), depth + 1)


def _measured(image: Any, at: Matrix) -> Placed:
    width, height = int(image["/Width"]), int(image["/Height"])
    a, b, c, d, _, _ = at
    along, up = math.hypot(a, b) / POINTS_AN_INCH, math.hypot(c, d) / POINTS_AN_INCH
    return Placed(width, height, min(width / along if along else math.inf, height / up if up else math.inf))


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    k, m, n, o, p, q = other
    return (a * k + b * n, a * m + b * o, c * k + d * n, c * m + d * o, e * k + f * n + p, e * m + f * o + q)
