"""Audiences: a rule with the audiences it refers to becomes one query, to be counted, sampled and shown."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlparse
from django.db import connection
from django.utils import timezone

from . import rules
from .models import Audience, DeliveryArea
from .rules import Member, Node, RuleError
from .rules.statement import Statement

MAX_REFERENCES = 50  # after inlining: audiences that each name two others would double without end
FEW = 20_000  # customers that are simply counted
DRAWS = 2_000  # ids that an estimate looks at
CONFIDENCE = 1.96
SOME = 5  # names that an error tells


@dataclass(frozen=True)
class Query:
    """One statement that selects the ids of matching customers, as column `id`."""

    sql: str
    params: list[Any]
    node: Node
    as_of_at: datetime


@dataclass(frozen=True)
class Estimate:
    """About how many customers match; the true number is between low and high in 95 of 100 cases."""

    count: int
    low: int
    high: int

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


def check(rule: Any, *, audience_id: int | None = None) -> None:
    """Refuse what cannot be compiled, and areas that nobody knows. `audience_id` is whose rule this will be: it must not lead back to itself."""
    node = rules.parse(rule)
    _resolve(node, trail=() if audience_id is None else (audience_id,))
    _refuse_unknown_areas(set(rules.area_names(node)))


def compile_rule(rule: Any, *, as_of_at: datetime | None = None) -> Query:
    """The query of a rule. Events, consents and ages are those of `as_of_at` (now); attributes are today's."""
    return _compile(_resolve(rules.parse(rule)), as_of_at=as_of_at or timezone.now())


def query(audience: Audience, *, as_of_at: datetime | None = None) -> Query:
    node = _resolve(rules.parse(audience.rule), trail=(audience.pk,))
    return _compile(node, as_of_at=as_of_at or timezone.now())


def count(of: Query) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({of.sql}) matching", of.params)  # noqa: S608
        return cursor.fetchone()[0]


def among(of: Query, ids: Sequence[int]) -> Query:
    """The same query, limited to some customers in all of its parts."""
    return _compile(of.node, as_of_at=of.as_of_at, among=ids)


def estimate(of: Query) -> int:
    """About how many customers match, in a moment however many there are; see `gauge` for the error."""
    return gauge(of).count


def gauge(of: Query, *, seed: int = 1) -> Estimate:
    """Exact for few customers; otherwise from some ids drawn at random, whose rows are found by index."""
    first, last = _id_range()
    ids = last - first + 1
    if ids <= FEW:
        exact = count(of)
        return Estimate(exact, exact, exact)
    drawn = random.Random(seed).sample(range(first, last + 1), DRAWS)  # noqa: S311
    share = count(among(of, drawn)) / DRAWS
    low, high = _wilson(share, DRAWS)
    return Estimate(round(share * ids), round(low * ids), round(high * ids))


def sample(of: Query, size: int = 10, *, seed: int = 1) -> list[int]:
    """Ids of some matching customers, in random order: from ids drawn at random, and from all if those do not do."""
    first, last = _id_range()
    if last - first + 1 > FEW:
        drawn = random.Random(seed).sample(range(first, last + 1), DRAWS)  # noqa: S311
        found = _shuffled(among(of, drawn), size=size, seed=seed)
        if len(found) == size:
            return found
    return _shuffled(of, size=size, seed=seed)


def describe(rule: Any) -> str:
    """The rule in plain English."""
    words = _resolve(rules.parse(rule)).words()
    if words in ("everybody", "nobody"):
        return f"{words.capitalize()}."
    return f"Customers of whom it is true that {words}."


def shown_sql(of: Query) -> str:
    """The statement with its values, for people to read; it is never run in this form."""
    return sqlparse.format(connection.ops.compose_sql(of.sql, of.params), reindent=True)


def _refuse_unknown_areas(names: set[str]) -> None:
    """Nobody would be in them, and nothing would say so. A closed area is known."""
    carriers, codes = ({name.partition(":")[place] for name in names} for place in (0, 2))
    known = DeliveryArea.objects.filter(carrier__in=carriers)
    of_whom = set(known.values_list("carrier", flat=True).distinct())
    if strangers := sorted(carriers - of_whom):
        there = ", ".join(DeliveryArea.objects.order_by("carrier").values_list("carrier", flat=True).distinct())
        raise RuleError("delivery_area", f"there are no areas of {_listed(strangers)}, only of {there or 'nobody'}")
    found = {":".join(pair) for pair in known.filter(code__in=codes).values_list("carrier", "code")}
    if unknown := sorted(name for name in names - found if not name.endswith(":")):
        raise RuleError("delivery_area", f"there is no area {_listed(unknown)}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SOME} more" if len(names) > SOME else ""
    return ", ".join(f"“{name}”" for name in names[:SOME]) + more


def _compile(node: Node, *, as_of_at: datetime, among: Sequence[int] | None = None) -> Query:
    statement = Statement(as_of_at=as_of_at, today=timezone.localdate(as_of_at), among=among)
    made = statement.select(node.sql(statement))
    params = [list(param) if isinstance(param, tuple) else param for param in made.params]
    return Query(made.text, params, node, as_of_at)


def _resolve(node: Node, *, trail: tuple[int, ...] = ()) -> Node:
    """Put the audiences that a rule refers to in their places; one lookup for each level of references."""
    return _put_in(node, known=_referred(node), trail=trail, budget=iter(range(MAX_REFERENCES)))


def _referred(node: Node) -> dict[int, Audience]:
    """Every audience that a rule leads to."""
    known: dict[int, Audience] = {}
    wanted = {member.audience_id for member in rules.members(node)}
    while wanted:
        found = Audience.objects.in_bulk(wanted)
        known |= found
        wanted = {m.audience_id for audience in found.values() for m in rules.members(_parsed(audience))} - known.keys()
    return known


def _put_in(node: Node, *, known: dict[int, Audience], trail: tuple[int, ...], budget: Iterator[int]) -> Node:
    def resolve(member: Member) -> Member:
        path = f"{member.path}.audience"
        audience = known.get(member.audience_id)
        if audience is None:
            raise RuleError(path, f"there is no audience {member.audience_id}")
        if audience.pk in trail:
            raise RuleError(path, f"“{audience.name}” leads back to itself")
        if next(budget, None) is None:
            raise RuleError(path, f"must not lead to more than {MAX_REFERENCES} audiences")
        try:
            inner = _put_in(_parsed(audience), known=known, trail=(*trail, audience.pk), budget=budget)
        except RuleError as error:
            raise RuleError(path, error.reason) from error
        return replace(member, name=audience.name, rule=inner)

    return rules.replace_members(node, resolve)


def _parsed(audience: Audience) -> Node:
    try:
        return rules.parse(audience.rule)
    except RuleError as error:
        raise RuleError("rule", f"audience “{audience.name}” is broken: {error}") from error


def _id_range() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM campaigns_customer")
        return cursor.fetchone()


def _shuffled(of: Query, *, size: int, seed: int) -> list[int]:
    sql = f"SELECT id FROM ({of.sql}) matching ORDER BY hashint8extended(id, %s), id LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*of.params, seed, size])
        return [id_ for (id_,) in cursor.fetchall()]


def _wilson(share: float, drawn: int) -> tuple[float, float]:
    """The interval of a share seen in a random sample; honest near 0 and 1, where the plain one is not."""
    square = CONFIDENCE**2 / drawn
    middle = (share + square / 2) / (1 + square)
    half = CONFIDENCE * math.sqrt(share * (1 - share) / drawn + square / (4 * drawn)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
