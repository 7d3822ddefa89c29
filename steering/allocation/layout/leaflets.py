"""What opening an area brings and uses, option by option that is bought by area."""

from dataclasses import dataclass

import numpy as np

from ..amounts import covered_by, of_areas, own_values
from ..problem import Problem


@dataclass(frozen=True, eq=False)
class Leaflets:
    """O options are bought by area."""

    options: tuple[int, ...]
    on_top: bool
    area: np.ndarray  # (n,)
    inside: np.ndarray  # rows in an area
    covered: tuple[np.ndarray, ...]  # (O,) of (n,) bool: gets it when the area opens
    values: np.ndarray  # (areas, O) of opening, net of the area's cost
    use: np.ndarray  # (R, areas, O)
    pieces: np.ndarray  # (areas, O)
    locked: np.ndarray  # (areas, O) already opened
    blocked: np.ndarray  # (areas, O) cannot be opened, whatever the prices
    groups: tuple[tuple[int, ...], ...]  # numbers of area options of which an area has at most one

    @property
    def n_areas(self) -> int:
        return self.values.shape[0]

    def reached(self, opened: np.ndarray) -> np.ndarray:
        """(n,) who gets a leaflet when these (areas, O) are opened."""
        reached = np.zeros(self.area.size, dtype=bool)
        for kind, covered in enumerate(self.covered):
            rows = np.flatnonzero(covered)
            reached[rows] |= opened[self.area[rows], kind]
        return reached

    def shut(self, closed: np.ndarray) -> np.ndarray:
        """(areas, O) what cannot be opened when these options (m,) bool may have no piece."""
        return self.blocked | (closed[list(self.options)] & (self.pieces > 0))

    def only(self, opened: np.ndarray, gains: np.ndarray) -> np.ndarray:
        """Of `opened` (areas, O) in each group the one that gains most."""
        kept = np.zeros_like(opened)
        for group in self.groups:
            kinds = np.array(group)
            best = kinds[np.where(opened[:, kinds], gains[:, kinds], -np.inf).argmax(axis=1)]
            areas = np.arange(self.n_areas)
            kept[areas, best] = opened[areas, best]
        return kept


def leaflets_of(problem: Problem) -> Leaflets | None:
    """None where nothing is bought by area. Expects a checked problem."""
    if not problem.area_options:
        return None
    by_customer = covered_by(problem)
    covered = tuple(np.ascontiguousarray(by_customer.T))
    campaigns = problem.campaigns[list(problem.area_options)]
    kinds = range(len(problem.area_options))
    groups = [tuple(kind for kind in kinds if campaigns[kind] == one) for one in np.unique(campaigns)]
    groups = groups if problem.on_top else [tuple(kinds)]
    locked = np.zeros(problem.area_costs.shape, dtype=bool) if problem.locked_areas is None else problem.locked_areas
    gross = [
        np.bincount(problem.area[who], weights=problem.values[who, option], minlength=problem.n_areas)
        for who, option in zip(covered, problem.area_options, strict=True)
    ]
    return Leaflets(
        options=problem.area_options,
        on_top=problem.on_top,
        area=problem.area,
        inside=np.flatnonzero(problem.area >= 0),
        covered=covered,
        values=np.array(gross).T + own_values(problem, by_customer) - problem.area_costs,
        use=_use(problem, by_customer),
        pieces=problem.area_pieces,
        locked=locked,
        blocked=_blocked(problem, covered, locked, groups),
        groups=tuple(groups),
    )


def _blocked(
    problem: Problem, covered: tuple[np.ndarray, ...], locked: np.ndarray, groups: list[tuple[int, ...]]
) -> np.ndarray:
    blocked = locked.copy()
    for group in groups:
        kinds = list(group)
        blocked[:, kinds] |= locked[:, kinds].any(axis=1, keepdims=True)
    if problem.on_top or problem.locked is None:
        return blocked
    contacted = problem.locked.any(axis=1)
    for kind, who in enumerate(covered):
        blocked[problem.area[who & contacted], kind] = True
    return blocked


def _use(problem: Problem, covered: np.ndarray) -> np.ndarray:
    """(R, areas, O): limits, then minimum runs."""
    options = np.array(problem.area_options)
    runs = [np.where(options == option, -problem.area_pieces, 0.0) for option in np.flatnonzero(problem.minimum_runs)]
    return np.array([*of_areas(problem, covered), *runs], dtype=float)
