"""Conditions on an event's attributes: lines that staff write, and the SQL/JSON path that the database evaluates.

    ink_percent at most 15
    product is X200
    shop is one of Berlin, Hamburg
    contract_ends_on is there

`medium` and `value` (money, in whole units) are the event's own. What is not there fulfils no condition, and what is no
number is neither more nor less than one.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

MOST = 20
LONGEST = 200
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")
LINE = re.compile(
    r"(?P<name>[^\W\d]\w{0,59})\s+(?P<sense>is there|is one of|is not|is|at least|at most|more than|less than)\b\s*(?P<value>.*)"
)
COMPARES = {"at least": ">=", "at most": "<=", "more than": ">", "less than": "<"}


class ConditionError(ValueError):
    """A line that says nothing that can be asked; the message is for people."""


def parse(text: str) -> list[dict[str, Any]]:
    """One condition a line. Raises ConditionError, which names the line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST:
        raise ConditionError(f"at most {MOST} conditions, got {len(lines)}")
    return [_condition(line, number) for number, line in lines]


def lines(conditions: Sequence[dict[str, Any]]) -> list[str]:
    """As they were written; `parse` reads them back."""
    return [f"{one['attribute']} {one['sense']} {', '.join(one['values'])}".rstrip() for one in conditions]


def path(conditions: Sequence[dict[str, Any]]) -> str:
    """SQL/JSON path of all of them; empty without any."""
    return " && ".join(f"({_path(one)})" for one in conditions)


def _condition(line: str, number: int) -> dict[str, Any]:
    found = LINE.fullmatch(line)
    if not found:
        raise ConditionError(
            f"line {number}: write such as “ink_percent at most 15” or “product is X200”, got “{line}”"
        )
    name, sense, value = found["name"], found["sense"], found["value"].strip()
    values = _values(sense, value)
    if sense == "is there" and value:
        raise ConditionError(f"line {number}: “is there” is followed by nothing, got “{value}”")
    if sense != "is there" and not all(values):
        raise ConditionError(f"line {number}: say what {name} {sense}")
    if max(map(len, values), default=0) > LONGEST:
        raise ConditionError(f"line {number}: a value has at most {LONGEST} characters")
    if any(not one.isprintable() for one in values):
        raise ConditionError(f"line {number}: a value has a character that cannot be seen")
    if sense in COMPARES and not NUMBER.fullmatch(value):
        raise ConditionError(f"line {number}: {name} {sense} a number such as 15 or 49.90, got “{value}”")
    return {"attribute": name, "sense": sense, "values": values}


def _values(sense: str, value: str) -> list[str]:
    if sense == "is there":
        return []
    return [one.strip() for one in value.split(",")] if sense == "is one of" else [value]


def _path(one: dict[str, Any]) -> str:
    name = f"$.{_text(one['attribute'])}"
    if one["sense"] == "is there":
        return f"exists({name})"
    if one["sense"] in COMPARES:
        # Other systems write numbers as text as well.
        return f"{name}.double() {COMPARES[one['sense']]} {one['values'][0]}"
    is_any = " || ".join(same for value in one["values"] for same in _same(name, value))
    return f"exists({name}) && !({is_any})" if one["sense"] == "is not" else is_any


def _same(name: str, value: str) -> list[str]:
    as_text = f"{name} == {_text(value)}"
    is_plain = NUMBER.fullmatch(value) or value in ("true", "false")
    return [as_text, f"{name} == {value}"] if is_plain else [as_text]


_text: Callable[[str], str] = json.dumps  # ASCII only, escapes as SQL/JSON path knows them
