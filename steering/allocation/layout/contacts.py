"""The best set of options for customers alone: at most one per campaign, so many in all, so many of them printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

NONE = -1
PLAIN, PRINTED = 1, 2
Slots = Sequence[Sequence[int]]


def take_best(reduced: np.ndarray, options: Sequence[int], pick: np.ndarray, gain: np.ndarray) -> None:
    """Of equal options the first."""
    for option in options:
        better = reduced[option] > gain
        np.copyto(gain, reduced[option], where=better)
        np.copyto(pick, option, where=better)


def keep_most(picks: np.ndarray, gains: np.ndarray, contacts: np.ndarray) -> None:
    """Drop all but the best `contacts` campaigns of each customer; of equal ones the first stay."""
    for slot, beaten in enumerate(_beaten_by(gains)):
        dropped = beaten >= contacts
        picks[slot][dropped] = NONE
    gains[picks == NONE] = 0.0


def _beaten_by(gains: np.ndarray) -> list[np.ndarray]:
    """For each campaign by how many others it is beaten."""
    counts = [np.zeros(gains.shape[1], dtype=np.int8) for _ in gains]
    for one in range(len(gains)):
        for other in range(one + 1, len(gains)):
            first = gains[one] >= gains[other]
            counts[other] += first
            counts[one] += ~first
    return counts


@dataclass(frozen=True, eq=False)
class Levels:
    """The best sets with at most t = 0 ... h printed pieces, by dynamic programming over campaigns."""

    gains: np.ndarray  # (h + 1, v)
    decisions: list[np.ndarray]  # (C,) of (most contacts + 1, h + 1, v): none, the plain, or the printed option
    plain: np.ndarray  # (C, v)
    printed: np.ndarray  # (C, v)
    contacts: np.ndarray  # (v,)

    def picks(self, level: np.ndarray) -> np.ndarray:
        """(C, v) with at most `level` (v,) printed pieces."""
        v = level.size
        everyone, used, level = np.arange(v), self.contacts.astype(int), level.copy()
        picks = np.full((len(self.decisions), v), NONE, dtype=np.int8)
        for slot in reversed(range(len(self.decisions))):
            decision = self.decisions[slot][used, level, everyone]
            picks[slot] = np.where(decision == PLAIN, self.plain[slot], NONE)
            picks[slot] = np.where(decision == PRINTED, self.printed[slot], picks[slot])
            used -= decision > 0
            level -= decision == PRINTED
        return picks


def levels(reduced: np.ndarray, slots: Slots, contacts: np.ndarray | None, is_printed: np.ndarray, most: int) -> Levels:
    """`reduced` (m, v), `is_printed` (m,), `most` h. Exact: every state keeps its best."""
    v, n_slots = reduced.shape[1], len(slots)
    contacts = np.full(v, n_slots, dtype=np.int8) if contacts is None else contacts
    states = int(contacts.max(initial=0)) + 1
    best = np.zeros((states, most + 1, v))
    plain, printed = np.full((n_slots, v), NONE, dtype=np.int8), np.full((n_slots, v), NONE, dtype=np.int8)
    decisions = []
    for slot, options in enumerate(slots):
        gains = np.zeros((2, v))
        take_best(reduced, [j for j in options if not is_printed[j]], plain[slot], gains[0])
        take_best(reduced, [j for j in options if is_printed[j]], printed[slot], gains[1])
        decision = np.zeros(best.shape, dtype=np.int8)
        for used, level in product(range(states - 1, 0, -1), range(most, -1, -1)):
            _improve(best, decision, (used, level), (used - 1, level), gains[0], PLAIN)
            if level:
                _improve(best, decision, (used, level), (used - 1, level - 1), gains[1], PRINTED)
        decisions.append(decision)
    return Levels(best[contacts.astype(int), :, np.arange(v)].T, decisions, plain, printed, contacts)


def _improve(
    best: np.ndarray, decision: np.ndarray, state: tuple[int, int], before: tuple[int, int], gain: np.ndarray, kind: int
) -> None:
    there = best[before] + gain
    better = there > best[state]
    np.copyto(best[state], there, where=better)
    np.copyto(decision[state], kind, where=better)


def concave(gains: np.ndarray) -> np.ndarray:
    """The least concave functions of the level that are nowhere below `gains` (h + 1, v)."""
    hull = gains.copy()
    for low in range(len(gains)):
        for high in range(low + 2, len(gains)):
            for level in range(low + 1, high):
                share = (level - low) / (high - low)
                np.maximum(hull[level], (1 - share) * gains[low] + share * gains[high], out=hull[level])
    return hull
