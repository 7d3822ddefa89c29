"""What there is to say about one customer's decision: every option with its sums, and why it was not taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from steering.models import Assignment, Plan

from .coupons import Coupon


class Cause(StrEnum):
    """What decided."""

    NOT_PLANNED = "not planned"  # outside the audience, or no channel was open
    HOLDOUT = "holdout"
    DRAWN = "drawn"  # by chance, the customer's own or that of the area
    AREA = "area"  # the delivery area was opened
    BEST = "best"  # most is left by it
    NOTHING_PAYS = "nothing pays"
    HOUSEHOLD = "household"  # the piece of the household went to somebody else
    CAMPAIGN = "campaign"  # another campaign, planned together with this one, has the contact
    LIMITS = "limits"  # at these prices something else was as good or better, and had no room


class Kind(StrEnum):
    """What stood in the way of an option."""

    RULE = "rule"  # a rule for each customer; `by` its key
    RUN = "run"  # its minimum run is not made, so nobody gets it
    NO_ROOM = "no room"  # a limit that not even one piece fits into; `by` its key
    HOLDOUT = "holdout"
    CHANCE = "chance"
    AREA_OPENED = "area opened"  # who gets the leaflet of the area gets nothing else
    AREA_CLOSED = "area closed"  # though it would pay
    COST = "cost"  # it adds less than it costs
    PRICE = "price"  # what it takes earns more elsewhere; `by` the key of what is charged most
    INSTEAD = "instead"  # something else leaves more; `by` the limit but for which it would not, or nothing
    CAMPAIGN = "campaign"  # another campaign has the contact; `by` its name and what it gives
    HOUSEHOLD = "household"  # its one piece went to `by`, where said of another campaign
    MOVED = "moved"  # nothing leaves more, but prices settle almost everybody, not all


FOR_NOBODY = (Kind.RUN, Kind.NO_ROOM)


@dataclass(frozen=True)
class Obstacle:
    kind: Kind
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weighed:
    """One option as it stood for the customer when the wave was planned; money in cents, None where it was closed."""

    option_id: int
    label: str
    by_area: bool
    is_chosen: bool = False
    reason: str = (
        ""  # why it was closed: of eligibility.REASONS, or BY_RULE; empty where open, or where no history tells
    )
    reason_now: str = ""
    added: float | None = None  # expected margin, less coupons, before cost
    coupons: tuple[Coupon, ...] = ()  # that its content gives, and what is expected of them
    cost: float | None = None  # None also for what is bought by area: see Area
    charges: Mapping[str, float] = field(
        default_factory=dict
    )  # by key of Plan.prices: what this use would earn elsewhere
    left: float | None = None  # after cost and charges
    obstacle: Obstacle | None = None  # None where it was chosen, or closed otherwise than by a rule

    @property
    def is_open(self) -> bool:
        return self.added is not None

    @property
    def is_for_nobody(self) -> bool:
        """Open by the gate, but closed to everybody by a limit."""
        return self.obstacle is not None and self.obstacle.kind in FOR_NOBODY


@dataclass(frozen=True)
class Neighbour:
    """Somebody else of the household; what would be left by each option that the household shares one piece of."""

    customer_id: int
    gets: str  # the option's label; empty: nothing
    letters: Mapping[str, float]  # by label


@dataclass(frozen=True)
class Area:
    """The customer's delivery area, for an option that is bought whole; money in cents."""

    name: str  # carrier:code
    label: str
    is_opened: bool
    pieces: int
    customers: int  # who may get the leaflet and are not held out
    added: float  # by these customers
    new: float  # by people who are no customers yet
    cost: float
    charged: float  # what money and pieces would earn elsewhere
    otherwise: float | None  # what would be left to these by messages of their own; None: leaflets come on top of them

    @property
    def left(self) -> float:
        return self.added + self.new - self.cost - self.charged


@dataclass(frozen=True)
class Explanation:
    plan: Plan
    customer_id: int
    assignment: Assignment | None  # None: not decided about
    cause: Cause
    best: str  # label of the option by which most is left; empty: nothing
    weighed: tuple[Weighed, ...]
    household: tuple[Neighbour, ...]
    area: Area | None
    is_as_written: (
        bool  # False where something that has no history changed, so that the value is not the plan's any more
    )
    rules: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # by key, as Plan.rules tells them; also those of campaigns that were planned together
