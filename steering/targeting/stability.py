"""Are those who are scored now like those whom the model learned from? The population stability index, column by column.

PSI = sum over bins of (a - e) ln(a / e), with the shares e then and a now; the symmetrised Kullback-Leibler divergence
(Kullback and Leibler 1951; the index and its limits as in Siddiqi, Credit Risk Scorecards, 2006). Below 0.1 nothing has
changed, above 0.25 much has. Missing is a bin of its own, and so is every value that many customers share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

BINS = 10
LEAST_SHARE = 1e-4  # of a bin: nobody then or nobody now is a large change, not an endless one


@dataclass(frozen=True)
class Reference:
    """How f columns were spread. Bin k of a column holds what is above its edge k - 1 and at most its edge k."""

    names: tuple[str, ...]
    edges: tuple[tuple[float, ...], ...]  # of each column, ascending; as many as the column needs
    shares: tuple[tuple[float, ...], ...]  # of each column: its bins, one more than edges, then missing
    rows: int

    @classmethod
    def of(cls, matrix: np.ndarray, names: Sequence[str], *, bins: int = BINS) -> Self:
        """`matrix` (n, f), NaN where missing; `bins` of about as many customers each."""
        matrix = _checked(matrix, len(names))
        if bins < 2:
            raise ValueError(f"bins must be at least 2, got {bins}")
        edges = tuple(_edges(column, bins) for column in matrix.T)
        shares = tuple(
            tuple((_count(c, e) / max(len(matrix), 1)).tolist()) for c, e in zip(matrix.T, edges, strict=True)
        )
        return cls(tuple(names), edges, shares, len(matrix))

    @property
    def state(self) -> dict[str, Any]:
        """What JSON can hold; `read` is the way back."""
        return {"names": self.names, "edges": self.edges, "shares": self.shares, "rows": self.rows}

    @classmethod
    def read(cls, state: dict[str, Any]) -> Self:
        edges, shares = (tuple(tuple(column) for column in state[name]) for name in ("edges", "shares"))
        return cls(tuple(state["names"]), edges, shares, int(state["rows"]))


class Counts:
    """How many of those seen since fall into the bins of a reference; chunks are added and forgotten."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.rows = 0.0
        self.counts = [np.zeros(len(shares)) for shares in reference.shares]

    def add(self, matrix: np.ndarray, *, weight: float = 1.0) -> Self:
        """`matrix` (n, f) with the reference's columns; each row stands for `weight` customers."""
        matrix = _checked(matrix, len(self.reference.names))
        self.rows += weight * len(matrix)
        for counts, column, edges in zip(self.counts, matrix.T, self.reference.edges, strict=True):
            counts += weight * _count(column, edges)
        return self

    def join(self, other: Self) -> Self:
        """With what another worker has counted against the same reference."""
        self.rows += other.rows
        for mine, theirs in zip(self.counts, other.counts, strict=True):
            mine += theirs
        return self

    @property
    def state(self) -> dict[str, Any]:
        """What JSON can hold; `read` is the way back."""
        return {"rows": self.rows, "counts": [counts.tolist() for counts in self.counts]}

    @classmethod
    def read(cls, reference: Reference, state: dict[str, Any]) -> Self:
        counted = cls(reference)
        counted.rows, counted.counts = float(state["rows"]), [np.array(counts) for counts in state["counts"]]
        return counted


def index(reference: Reference, counts: Counts) -> dict[str, float]:
    """The population stability index of each column, by name; NaN where nobody was seen then or nobody now."""
    if not reference.rows or not counts.rows:
        return dict.fromkeys(reference.names, float("nan"))
    return {
        name: _psi(np.array(shares), counted / counts.rows)
        for name, shares, counted in zip(reference.names, reference.shares, counts.counts, strict=True)
    }


def _psi(then: np.ndarray, now: np.ndarray) -> float:
    then, now = np.maximum(then, LEAST_SHARE), np.maximum(now, LEAST_SHARE)
    return float(((now - then) * np.log(now / then)).sum())


def _edges(column: np.ndarray, bins: int) -> tuple[float, ...]:
    known = column[~np.isnan(column)]
    if not known.size:
        return ()
    quantiles = np.quantile(known, np.linspace(0, 1, bins + 1), method="inverted_cdf")
    values, times = np.unique(quantiles, return_counts=True)
    common = values[times > 1]  # many share it: an edge just below it as well gives it a bin of its own
    inner = np.unique(quantiles[1:-1])
    return tuple(np.unique(np.concatenate([inner, common, np.nextafter(common, -np.inf)])).tolist())


def _count(column: np.ndarray, edges: Sequence[float]) -> np.ndarray:
    place = np.searchsorted(np.asarray(edges, dtype=float), column, side="left")
    place[np.isnan(column)] = len(edges) + 1
    return np.bincount(place, minlength=len(edges) + 2).astype(float)


def _checked(matrix: object, columns: int) -> np.ndarray:
    matrix = np.asarray(matrix, dtype=float)
    if matrix.ndim != 2 or matrix.shape[1] != columns:
        raise ValueError(f"matrix must have shape (customers, {columns}), got {matrix.shape}")
    return matrix
