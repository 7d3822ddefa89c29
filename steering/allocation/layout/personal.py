"""Rules for each customer alone: exact where the sets of options can be listed, else relaxed for the bound only."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from ..problem import Problem
from ..rules import PersonalRule
from .contacts import NONE

MOST_BUNDLES = 3_000
CELLS = 2_000_000  # of customers times bundles at once
NEVER = -1e15
SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Bound:
    """One rule with what locked options leave of it."""

    options: np.ndarray  # (m,) float, 1 where it counts
    customers: np.ndarray | None  # (n,)
    most: np.ndarray  # (n,)
    costs: np.ndarray | None  # (m, n) or (m, 1); None: it counts pieces

    def amounts(self, rows: np.ndarray) -> np.ndarray:
        """(m, rows) what each option would add; nothing for whom it does not bind."""
        m = self.options.size
        unit = (
            np.ones((m, 1)) if self.costs is None else self.costs if self.costs.shape[1] == 1 else self.costs[:, rows]
        )
        amounts = np.broadcast_to(unit * self.options[:, None], (m, rows.size))
        return amounts if self.customers is None else amounts * self.customers[rows]

    def is_over(self, amounts: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return amounts > self.most[rows] + SLACK * (1 + np.abs(self.most[rows]))


@dataclass(frozen=True, eq=False)
class Personal:
    bounds: tuple[Bound, ...]
    bundles: np.ndarray | None  # (B, C) every set of options, the smallest first; None: too many to list

    def broken(self, picks: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """(rows,) whether the sets `picks` (C, rows) break any rule."""
        found = np.zeros(rows.size, dtype=bool)
        columns = np.arange(rows.size)
        for bound in self.bounds:
            amounts = np.vstack([bound.amounts(rows), np.zeros((1, rows.size))])
            found |= bound.is_over(sum(amounts[pick, columns] for pick in picks), rows)
        return found

    def violators(self, picks: np.ndarray) -> np.ndarray:
        """Rows of those whose sets `picks` (C, n) break a rule, among those with more than one option."""
        several = np.flatnonzero((picks >= 0).sum(axis=0) > 1)
        return several[self.broken(picks[:, several], several)]


def personal_of(problem: Problem, slots: list[list[int]], contacts: np.ndarray | None) -> Personal | None:
    slots = [slot for slot in slots if slot]
    most = len(slots) if contacts is None else int(contacts.max(initial=0))
    if not problem.personal_rules or min(most, len(slots)) < 2:
        return None
    bundles = None
    if np.prod([len(slot) + 1.0 for slot in slots]) <= 50 * MOST_BUNDLES:
        listed = np.array(list(product(*([NONE, *slot] for slot in slots))), dtype=np.int64)
        listed = listed[(listed >= 0).sum(axis=1) <= most]
        listed = listed[np.argsort((listed >= 0).sum(axis=1), kind="stable")]
        bundles = listed if len(listed) <= MOST_BUNDLES else None
    return Personal(bounds_of(problem), bundles)


def bounds_of(problem: Problem) -> tuple[Bound, ...]:
    return tuple(_bound(problem, rule) for rule in problem.personal_rules)


def _bound(problem: Problem, rule: PersonalRule) -> Bound:
    m = problem.n_options
    options = np.ones(m) if rule.options is None else rule.options.astype(float)
    options[list(problem.area_options)] = 0.0
    costs = None
    if rule.amount == "cost":
        costs = problem.costs[:, None] if problem.costs.ndim == 1 else problem.costs.T
    most = rule.most
    if problem.locked is not None:
        taken = problem.locked.T * options[:, None] * (1.0 if costs is None else costs)
        most = most - taken.sum(axis=0)
    return Bound(options, rule.customers, most, costs)


def bar_single(problem: Problem, values: np.ndarray) -> None:
    """Mark in `values` (m, n) what a rule forbids on its own."""
    everyone = np.arange(problem.n_customers)
    for bound in bounds_of(problem):
        amounts = bound.amounts(everyone)
        values[(amounts > 0) & bound.is_over(amounts, everyone)] = -np.inf


def best_bundles(
    personal: Personal,
    reduced: np.ndarray,
    rows: np.ndarray,
    contacts: np.ndarray | None,
    printed: np.ndarray,
    most: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The best allowed set with at most t = 0 ... `most` printed pieces: gains (most + 1, v), picks (most + 1, C, v).

    `reduced` (m, v) of customers `rows`, `contacts` (v,); `printed` (m,) which options are counted as printed.
    """
    v, bundles = rows.size, personal.bundles
    gains, best = np.zeros((most + 1, v)), np.zeros((most + 1, v), dtype=np.int64)
    step = max(1, CELLS // len(bundles))
    pieces = np.append(printed, False)[bundles].sum(axis=1)
    sizes = (bundles >= 0).sum(axis=1)
    for start in range(0, v, step):
        part = slice(start, min(start + step, v))
        worth = _of_bundles(np.maximum(reduced[:, part], NEVER), bundles)
        for bound in personal.bounds:
            amounts = _of_bundles(bound.amounts(rows[part]), bundles)
            worth[bound.is_over(amounts, rows[part]) & (sizes > 0)[:, None]] = NEVER
        if contacts is not None:
            worth[sizes[:, None] > contacts[part]] = NEVER
        for level in range(most + 1):
            allowed = np.flatnonzero(pieces <= level)
            place = worth[allowed].argmax(axis=0)
            best[level, part] = allowed[place]
            gains[level, part] = worth[allowed][place, np.arange(place.size)]
    return gains, np.moveaxis(bundles[best], -1, 1).astype(np.int8)


def _of_bundles(amounts: np.ndarray, bundles: np.ndarray) -> np.ndarray:
    """(B, v) sums of `amounts` (m, v) over the options of each bundle."""
    ext = np.vstack([amounts, np.zeros((1, amounts.shape[1]))])
    return sum(ext[bundles[:, slot]] for slot in range(bundles.shape[1]))


def thinned(personal: Personal, picks: np.ndarray, reduced: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(C, v) of `picks` what the rules allow, taken in the order of `reduced` (m, v)."""
    columns = np.arange(rows.size)
    gains = np.where(picks >= 0, reduced[picks, columns], NEVER)
    kept = np.full_like(picks, NONE)
    for slot in np.argsort(-gains, axis=0, kind="stable"):
        tried = kept.copy()
        tried[slot, columns] = picks[slot, columns]
        fits = ~personal.broken(tried, rows)
        kept[:, fits] = tried[:, fits]
    return kept
