"""Conditions under which a block is shown, without code: what is known about a person, and the audiences they are in.

    {"all": [{"field": "attribute_tier", "is": "one_of", "values": ["gold"]}, {"audience": 7}]}

`all` or `any` of the conditions must hold. A comparison with something missing is false, but for `not_one_of` and
`empty`: who has no tier is none of the gold ones. `{"not_audience": 7}` holds of who is certainly not in that audience: of
nobody where the audience is gone or broken, or where it is not known in which audiences somebody is.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from . import languages, plain_text, products
from .content_error import ContentError

ATTRIBUTE = re.compile(r"attribute_\S{1,80}")
FIELDS: Mapping[str, str] = {
    "language": "language",
    "region": "region",
    "journey_stage": "stage of the journey",
    "city": "city of the postal address",
    "postcode": "postcode of the postal address",
    "customer_since_year": "year since when a customer",
    "salutation": "Frau or Herr",
    "title": "academic title",
    "first_name": "first name",
    "last_name": "last name",
    "coupon_code": "personal coupon code of this message",
}
# Before an attribute: which products a list of it shows to the person. Not for staff; channels ask it of lists.
SHOWN_PRODUCTS = "products_of_"
GROUPS = ("all", "any")
AUDIENCES = ("audience", "not_audience")
MOST_CONDITIONS = 20
MOST_VALUES = 100
LONGEST = 200
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
Condition = Mapping[str, Any]
Fields = Mapping[str, Any]


def holds(condition: Condition | None, fields: Fields) -> bool:
    """Whether a checked condition is true of a person; `fields` as personalise.fields_for gives them.

    `fields["audiences"]`: ids of the audiences the person is in; `fields["audiences_gone"]`: ids of those of which nobody
    can tell. No condition holds always.
    """
    if not condition:
        return True
    if "all" in condition:
        return all(holds(one, fields) for one in condition["all"])
    if "any" in condition:
        return any(holds(one, fields) for one in condition["any"])
    if "audience" in condition:
        return condition["audience"] in (fields.get("audiences") or ())
    if "not_audience" in condition:
        return _is_outside(condition["not_audience"], fields)
    verb, _ = VERBS[condition["is"]]
    return verb(known(condition["field"], fields), [_text(value) for value in condition.get("values", ())])


def _is_outside(audience_id: int, fields: Fields) -> bool:
    inside, gone = fields.get("audiences"), fields.get("audiences_gone") or ()
    return inside not in (None, "") and audience_id not in inside and audience_id not in gone


def known(field: str, fields: Fields) -> list[str]:
    """What is known about a field, in words: several for an attribute that is a list, none where it is empty."""
    if field.startswith(SHOWN_PRODUCTS):
        return [one.name for one in products.of(fields, field.removeprefix(SHOWN_PRODUCTS))]
    value = fields.get(field)
    if field.startswith("attribute_"):
        # Truth values say nothing in a text, and lists are one text there.
        held = (fields.get("attributes") or {}).get(field.removeprefix("attribute_"))
        value = held if isinstance(held, list) or value in (None, "") else value
    values = value if isinstance(value, list | tuple) else [value]
    found = [_text(one) for one in values if one is not None]
    if field == "language":
        found = [languages.primary(one) for one in found]
    return [one for one in found if one]


def audiences(blocks: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    """Ids of the audiences that the conditions of these blocks name."""
    return frozenset(
        one[name] for block in blocks for one in _leaves(block.get("only_if")) for name in AUDIENCES if name in one
    )


def errors(condition: Any, path: str) -> Iterator[ContentError]:
    """What is wrong with a condition, but for audiences that do not exist (campaigns.blocks.references)."""
    group = next((name for name in GROUPS if isinstance(condition, Mapping) and list(condition) == [name]), None)
    if group is None:
        yield ContentError(path, 'must be {"all": [...]} or {"any": [...]}')
        return
    members = condition[group]
    if not isinstance(members, list) or not 1 <= len(members) <= MOST_CONDITIONS:
        yield ContentError(f"{path}.{group}", f"must be a list of 1 to {MOST_CONDITIONS} conditions")
        return
    for n, member in enumerate(members):
        yield from _member_errors(member, f"{path}.{group}[{n}]")


def _member_errors(member: Any, path: str) -> Iterator[ContentError]:
    if not isinstance(member, Mapping):
        yield ContentError(path, f"must be an object, got {type(member).__name__}")
    elif name := next((name for name in AUDIENCES if name in member), ""):
        yield from _audience_errors(member, name, path)
    elif stray := sorted(str(name)[:40] for name in member.keys() - {"field", "is", "values"}):
        yield ContentError(f"{path}.{stray[0]}", "a condition has field, is and values, or audience, or not_audience")
    else:
        yield from _comparison_errors(member, path)


def _audience_errors(member: Condition, name: str, path: str) -> Iterator[ContentError]:
    id_ = member[name]
    if type(id_) is not int or not 0 < id_ < 2**63:
        yield ContentError(f"{path}.{name}", "must be the id of an audience")
    if len(member) > 1:
        yield ContentError(path, "holds nothing beside the audience")


def _comparison_errors(member: Condition, path: str) -> Iterator[ContentError]:
    field, verb, values = member.get("field"), member.get("is"), member.get("values", [])
    if not isinstance(field, str) or not (field in FIELDS or _is_attribute(field)):
        known_fields = ", ".join(FIELDS)
        yield ContentError(f"{path}.field", f"must be one of {known_fields}, attribute_<name>, got {str(field)[:40]!r}")
    if not isinstance(verb, str) or verb not in VERBS:
        yield ContentError(f"{path}.is", f"must be one of {', '.join(VERBS)}, got {str(verb)[:40]!r}")
        return
    _, most = VERBS[verb]
    if not isinstance(values, list) or len(values) > most or (most and not values):
        yield ContentError(f"{path}.values", f"must be a list of {f'1 to {most}' if most > 1 else most} for {verb}")
        return
    for n, value in enumerate(values):
        yield from _operand_errors(value, verb, f"{path}.values[{n}]")


def _is_attribute(field: str) -> bool:
    return bool(ATTRIBUTE.fullmatch(field)) and not plain_text.REFUSED.search(field)


def _operand_errors(value: Any, verb: str, path: str) -> Iterator[ContentError]:
    if isinstance(value, str) and plain_text.REFUSED.search(value):
        yield ContentError(path, "holds control characters or marks that change the reading direction")
    elif isinstance(value, float) and not math.isfinite(value):
        yield ContentError(path, "must be a number with an end")
    elif not isinstance(value, str | int | float | bool) or not _text(value) or len(_text(value)) > LONGEST:
        yield ContentError(path, f"must be text of 1 to {LONGEST} characters, a number, true or false")
    elif verb in ("at_least", "at_most") and _measure(_text(value)) is None:
        yield ContentError(path, f"must be a number or a date like 2027-12-31, got {_text(value)[:20]!r}")


def _leaves(condition: Condition | None) -> Iterator[Condition]:
    for name in GROUPS:
        if condition and name in condition:
            for one in condition[name]:
                yield from _leaves(one)
            return
    if condition:
        yield condition


def _text(value: Any) -> str:
    """For comparing: without blanks around it, in any case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value).strip().casefold() if isinstance(value, str | int) else ""


def _measure(text: str) -> tuple[str, Decimal | str] | None:
    """A number or a date, which are only compared with their like."""
    if DATE.fullmatch(text):
        return "date", text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return ("number", number) if number.is_finite() else None


def _compare(ordered: Callable[[Any, Any], bool]) -> Callable[[list[str], list[str]], bool]:
    def compare(found: list[str], values: list[str]) -> bool:
        bound = _measure(values[0])
        measured = [one for one in map(_measure, found) if one and bound and one[0] == bound[0]]
        return any(ordered(one[1], bound[1]) for one in measured if bound)

    return compare


def _same(found: str, value: str) -> bool:
    if found == value:
        return True
    one, other = _measure(found), _measure(value)
    return one is not None and one == other


def _one_of(found: list[str], values: list[str]) -> bool:
    return any(_same(one, value) for one in found for value in values)


# What a condition says, and how many values it takes at most.
VERBS: Mapping[str, tuple[Callable[[list[str], list[str]], bool], int]] = {
    "one_of": (_one_of, MOST_VALUES),
    "not_one_of": (lambda found, values: not _one_of(found, values), MOST_VALUES),
    "filled": (lambda found, values: bool(found), 0),
    "empty": (lambda found, values: not found, 0),
    "at_least": (_compare(lambda one, bound: one >= bound), 1),
    "at_most": (_compare(lambda one, bound: one <= bound), 1),
}
