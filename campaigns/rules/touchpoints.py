"""Conditions on what a customer did and received: counts, sums and recency of events in a window."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Self

from campaigns.events import FETCHED, by_a_person
from campaigns.models import EventKind

from .condition import Condition, object_schema
from .errors import RuleError
from .statement import Fragment, Statement, bind, compose
from .values import DAYS_SCHEMA, NUMBER_OPERATORS, OPERATORS, Comparison, Type, compare

CHANNEL_SCHEMA = {"type": "string", "pattern": "^[a-z][a-z_]{0,19}$"}
CHANNELS_SCHEMA = {"type": "array", "items": CHANNEL_SCHEMA, "minItems": 1, "maxItems": 20}
WINDOW_SCHEMA = {"within_days": DAYS_SCHEMA | {"minimum": 1}, "older_than_days": DAYS_SCHEMA | {"minimum": 1}}
RESPONSES = tuple(
    str(kind) for kind in (EventKind.OPENED, EventKind.CLICKED, EventKind.REDEEMED, EventKind.UNSUBSCRIBED)
)
PLACES = {"online": True, "offline": False, "both": None}


@dataclass(frozen=True)
class Measure:
    """What is computed over a customer's events. Counts and sums of nothing are 0; recency of nothing is missing."""

    sql: str
    words: str


MEASURES = {
    "count": Measure("count(*)", "number of"),
    "sum_cents": Measure("sum(t.value_cents)", "total value in cents of"),
    "recency_days": Measure("floor(extract(epoch FROM {} - max(t.occurred_at)) / 86400)", "days since the last of"),
}


@dataclass(frozen=True)
class Window:
    """Time before the moment of evaluation: newer than `within_days`, older than `older_than_days`."""

    within_days: int | None = None
    older_than_days: int = 0

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        window = cls(raw.get("within_days"), raw.get("older_than_days", 0))
        if window.within_days is not None and window.within_days <= window.older_than_days:
            raise RuleError(f"{path}.within_days", f"must be more than older_than_days, got {window.within_days}")
        return window

    def sql(self, statement: Statement) -> list[Fragment]:
        until = statement.as_of_at - timedelta(days=self.older_than_days)
        bounds = [compose("t.occurred_at <= {}", bind(until, "timestamptz"))]
        if self.within_days is not None:
            since = statement.as_of_at - timedelta(days=self.within_days)
            bounds.append(compose("t.occurred_at > {}", bind(since, "timestamptz")))
        return bounds

    def words(self) -> list[str]:
        words = [f"in the last {self.within_days} days"] if self.within_days is not None else []
        return [*words, f"more than {self.older_than_days} days ago"] if self.older_than_days else words


@dataclass(frozen=True)
class Measured(Condition):
    """Conditions that measure some of a customer's events; without an operator, at least one is wanted."""

    window: Window
    measure: str
    comparison: Comparison

    @classmethod
    def schema(cls) -> dict[str, Any]:
        operators = {name: OPERATORS[name].schema(frozenset({Type.NUMBER})) for name in NUMBER_OPERATORS}
        which = object_schema(cls.choice() | WINDOW_SCHEMA, required=[])
        measure = {"type": "string", "enum": list(MEASURES), "default": "count"}
        return object_schema({cls.key: which, "measure": measure} | operators, required=[cls.key])

    @classmethod
    def choice(cls) -> dict[str, Any]:
        """The schema of what chooses events, besides the window."""
        raise NotImplementedError

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        operators = [key for key in raw if key in NUMBER_OPERATORS]
        if len(operators) > 1:
            raise RuleError(path, f"must have one of {', '.join(operators)}, got {len(operators)}")
        measure = raw.get("measure", "count")
        if measure != "count" and not operators:
            raise RuleError(path, f"must say what {measure} is compared with, e.g. at_least")
        name = operators[0] if operators else "at_least"
        comparison = compare(name, raw.get(name, 1), type_=Type.NUMBER, path=path)
        window = Window.parse(raw[cls.key], f"{path}.{cls.key}")
        return cls(window, measure, comparison, **cls.chosen(raw[cls.key]))

    @classmethod
    def chosen(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """The fields of the subclass."""
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in raw.items()
            if name not in WINDOW_SCHEMA
        }

    def which(self) -> list[Fragment]:
        """Conditions on event `t`."""
        raise NotImplementedError

    def which_words(self) -> list[str]:
        raise NotImplementedError

    def sql(self, statement: Statement) -> Fragment:
        template = MEASURES[self.measure].sql
        is_recency = self.measure == "recency_days"
        value = compose(template, *([bind(statement.as_of_at, "timestamptz")] if is_recency else []))
        where = [*self.which(), *self.window.sql(statement)]
        measured = statement.grouped("campaigns_event", where=where, value=value)
        return self.comparison.sql(
            measured if is_recency else compose("coalesce({}, 0)", measured), today=statement.today
        )

    def words(self) -> str:
        details = [*self.which_words(), *self.window.words()]
        shown = f" ({', '.join(details)})" if details else ""
        return f"{MEASURES[self.measure].words} {self.key}{shown} {self.comparison.words()}"


def _by_people(kinds: Collection[str]) -> list[Fragment]:
    """For events of these kinds, all kinds if none is named: what machines fetched is nobody's."""
    return [Fragment(by_a_person("t"))] if not kinds or set(kinds) & set(FETCHED) else []


@dataclass(frozen=True)
class Events(Measured):
    """`{"events": {"kinds": [...], "medium": [...], "where": ..., "within_days": n}, "measure": ..., OPERATOR: n}`."""

    kinds: tuple[str, ...] = ()
    medium: tuple[str, ...] = ()
    where: str = "both"

    key: ClassVar[str] = "events"

    @classmethod
    def choice(cls) -> dict[str, Any]:
        return {
            "kinds": {"type": "array", "items": {"type": "string", "enum": EventKind.values}, "minItems": 1},
            "medium": CHANNELS_SCHEMA,
            "where": {"type": "string", "enum": list(PLACES), "default": "both"},
        }

    def which(self) -> list[Fragment]:
        is_online = PLACES[self.where]
        return [
            *_by_people(self.kinds),
            *([compose("t.kind = ANY({})", bind(self.kinds, "text[]"))] if self.kinds else []),
            *([compose("t.medium = ANY({})", bind(self.medium, "text[]"))] if self.medium else []),
            *([] if is_online is None else [compose("t.is_online = {}", bind(is_online, "boolean"))]),
        ]

    def which_words(self) -> list[str]:
        places = [] if self.where == "both" else [self.where]
        kinds = [" or ".join(kind.replace("_", " ") for kind in self.kinds)] if self.kinds else []
        return [*kinds, *([f"by {' or '.join(self.medium)}"] if self.medium else []), *places]


@dataclass(frozen=True)
class Contacted(Measured):
    """`{"contacted": {"channels": [...], "within_days": n}, OPERATOR: n}`: messages that we sent."""

    channels: tuple[str, ...] = ()

    key: ClassVar[str] = "contacted"

    @classmethod
    def choice(cls) -> dict[str, Any]:
        return {"channels": CHANNELS_SCHEMA}

    def which(self) -> list[Fragment]:
        sent = [compose("t.kind = {}", bind(str(EventKind.CONTACTED), "text"))]
        return [*sent, compose("t.medium = ANY({})", bind(self.channels, "text[]"))] if self.channels else sent

    def which_words(self) -> list[str]:
        return [f"by {' or '.join(self.channels)}"] if self.channels else []


# An answer may come by another medium than the message: the coupon of a letter is redeemed in a store.
ANSWERS_CHANNEL = (
    "t.medium = ANY({}) OR EXISTS (SELECT 1 FROM campaigns_event m "
    "WHERE m.dispatch_id = t.dispatch_id AND m.kind = 'contacted' AND m.medium = ANY({}))"
)


@dataclass(frozen=True)
class Responded(Measured):
    """`{"responded": {"channels": [...], "kinds": [...], "within_days": n}, OPERATOR: n}`: answers to our messages."""

    channels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = RESPONSES[:3]

    key: ClassVar[str] = "responded"

    @classmethod
    def choice(cls) -> dict[str, Any]:
        kinds = {"type": "array", "items": {"type": "string", "enum": list(RESPONSES)}, "minItems": 1}
        return {"channels": CHANNELS_SCHEMA, "kinds": kinds}

    def which(self) -> list[Fragment]:
        answers = [compose("t.kind = ANY({})", bind(self.kinds, "text[]")), *_by_people(self.kinds)]
        channels = bind(self.channels, "text[]")
        return [*answers, compose(ANSWERS_CHANNEL, channels, channels)] if self.channels else answers

    def which_words(self) -> list[str]:
        return [" or ".join(self.kinds), *([f"to {' or '.join(self.channels)}"] if self.channels else [])]
