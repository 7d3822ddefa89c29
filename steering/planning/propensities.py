"""With which probability each decision was made: the chance of the holdout, of exploring, and of what the plan would do.

One campaign, for who could have been contacted:

    P(choice) = P(held out) [no contact] + P(not held out) * (share * P(drawn) + (1 - share) * [the plan's choice])

and, where leaflets are bought by area, times the chance that the area opens, or stays closed. For who explores, "the
plan's choice" is their own best one at the plan's prices.

Campaigns that are planned together share a customer's contact limit, so what one campaign would choose depends on what
another one drew. A customer explores for one campaign at most, so there are few cases, and they are added up:
nobody draws, another campaign draws a contact, another campaign draws none.
"""

from collections.abc import Sequence

import numpy as np

from steering.targeting.exploration import NO_CONTACT

from .chance import Draws
from .scene import Scene, of_choice


class Wishes:
    """What each campaign would give each customer at the plan's prices, best first among campaigns."""

    def __init__(self, scene: Scene, reduced: np.ndarray) -> None:
        """`reduced` (n, m): values less what they use at the prices."""
        self.scene = scene
        personal = np.where(scene.personal, reduced, -np.inf)
        own = [np.where(one.options, personal, -np.inf) for one in scene.asked]
        self.choice = np.column_stack([mine.argmax(axis=1) for mine in own])  # (n, C)
        gains = np.column_stack([mine.max(axis=1, initial=-np.inf) for mine in own])
        self.gains = np.where(gains > 0, gains, -np.inf)  # (n, C)
        held = np.column_stack([one.is_holdout for one in scene.asked])
        self.rivals = np.where(held, -np.inf, self.gains)  # what takes a contact from another campaign

    def of(self, campaign: int, *, without: int = -1, taken: int = 0) -> np.ndarray:
        """(n,) the choice where `taken` contacts are made already, and the campaign `without` has no more to say."""
        others = [number for number in range(self.gains.shape[1]) if number not in (campaign, without)]
        gain = self.gains[:, campaign]
        before = sum(
            (self.rivals[:, other] > gain) | ((self.rivals[:, other] == gain) & (other < campaign)) for other in others
        )
        room = np.asarray(self.scene.problem.contact_limit) - taken
        return np.where((gain > -np.inf) & (before < room), self.choice[:, campaign], NO_CONTACT)


def optimised(wishes: Wishes, campaign: int, decided: np.ndarray, is_decided: np.ndarray) -> np.ndarray:
    """(n,) the choice of the plan, or at its prices where chance, or the holdout, has decided instead."""
    return np.where(is_decided, decided, wishes.of(campaign))


def of_personal(
    scene: Scene, campaign: int, choice: np.ndarray, best: np.ndarray, wishes: Wishes, people: Sequence[Draws],
    kinds: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """(n,) P(personal choice | not held out); `best` is the plan's, where nobody draws; kinds (m,) as numbers."""
    shares = scene.shares
    drawn = shares[campaign] * _by_chance(people[campaign].chances, choice, kinds)
    rest = np.full(choice.size, 1.0 - shares[campaign])
    known = np.where(people[campaign].evaluable, drawn, np.nan)
    for other, one in enumerate(scene.asked):
        if other == campaign or not shares[other]:
            continue
        explores = np.where(one.is_holdout, 0.0, shares[other])
        contacts = people[other].chances.sum(axis=1)
        for taken, chance in ((1, contacts), (0, 1.0 - contacts)):
            would = wishes.of(campaign, without=other, taken=taken)
            known = known + explores * chance * _same(choice, would, kinds)
        rest -= explores
    return known + rest * _same(choice, best, kinds)


def with_areas(scene: Scene, campaign: int, choice: np.ndarray, known: np.ndarray, opens: np.ndarray) -> np.ndarray:
    """(n,) the same with the chances (areas, L) that the areas of leaflets open, of which one at most does."""
    if not scene.leaflets:
        return known
    is_own = scene.asked[campaign].options[scene.leaflets]
    chances = np.where(scene.coverable, opens[scene.area], 0.0)  # (n, L)
    own, others = chances[:, is_own].sum(axis=1), chances[:, ~is_own].sum(axis=1)
    is_leaflet = np.isin(choice, scene.leaflets)
    if scene.problem.on_top:  # whether the leaflet comes says nothing of what else was chosen, so both have to happen
        return np.where(is_leaflet, own, 1.0 - own) * known
    closed = np.clip(1.0 - own - others, 0.0, 1.0)
    beside = closed * known + np.where(choice == NO_CONTACT, np.minimum(others, 1.0), 0.0)
    return np.where(is_leaflet, own, beside)


def _by_chance(chances: np.ndarray, choice: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """(n,) of drawing an option of the same kind, or no contact."""
    if not chances.any():
        return (choice == NO_CONTACT).astype(float)
    of_kind = chances @ (kinds[:, None] == kinds[None, :])
    return np.where(choice == NO_CONTACT, 1.0 - chances.sum(axis=1), of_choice(choice, of_kind))


def _same(choice: np.ndarray, other: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    kind = np.append(kinds, NO_CONTACT)
    return kind[choice] == kind[other]
