"""From the answer to the prices to a plan: give up what loses least until every limit holds, then fill what is left."""

import numpy as np

from .areas import close_areas, open_areas
from .draft import Draft, Moves
from .layout import Layout
from .pricing import Relaxation

MOST_ROUNDS = 200  # each round makes progress; the bound only guards against long tails of single moves


def repair(layout: Layout, relaxation: Relaxation) -> Draft:
    """A plan within every limit, near the relaxation's answer."""
    choice, opened = close_areas(layout, relaxation)
    draft = Draft(layout, relaxation.prices, choice, opened)
    for option in layout.personal:
        relieve_capacity(draft, option)
    relieve_budget(draft)
    fill(draft)
    while layout.problem.area_option is not None and open_areas(draft):
        fill(draft)
    return draft


def relieve_capacity(draft: Draft, option: int) -> None:
    """Move as many customers elsewhere as there are pieces too many, those first who lose least."""
    for attempt in range(MOST_ROUNDS):
        if draft.spare[1 + option] >= 0:
            return
        excess = int(np.ceil(-draft.spare[1 + option]))
        moves = draft.alternatives(np.flatnonzero(draft.choice == option))
        if not draft.accept(moves.only(slice(excess))) or attempt == MOST_ROUNDS - 1:
            draft.accept(_to_nothing(draft, moves.only(slice(excess))))


def relieve_budget(draft: Draft) -> None:
    """Save as much as was spent too much, where a cent saved loses least."""
    while draft.spare[0] < 0:
        moves = draft.alternatives(draft.personal_rows(), per_cost=True)
        saved = np.cumsum(-moves.paid)
        enough = int(np.searchsorted(saved, -draft.spare[0])) + 1
        if not draft.accept(moves.only(slice(enough))):
            return


def fill(draft: Draft) -> None:
    """Moves to larger values while there is room, those first that lose least against the prices."""
    for _ in range(MOST_ROUNDS):
        if not draft.accept(draft.alternatives(draft.personal_rows(), improving=True)):
            return


def _to_nothing(draft: Draft, moves: Moves) -> Moves:
    nothing = np.full(moves.rows.size, -1)
    return Moves(moves.rows, nothing, moves.losses, np.zeros(moves.rows.size))
