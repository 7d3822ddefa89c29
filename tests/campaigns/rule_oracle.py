"""Rules evaluated one person at a time in plain Python: what the SQL of campaigns.rules is compared with."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .rule_data import Person

OPERATORS = {
    "is": lambda value, operand: value == operand,
    "is_not": lambda value, operand: value != operand,
    "in": lambda value, operand: value in operand,
    "contains": lambda value, operand: operand in value,
    "starts_with": lambda value, operand: value.startswith(operand),
    "at_least": lambda value, operand: value >= operand,
    "at_most": lambda value, operand: value <= operand,
    "between": lambda value, operand: operand[0] <= value <= operand[1],
    "before": lambda value, operand: value < operand,
    "after": lambda value, operand: value > operand,
}
ONLINE = {"online": True, "offline": False}


def matches(rule: dict[str, Any], person: Person, *, everybody: list[Person], at: datetime) -> bool:
    def inner(part: dict[str, Any]) -> bool:
        return matches(part, person, everybody=everybody, at=at)

    match rule:
        case {"all": parts}:
            return all(map(inner, parts))
        case {"any": parts}:
            return any(map(inner, parts))
        case {"none": parts}:
            return not any(map(inner, parts))
        case {"attribute": name, **comparison}:
            ((operator, operand),) = comparison.items()
            return _attribute(person, name, operator, operand, today=at.astimezone(ZoneInfo("Europe/Berlin")).date())
        case {"identifier": kind}:
            return (kind in person.identifiers) == rule.get("exists", True)
        case {"consent": channel}:
            return _consents(rule, channel, person, at) == rule.get("exists", True)
        case {"objection": channel}:
            return _objects(channel, person, at) == rule.get("exists", True)
    return _measured(rule, person, everybody=everybody, at=at)


def _attribute(person: Person, name: str, operator: str, operand: Any, *, today: date) -> bool:
    if name == "delivery_area" and operator != "exists":
        return _in_area(person.areas, operator, operand)
    value = _value(person, name, today)
    if operator == "exists":
        return (value not in (None, "")) == operand
    if operator in ("in_last_days", "in_next_days"):
        value = _as_date(value)
        days = timedelta(days=operand)
        low, high = (today - days, today) if operator == "in_last_days" else (today, today + days)
        return value is not None and low <= value <= high
    if operator == "contains" and isinstance(value, list):
        return operand in value
    value, operand = _alike(
        value, operand, is_date=operator in ("before", "after"), is_ordered=operator.startswith("at_")
    )
    return value is not None and OPERATORS[operator](value, operand)


def _in_area(areas: dict[str, str], operator: str, operand: str | list[str]) -> bool:
    if operator == "in":
        return any(_in_area(areas, "is", one) for one in operand)
    carrier, _, code = operand.partition(":")
    return carrier in areas and OPERATORS[operator](areas[carrier], code)


def _value(person: Person, name: str, today: date) -> Any:
    row = person.row
    if name == "age":
        born = row.born_on
        return born and today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if name == "delivery_area":
        return next(iter(person.areas), None)
    if name in ("postcode", "city", "country"):
        return getattr(row.household, name) if row.household else None
    return getattr(row, name) if name != "attributes" and hasattr(row, name) else row.attributes.get(name)


def _alike(value: Any, operand: Any, *, is_date: bool, is_ordered: bool) -> tuple[Any, Any]:
    """Both as the operand's type; the value is None where it is of another type or missing."""
    first = operand[0] if isinstance(operand, list) else operand
    many = isinstance(operand, list)
    if isinstance(first, bool):
        return (value if isinstance(value, bool) else None), operand
    if isinstance(first, (int, float)):
        read = [Decimal(str(each)) for each in operand] if many else Decimal(str(operand))
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return (Decimal(str(value)) if is_number else None), read
    if isinstance(value, date) or is_date or is_ordered or (many and _is_pair_of_dates(operand, value)):
        read = [_as_date(each) for each in operand] if many else _as_date(operand)
        return _as_date(value), read
    return (value if isinstance(value, str) and value else None), operand


def _is_pair_of_dates(operand: list[str], value: Any) -> bool:
    return isinstance(operand, Pair)


class Pair(list):
    """The operand of `between`, to tell it from that of `in`."""


def _as_date(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _consents(rule: dict[str, Any], channel: str, person: Person, at: datetime) -> bool:
    return any(
        consent.channel == channel
        and consent.purpose == rule.get("purpose", "advertising")
        and consent.given_at <= at
        and (consent.withdrawn_at is None or consent.withdrawn_at > at)
        and consent.ground in rule.get("grounds", [consent.ground])
        for consent in person.consents
    )


def _objects(channel: str, person: Person, at: datetime) -> bool:
    return any(
        objection.channel in ("", channel)
        and objection.received_at <= at
        and (objection.lifted_at is None or objection.lifted_at > at)
        for objection in person.objections
    )


def _measured(rule: dict[str, Any], person: Person, *, everybody: list[Person], at: datetime) -> bool:
    key = next(key for key in ("events", "contacted", "responded") if key in rule)
    window = rule[key]
    until = at - timedelta(days=window.get("older_than_days", 0))
    since = at - timedelta(days=window["within_days"]) if "within_days" in window else None
    events = [
        event
        for event in person.events
        if event.occurred_at <= until
        and (since is None or event.occurred_at > since)
        and _chosen(key, window, event, everybody)
    ]
    value = {
        "count": lambda: len(events),
        "sum_cents": lambda: sum(event.value_cents for event in events),
        "recency_days": lambda: (
            (at - max(event.occurred_at for event in events)) // timedelta(days=1) if events else None
        ),
    }[rule.get("measure", "count")]()
    operator, operand = next(((k, v) for k, v in rule.items() if k in OPERATORS), ("at_least", 1))
    return value is not None and OPERATORS[operator](value, operand)


def _chosen(key: str, which: dict[str, Any], event: Any, everybody: list[Person]) -> bool:
    channels = which.get("channels")
    if event.kind in ("opened", "clicked", "shown") and event.attributes.get("is_machine"):
        return False
    if key == "events":
        return (
            event.kind in which.get("kinds", [event.kind])
            and event.medium in which.get("medium", [event.medium])
            and ONLINE.get(which.get("where"), event.is_online) == event.is_online
        )
    if key == "contacted":
        return event.kind == "contacted" and (not channels or event.medium in channels)
    if event.kind not in which.get("kinds", ["opened", "clicked", "redeemed"]):
        return False
    return not channels or event.medium in channels or _answers(event, channels, everybody)


def _answers(event: Any, channels: list[str], everybody: list[Person]) -> bool:
    return event.dispatch_id is not None and any(
        sent.dispatch_id == event.dispatch_id and sent.kind == "contacted" and sent.medium in channels
        for person in everybody
        for sent in person.events
    )
