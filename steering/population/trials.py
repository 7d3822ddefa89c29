"""Trial waves of the past: chance chose what everybody got, with known probabilities, and each responded by the truth of that day.

What people bought without being contacted is drawn already. A contact adds a purchase to it or prevents one, so that
within the two weeks of a wave they buy as often as the truth says.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import behaviour, history
from .behaviour import CHANNELS, Response
from .history import DAY, PURCHASED, SHOWN, Events
from .holdings import Consents, Reach, Refusals
from .people import People
from .shape import Shape
from .truth import BANNER, DIRECT_POST, EMAIL, PRINT_MAILING, SOCIAL, Answers, Truth

MOST_WAVES = 12
DAYS_APART, LAST_DAYS_AGO, GOAL_DAYS = 35, 45, 14
STARTS_AT = 8 * 3600  # UTC
OPENED_AREAS = 0.15  # probability with which a wave opens a delivery area
# How often a way was drawn beside the others that were open to a person: the cheaper, the more often.
NOTHING_WEIGHT = 1.0
WEIGHTS = np.array([2.0, 1.5, 1.5, 0.75, 0.0])  # in the order of CHANNELS; areas get their leaflets apart
ASSIGNMENT_STREAM, AREA_STREAM = 7, 8


@dataclass(frozen=True)
class Known:
    """What the trials of a block are drawn from, besides the events."""

    shape: Shape
    block: int
    people: People
    reach: Reach
    consents: list[Consents]
    refusals: Refusals
    since_days_ago: np.ndarray
    segment: np.ndarray


@dataclass(frozen=True)
class Trial:
    """One wave within a block; arrays over its people."""

    number: int  # from 1, the oldest
    ago: int  # seconds since it started
    may: np.ndarray  # (n, CHANNELS) what they could have got
    choice: np.ndarray  # a column of CHANNELS, or truth.NO_CONTACT
    propensity: np.ndarray  # probability of the choice

    @property
    def decided(self) -> np.ndarray:
        """Whoever could have got anything."""
        return np.flatnonzero(self.may.any(axis=1))


def started_ago(number: int, *, waves: int) -> int:
    """Seconds since wave `number` of so many started; the last one is LAST_DAYS_AGO."""
    return (LAST_DAYS_AGO + DAYS_APART * (waves - number)) * DAY - STARTS_AT


def draw(known: Known, events: list[Events], *, waves: int) -> tuple[list[Trial], list[Events]]:
    """The trials, oldest first, and the events with what came of them."""
    trials = []
    for number in range(1, waves + 1):
        trial = _assigned(known, number, started_ago(number, waves=waves))
        events = _with_answers(known, trial, events)
        trials.append(trial)
    return trials, events


def _assigned(known: Known, number: int, ago: int) -> Trial:
    """An area is opened by chance; whoever gets no leaflet gets nothing or one of the other channels, by their weights."""
    may = _may(known, ago)
    areas_opened = known.shape.random(AREA_STREAM, number).random(len(known.shape.areas)) < OPENED_AREAS
    gets_leaflet = may[:, DIRECT_POST] & areas_opened[known.people.area]
    chances = chances_of(may)
    pick = known.shape.random(ASSIGNMENT_STREAM, number, known.block).random(len(may))
    # Of those without a leaflet, whose chances of everything else add up to what an opened area leaves.
    reached = np.cumsum(np.delete(chances, 1 + DIRECT_POST, axis=1), axis=1)
    place = (reached <= pick[:, None] * reached[:, -1:]).sum(axis=1)
    choice = np.where(gets_leaflet, DIRECT_POST, place - 1)  # -1 is NO_CONTACT
    return Trial(number, ago, may, choice, chances[np.arange(len(choice)), 1 + choice])


def chances_of(may: np.ndarray) -> np.ndarray:
    """(n, 1 + CHANNELS) probability of nothing and of each channel, for whom these channels are open."""
    weights = np.column_stack([np.full(len(may), NOTHING_WEIGHT), may * WEIGHTS])
    leaflet = OPENED_AREAS * may[:, DIRECT_POST]
    chances = weights / weights.sum(axis=1, keepdims=True) * (1 - leaflet)[:, None]
    chances[:, 1 + DIRECT_POST] = leaflet
    return chances


def _may(known: Known, ago: int) -> np.ndarray:
    """(n, CHANNELS) by what the platform would have known so many seconds ago."""
    reach, refused = known.reach, known.refusals
    count = len(known.people)
    mailable = reach.email & ~_among(refused.bounced, count)
    postal = ~_among(refused.on_opt_out_list, count) & ~_among(refused.returned, count)
    may = np.empty((count, len(CHANNELS)), dtype=bool)
    may[:, EMAIL] = mailable
    may[:, BANNER] = mailable | reach.cookie
    may[:, SOCIAL] = mailable | reach.phone
    may[:, PRINT_MAILING] = postal
    may[:, DIRECT_POST] = True
    for some in known.consents:
        valid = (some.given_ago > ago) & (some.withdrawn_ago < ago)
        may[:, CHANNELS.index(some.channel)] &= _among(some.person[valid], count)
    for column, channel in enumerate(CHANNELS):
        objects = np.isin(refused.objects_to, ("", channel)) & (refused.objected_days_ago * DAY > ago)
        may[refused.objects[objects], column] = False
    may[refused.case[refused.case_is_open & (refused.case_days_ago * DAY > ago)]] = False
    may[known.since_days_ago * DAY <= ago] = False
    return may


def _among(people: np.ndarray, count: int) -> np.ndarray:
    found = np.zeros(count, dtype=bool)
    found[people] = True
    return found


def _with_answers(known: Known, trial: Trial, events: list[Events]) -> list[Events]:
    bought_ago = _bought_anyway(events, len(known.people), ago=trial.ago)
    response = _response(known, events, ago=trial.ago)
    rng = known.shape.random(ASSIGNMENT_STREAM, trial.number, known.block, 1)
    answers = _draw_answers(response, bought_ago > 0, trial.choice, seed=int(rng.integers(2**31)))
    put_off = (bought_ago > 0) & ~answers.bought & ~_rests_on(bought_ago, known)
    kept = [_without(some, put_off, trial.ago) if some.kind == PURCHASED else some for some in events]
    return [*kept, *_purchases(trial, answers, bought_ago), *_reactions(trial, answers, rng)]


def _bought_anyway(events: list[Events], people: int, *, ago: int) -> np.ndarray:
    """(n,) seconds since a purchase within the wave's two weeks that no contact of it brought, 0 for none."""
    bought = np.zeros(people, dtype=np.int64)
    for some in events:
        if some.kind == PURCHASED:
            within = some.only(_within(some, ago))
            np.maximum.at(bought, within.person, within.seconds_ago)
    return bought


def _within(some: Events, ago: int) -> np.ndarray:
    return (some.seconds_ago < ago) & (some.seconds_ago >= ago - GOAL_DAYS * DAY)


def _response(known: Known, events: list[Events], *, ago: int) -> Response:
    """The truth as it was so many seconds ago; who they are and what suits them for no reason stays."""
    then = replace(known.people, born_days_ago=known.people.born_days_ago - ago // DAY)
    since_last = history.days_since_last(events, len(then), ago=ago)
    return behaviour.draw(then, since_last, known.segment, known.shape.random(behaviour.STREAM, known.block))


def _draw_answers(response: Response, buys: np.ndarray, choice: np.ndarray, *, seed: int) -> Answers:
    """By the usual process, given who buys anyway: the probability of a purchase is baseline + uplift over both."""
    baseline = response.baseline[:, None]
    adds = np.maximum(response.uplift, 0) / (1 - baseline)
    prevents = np.minimum(response.uplift, 0) / baseline
    given = Truth(
        customer_numbers=np.arange(len(choice)),
        baseline=buys.astype(float),
        uplift=np.where(buys[:, None], prevents, adds),
        basket_euro=response.basket_euro,
        open_rate=response.open_rate,
        online=response.online,
    )
    return given.draw_answers(choice, seed=seed)


def _rests_on(bought_ago: np.ndarray, known: Known) -> np.ndarray:
    """(n,) whose purchase is the one that makes them an existing customer: the ground of their e-mails stays true."""
    ground = np.zeros(len(bought_ago), dtype=np.int64)
    for some in known.consents:
        ground[some.person[some.is_existing_customer]] = some.given_ago[some.is_existing_customer]
    return (ground > 0) & (ground == bought_ago)


def _without(some: Events, put_off: np.ndarray, ago: int) -> Events:
    return some.only(~(put_off[some.person] & _within(some, ago)))


def _purchases(trial: Trial, answers: Answers, bought_ago: np.ndarray) -> list[Events]:
    """Those that a contact brought, and the coupons of all who bought; only a coupon says that it was an answer."""
    is_new = answers.bought & (bought_ago == 0)
    at = np.where(is_new, trial.ago - (answers.days_later * DAY).astype(np.int64), bought_ago)
    found = []
    for medium, here in (("web", answers.bought_online), ("store", ~answers.bought_online)):

        def some(kind: str, who: np.ndarray, *, answers_it: bool, medium: str = medium) -> Events:
            person = np.flatnonzero(who)
            worth = answers.value_cents[person] if kind == PURCHASED else np.zeros(len(person), dtype=np.int64)
            return Events(kind, medium, medium == "web", person, at[person], worth, trial.number if answers_it else 0)

        found += [
            some(PURCHASED, here & is_new & answers.redeemed, answers_it=True),
            some(PURCHASED, here & is_new & ~answers.redeemed, answers_it=False),
            some("redeemed", here & answers.redeemed, answers_it=True),
        ]
    return found


def _reactions(trial: Trial, answers: Answers, rng: np.random.Generator) -> list[Events]:
    """Within two days. Nobody sees a post or opens a leaflet in a way that names them."""
    seen_ago = trial.ago - rng.integers(60, 2 * DAY, len(trial.choice))
    clicked_ago = seen_ago - rng.integers(5, 300, len(trial.choice))

    def some(kind: str, column: int, who: np.ndarray, ago: np.ndarray) -> Events:
        person = np.flatnonzero(who & (trial.choice == column))
        return Events(kind, CHANNELS[column], True, person, ago[person], np.zeros_like(person), trial.number)

    return [
        some("opened", EMAIL, answers.opened, seen_ago),
        some("clicked", EMAIL, answers.clicked, clicked_ago),
        some(SHOWN, BANNER, answers.opened, seen_ago),
        some("clicked", BANNER, answers.clicked, clicked_ago),
        some("clicked", PRINT_MAILING, answers.scanned, seen_ago),
    ]
