"""Leaflets of an area as carriers carry them: full bundles and a rest. Pure."""

from dataclasses import dataclass

USUAL_SIZE = 100


@dataclass(frozen=True)
class Bundles:
    size: int
    full: int
    rest: int  # leaflets in one more, smaller bundle; 0: none


def of(quantity: int, *, size: int = USUAL_SIZE) -> Bundles:
    """Raises ValueError for a size below 1 or a negative quantity."""
    if size < 1 or quantity < 0:
        raise ValueError(
            f"a bundle must hold at least 1 leaflet and a quantity must not be negative, got {size}, {quantity}"
        )
    full, rest = divmod(quantity, size)
    return Bundles(size, full, rest)
