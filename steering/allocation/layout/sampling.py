"""A smaller problem of the same kind: whole areas, whole households and single customers, limits smaller alike."""

from dataclasses import replace

import numpy as np

from .homes import Homes
from .layout import Layout
from .leaflets import Leaflets
from .personal import Personal
from .rows import Rows
from .sums import Sums


def sampled(layout: Layout, *, share: float, seed: int) -> Layout:
    rng = np.random.default_rng(seed)
    taken = rng.random(layout.n) < share
    if layout.homes.rows.size:
        taken[layout.homes.rows] = (rng.random(layout.homes.left.size) < share)[layout.homes.home]
    areas = None
    if layout.leaflets is not None:
        areas = rng.random(layout.leaflets.n_areas) < share
        inside = layout.leaflets.inside
        taken[inside] = areas[layout.leaflets.area[inside]]
    rows = np.flatnonzero(taken)
    some = _rows(layout.rows, rows, rows.size / max(layout.n, 1))
    values = layout.values[:, rows]
    costs = layout.costs if layout.costs.shape[1] == 1 else layout.costs[:, rows]
    return replace(
        layout,
        rows=some,
        values=values,
        costs=costs,
        sums=Sums(some, values, costs),
        contacts=None if layout.contacts is None else layout.contacts[rows],
        homes=_homes(layout.homes, taken),
        personal=None if layout.personal is None else _personal(layout.personal, rows),
        leaflets=None if areas is None else _leaflets(layout.leaflets, areas, rows),
        runs=layout.runs * rows.size / max(layout.n, 1),
        fixed_value=0.0,
    )


def _rows(rows: Rows, kept: np.ndarray, share: float) -> Rows:
    listed = tuple(replace(part, amount=part.amount[..., kept]) for part in rows.listed)
    return replace(rows, bounds=rows.bounds * share, pattern=rows.pattern[kept], listed=listed)


def _homes(homes: Homes, taken: np.ndarray) -> Homes:
    new = np.cumsum(taken) - 1
    mine = taken[homes.rows]
    return replace(homes, rows=new[homes.rows[mine]], home=homes.home[mine])


def _personal(personal: Personal, rows: np.ndarray) -> Personal:
    bounds = []
    for bound in personal.bounds:
        customers = None if bound.customers is None else bound.customers[rows]
        costs = bound.costs if bound.costs is None or bound.costs.shape[1] == 1 else bound.costs[:, rows]
        bounds.append(replace(bound, customers=customers, most=bound.most[rows], costs=costs))
    return replace(personal, bounds=tuple(bounds))


def _leaflets(leaflets: Leaflets, areas: np.ndarray, rows: np.ndarray) -> Leaflets:
    number = np.append(np.cumsum(areas) - 1, -1)  # the last is nowhere
    area = number[leaflets.area[rows]]
    return replace(
        leaflets,
        area=area,
        inside=np.flatnonzero(area >= 0),
        covered=tuple(covered[rows] for covered in leaflets.covered),
        values=leaflets.values[areas],
        use=leaflets.use[:, areas],
        pieces=leaflets.pieces[areas],
        locked=leaflets.locked[areas],
        blocked=leaflets.blocked[areas],
    )
