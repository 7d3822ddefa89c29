"""What past waves decided and what it brought, as arrays to learn from and to judge by.

Every decision of a started wave is one row: the customer's features as they were when it was planned, what was given (or no
contact, holdout included), the probability of that choice, and what the goal events of the goal window brought.

What is given is a treatment: a channel with one content where enough customers got it, else the channel whatever it says.
Its probability must be that of the treatment, no more and no less: of the option where a content stands for itself, and of
any option of the channel where contents are pooled, since a pool is given as often as all that is in it. So that the second
is right, a campaign either keeps all its contents on a channel apart or pools all of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

import numpy as np
from django.db.models import Count

from campaigns.models import Option, Wave
from channels import registry
from steering import people, streaming, treatments
from steering.models import Assignment, Plan

LEAST_ROWS = 200
MOST_ROWS = 500_000  # of the newest waves; more say hardly more, and memory must end somewhere
LEAST_ELAPSED = 0.5  # of the goal window: an outcome that has hardly begun says little
FEWEST_OF_CONTENT = 100  # contacts below which a content is pooled with the others of its channel
MOST_CONTENTS = 30  # with a column of their own, those with most contacts first


class LearningError(ValueError):
    """There is nothing to learn from, or no such version; the message is for people."""


@dataclass(frozen=True, eq=False)
class Log:
    """n decisions, m treatments; see UpliftModel.fit for the coding of `treatment`."""

    treatments: tuple[str, ...]
    names: tuple[str, ...]  # of the features
    features: np.ndarray  # (n, f) float32
    treatment: np.ndarray  # (n,) 0: no contact, j + 1: the j-th treatment
    outcome: np.ndarray  # (n,) cents of sales
    propensity: np.ndarray  # (n,) of the treatment
    channel_propensity: np.ndarray  # (n,) of its channel
    eligible: np.ndarray  # (n, m)
    costs: np.ndarray  # (n, m) cents of a piece in that campaign; 0 where it had none
    margin_share: np.ndarray  # (n,) of sales, in that campaign
    customer_ids: np.ndarray  # (n,)
    wave: np.ndarray  # (n,) place in wave_ids
    wave_ids: tuple[int, ...]
    started_at: tuple[datetime, ...]  # of the waves
    explored: tuple[bool, ...]  # the waves: did some customers decide by chance, so that everything open was tried

    @cached_property
    def channels(self) -> list[str]:
        """In the order of `groups`."""
        return list(dict.fromkeys(treatments.channel_of(name) for name in self.treatments))

    @cached_property
    def groups(self) -> np.ndarray:
        """(m,) the channel of each treatment."""
        return np.array([self.channels.index(treatments.channel_of(name)) for name in self.treatments], dtype=np.int64)

    def only(self, rows: np.ndarray) -> Self:
        """The same for some of the rows, a mask or numbers."""
        return replace(self, **{name: getattr(self, name)[rows] for name in BY_ROW})

    def since(self, moment: datetime) -> np.ndarray:
        """(n,) True where the wave started later, so that nobody who knew only what was before can know the outcome."""
        return np.array([started > moment for started in self.started_at], dtype=bool)[self.wave]

    @property
    def is_tried(self) -> np.ndarray:
        """(n,) True in waves that explored: there, what was not done is known from others to whom it was done."""
        return np.array(self.explored, dtype=bool)[self.wave]


BY_ROW = [field.name for field in fields(Log) if field.type is np.ndarray]

# Who joined an open wave began with a decision of their own.
SINCE_JOINED = """
          AND occurred_at > (SELECT j.decided_at FROM steering_assignment j
                             WHERE j.wave_id = %(wave)s AND j.customer_id = campaigns_event.customer_id)
"""
OUTCOMES = """
    WITH brought AS (
        SELECT customer_id, sum(coalesce(nullif(value_cents, 0), %(goal_value)s)) AS cents
        FROM campaigns_event
        WHERE kind = %(goal)s AND occurred_at > %(from)s AND occurred_at <= %(until)s {since}
        GROUP BY customer_id
    )
    SELECT a.customer_id, coalesce(array_position(%(options)s::bigint[], a.option_id), 0) AS option,
           coalesce(a.propensity, 'NaN') AS propensity, coalesce(a.channel_propensity, 'NaN') AS channel_propensity,
           coalesce(b.cents, 0) AS outcome, a.is_exploration::int AS is_exploration,
           a.has_leaflet_on_top::int AS is_both, {eligible}
    FROM steering_assignment a LEFT JOIN brought b ON b.customer_id = a.customer_id
    WHERE a.wave_id = %(wave)s ORDER BY a.customer_id
"""


def read(names: Sequence[str], *, as_of_at: datetime) -> Log:
    """The newest waves first, until MOST_ROWS; features by these `names`. Raises LearningError."""
    plans = _newest(_plans(as_of_at))
    told = _treatments(plans)
    columns = _in_order(told.values())
    parts = [part for plan in plans if (part := _Reading(plan, told, columns, as_of_at).log(names)) is not None]
    rows = sum(len(part.outcome) for part in parts)
    if rows < LEAST_ROWS:
        raise LearningError(
            f"only {rows} decisions have an outcome yet, at least {LEAST_ROWS} are needed: start a wave, and wait for"
            " half of its goal days"
        )
    return _joined(parts)


def has_news(known_until_at: datetime, *, as_of_at: datetime) -> bool:
    """Has anything come of a wave since, so that there is more to learn?"""
    return any(plan.wave.counts_from_at + _window(plan.wave) > known_until_at for plan in _plans(as_of_at))


def _joined(parts: Sequence[Log]) -> Log:
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in BY_ROW}
    whole["wave"] = np.repeat(np.arange(len(parts)), [len(part.outcome) for part in parts])
    of_waves = {
        name: sum((getattr(part, name) for part in parts), ()) for name in ("wave_ids", "started_at", "explored")
    }
    return Log(parts[0].treatments, parts[0].names, **whole, **of_waves)


def _plans(as_of_at: datetime) -> list[Plan]:
    plans = Plan.objects.select_related("wave__campaign").filter(wave__started_at__lt=as_of_at)
    return [
        plan for plan in plans.order_by("-wave__started_at", "-id") if _elapsed(plan.wave, as_of_at) >= LEAST_ELAPSED
    ]


def _newest(plans: Iterable[Plan]) -> list[Plan]:
    chosen, rows = [], 0
    for plan in plans:
        if rows and rows + plan.eligible > MOST_ROWS:
            break
        chosen.append(plan)
        rows += plan.eligible
    return chosen


def _elapsed(wave: Wave, as_of_at: datetime) -> float:
    """Which share of the goal window is over."""
    return (as_of_at - wave.counts_from_at) / _window(wave)


def _window(wave: Wave) -> timedelta:
    return timedelta(days=max(wave.campaign.goal_days, 1))


def _treatments(plans: Sequence[Plan]) -> dict[int, str]:
    """The treatment that each option of these waves' campaigns is learned as."""
    options = Option.objects.filter(campaign__in={plan.wave.campaign_id for plan in plans}).select_related(
        "campaign", "comparison"
    )
    own = {option.pk: _own_name(option) for option in options}
    given = Assignment.objects.filter(wave__in=[plan.wave_id for plan in plans], option__isnull=False)
    contacts: Counter[str] = Counter()
    for option_id, number in given.values_list("option").annotate(Count("id")):
        contacts[own[option_id]] += number
    known = {name for name, number in contacts.most_common(MOST_CONTENTS) if number >= FEWEST_OF_CONTENT}
    places = defaultdict(list)
    for option in options:
        places[option.campaign_id, option.channel].append(option.pk)
    is_pooled = {
        place for place, ids in places.items() if not all(own[id_] in known and "/" in own[id_] for id_ in ids)
    }
    return {
        option.pk: option.channel if (option.campaign_id, option.channel) in is_pooled else own[option.pk]
        for option in options
    }


def _own_name(option: Option) -> str:
    return treatments.of_option(option)


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Channels as the registry has them, pooled contents before single ones."""
    order = list(registry.CHANNELS)
    return tuple(
        sorted(
            set(names),
            key=lambda name: (order.index(treatments.channel_of(name)), treatments.content_of(name) or 0),
        )
    )


@dataclass(frozen=True)
class _Reading:
    """One wave being read."""

    plan: Plan
    told: Mapping[int, str]  # option -> treatment
    columns: tuple[str, ...]
    as_of_at: datetime

    def log(self, names: Sequence[str]) -> Log | None:
        """None where nobody was decided about."""
        rows = self._rows()
        if not len(rows):
            return None
        chunks = list(people.read(people.assigned(self.plan.wave_id), names=names, as_of_at=self.plan.as_of_at))
        if not np.array_equal(np.concatenate([chunk.customer_ids for chunk in chunks]), rows["customer_id"]):
            raise LearningError("the assignments changed while they were read; try again")
        column_of = np.array([0, *(1 + self._column(option) for option in self.options)])
        log = Log(
            treatments=self.columns,
            names=tuple(names),
            features=np.concatenate([chunk.features for chunk in chunks]),
            treatment=column_of[rows["option"]].astype(np.int64),
            outcome=rows["outcome"].astype(float),
            propensity=np.clip(self._propensity(rows), 1e-6, 1.0),
            channel_propensity=np.clip(rows["channel_propensity"].astype(float), 1e-6, 1.0),
            **self._by_treatment(rows),
            margin_share=np.full(len(rows), float(self.plan.wave.campaign.margin_share)),
            customer_ids=rows["customer_id"].astype(np.int64),
            wave=np.zeros(len(rows), dtype=np.int64),
            wave_ids=(self.plan.wave_id,),
            started_at=(self.plan.wave.started_at,),
            explored=(bool(rows["is_exploration"].any()),),
        )
        # Who got a leaflet beside a message of their own tells the effect of neither.
        is_known = ~np.isnan(log.propensity) & ~np.isnan(log.channel_propensity)
        return log.only(is_known & (rows["is_both"] == 0))

    def _propensity(self, rows: np.ndarray) -> np.ndarray:
        """(n,) of what the choice is learned as: its option, or its channel where contents are pooled."""
        is_pooled = np.array([False, *("/" not in self.told[option.pk] for option in self.options)])
        of_channel = rows["channel_propensity"].astype(float)
        propensity = np.where(is_pooled[rows["option"]], of_channel, rows["propensity"])
        # Waves of the past that logged the channel's probability only: with one option a channel it is the same.
        return np.where(np.isnan(propensity) & self._is_alone[rows["option"]], of_channel, propensity)

    @cached_property
    def options(self) -> list[Option]:
        return list(self.plan.wave.campaign.options.order_by("id"))

    @property
    def _is_alone(self) -> np.ndarray:
        """(1 + options,) the only one of its channel in the campaign; no contact is."""
        names = Counter(option.channel for option in self.options)
        return np.array([True, *(names[option.channel] == 1 for option in self.options)])

    def _column(self, option: Option) -> int:
        return self.columns.index(self.told[option.pk])

    def _by_treatment(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Eligible for any of a treatment's options, and what one of them costs: the mean, where they differ."""
        shape = (len(rows), len(self.columns))
        eligible, costs, counted = np.zeros(shape, dtype=bool), np.zeros(shape, np.float32), np.zeros(shape[1])
        for place, option in enumerate(self.options):
            column = self._column(option)
            eligible[:, column] |= rows[f"eligible_{place}"].astype(bool)
            costs[:, column] += _unit_cost(option, self.plan)
            counted[column] += 1
        return {"eligible": eligible, "costs": costs / np.maximum(counted, 1).astype(np.float32)}

    def _rows(self) -> np.ndarray:
        wave, campaign = self.plan.wave, self.plan.wave.campaign
        columns = {"customer_id": "i8", "option": "i2", "propensity": "f8", "channel_propensity": "f8", "outcome": "f8"}
        columns |= {"is_exploration": "i2", "is_both": "i2"}
        params: dict[str, Any] = {
            "wave": wave.pk,
            "goal": campaign.goal_event,
            "goal_value": campaign.goal_value_cents,
            "from": wave.counts_from_at,
            "until": min(wave.counts_from_at + timedelta(days=campaign.goal_days), self.as_of_at),
            "options": [option.pk for option in self.options],
        }
        params |= {f"option_{place}": option.pk for place, option in enumerate(self.options)}
        eligible = {
            f"eligible_{place}": f"(%(option_{place})s = ANY(a.eligible))::int" for place in range(len(self.options))
        }
        sql = OUTCOMES.format(
            since=SINCE_JOINED if wave.open_until_at else "",
            eligible=", ".join(f"{sql} AS {name}" for name, sql in eligible.items()) or "0 AS nothing",
        )
        return np.concatenate(list(streaming.stream(sql, params, columns | dict.fromkeys(eligible, "i2"))))


def _unit_cost(option: Option, plan: Plan) -> float:
    """Of print with a price table, the mean of the run that was made."""
    row = next((row for row in plan.options if row["option"] == option.pk), {})
    if "price" in row:
        return row["cost_cents"] / row["pieces"] if row["pieces"] else float(row["price"]["step"]["production"])
    usual = registry.get(option.channel).unit_cost_cents
    return float(usual if option.unit_cost_cents is None else option.unit_cost_cents)
