"""Who lives together, found once and handed on: sorting customers takes longer than all else that is checked of them."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class Households:
    """The customers of households, sorted by them."""

    household: np.ndarray  # (n,) where it was found
    area: np.ndarray | None  # (n,) in which none is divided
    rows: np.ndarray
    home: np.ndarray  # of each of the rows, numbered 0, 1, ... in their order
    count: int


def find(household: np.ndarray, area: np.ndarray | None, *, known: Households | None) -> Households:
    """What is `known` of these very arrays is not looked for again. ValueError where a household lies in several areas."""
    if known is None or known.household is not household:
        known = _sorted(household)
    elif known.area is area:
        return known
    if area is not None:
        _refuse_divided(known, area)
    return replace(known, area=area)


def _sorted(household: np.ndarray) -> Households:
    rows = np.flatnonzero(household >= 0)
    rows = rows[np.argsort(household[rows], kind="stable")]
    homes = household[rows]
    is_first = np.append(True, homes[1:] != homes[:-1])[: rows.size]
    return Households(household, None, rows, np.cumsum(is_first) - 1, int(is_first.sum()))


def _refuse_divided(found: Households, area: np.ndarray) -> None:
    rows, same = found.rows, found.home[1:] == found.home[:-1]
    divided = rows[1:][same & (area[rows[1:]] != area[rows[:-1]])]
    if divided.size:
        home = found.household[divided[0]]
        raise ValueError(f"household must lie in one area, got members of {home} in several")
