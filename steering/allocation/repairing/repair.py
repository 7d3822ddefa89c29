"""From the answer to the prices to a plan: give up what loses least until every row holds, then fill what is left."""

import numpy as np

from ..pricing.charges import Charges
from ..pricing.pricing import Case, Relaxation
from .draft import Draft
from .exchange import trade
from .moving import Moving
from .pool import of_areas, of_customers

MOST_POOLS = 12
TRADED = 300  # areas that are looked at together where moves of one at a time mend a row only by breaking another
NODES = 20
TRADE_GAP = 1e-4
DEARER = 2.0  # than their price, what areas use of rows that customers must give back


def repair(relaxation: Relaxation, case: Case, charges: Charges) -> Draft:
    """A plan that keeps every row if one is found, near the answer; see `Draft.shortfall`."""
    draft = Draft.of(charges.layout, relaxation, case)
    _relieve_areas(draft, relaxation)
    for _ in range(MOST_POOLS):
        people = Moving(draft, of_customers(draft, charges))
        before = draft.shortfall
        people.relieve()
        if draft.shortfall == 0 or draft.shortfall >= before * (1 - 1e-9):
            break
    if draft.opened.size and draft.shortfall > 0:
        trade(draft, relaxation, most=TRADED, nodes=NODES, gap=TRADE_GAP)
    Moving(draft, of_customers(draft, charges)).fill()
    if _fill_areas(draft, relaxation):
        Moving(draft, of_customers(draft, charges)).fill()
    return draft


def _relieve_areas(draft: Draft, relaxation: Relaxation) -> None:
    """Pool after pool: where areas are worth alike, more of them are as near to a tie than a pool holds."""
    for _ in range(MOST_POOLS if draft.opened.size else 0):
        before = draft.shortfall
        Moving(draft, of_areas(draft, relaxation), relaxation).relieve()
        if draft.shortfall == 0 or draft.shortfall >= before * (1 - 1e-9):
            break
    if draft.opened.size and draft.shortfall > 0:
        lent = np.where(draft.spare >= 0, DEARER * relaxation.prices, 0.0)
        trade(draft, relaxation, most=TRADED, nodes=NODES, gap=TRADE_GAP, lent=lent)


def _fill_areas(draft: Draft, relaxation: Relaxation) -> bool:
    is_filled = False
    for _ in range(MOST_POOLS if draft.opened.size else 0):
        if not Moving(draft, of_areas(draft, relaxation), relaxation).fill():
            break
        is_filled = True
    return is_filled
