"""Types of values in rules and the operators that compare them; each is declared once."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from .errors import RuleError
from .statement import Fragment, bind, compose

MOST_DAYS = 36_500
# Neither NUL nor lone surrogates can be stored by PostgreSQL.
TEXT_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\u0000\\ud800-\\udfff]+$"}
DATE_SCHEMA = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "A date, e.g. 2026-12-31"}
DAYS_SCHEMA = {"type": "integer", "minimum": 0, "maximum": MOST_DAYS}


class Type(Enum):
    """What a value is; its SQL type."""

    TEXT = "text"
    NUMBER = "numeric"
    DATE = "date"
    YES_NO = "boolean"

    @property
    def schema(self) -> dict[str, Any]:
        return {
            Type.TEXT: TEXT_SCHEMA,
            Type.NUMBER: {"type": "number"},
            Type.DATE: DATE_SCHEMA,
            Type.YES_NO: {"type": "boolean"},
        }[self]

    def read(self, raw: Any, path: str) -> Any:
        """The value that JSON stands for."""
        if self is Type.TEXT and isinstance(raw, str) and raw:
            return raw
        if self is Type.YES_NO and isinstance(raw, bool):
            return raw
        if self is Type.NUMBER and is_number(raw):
            return Decimal(str(raw))
        if self is Type.DATE and isinstance(raw, str):
            return _read_date(raw, path)
        raise RuleError(path, f"must be {WANTED[self]}, got {raw!r}")


WANTED = {
    Type.TEXT: "a text",
    Type.NUMBER: "a number",
    Type.DATE: "a date such as 2026-12-31",
    Type.YES_NO: "true or false",
}


def is_number(raw: Any) -> bool:
    return isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw)


def _read_date(raw: str, path: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError as error:
        raise RuleError(path, f"must be {WANTED[Type.DATE]}, got {raw!r}") from error


class Shape(Enum):
    """How many values an operator compares with."""

    ONE = "one"
    SEVERAL = "several"
    PAIR = "pair"
    DAYS = "days"
    FLAG = "flag"


ORDERED = frozenset({Type.NUMBER, Type.DATE})
EVERY = frozenset(Type)
TEXT, DATE = frozenset({Type.TEXT}), frozenset({Type.DATE})


@dataclass(frozen=True)
class Operator:
    """One way to compare. `sql` is filled with the value and then the operands; NULL stays NULL and so is not true."""

    name: str
    types: frozenset[Type]
    shape: Shape
    sql: str
    words: str

    def schema(self, types: frozenset[Type]) -> dict[str, Any]:
        """What the operand may look like for a value of one of these types."""
        schemas = [type_.schema for type_ in Type if type_ in types & self.types]
        one = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        return {
            Shape.ONE: one,
            Shape.SEVERAL: {"type": "array", "items": one, "minItems": 1, "maxItems": 1000},
            Shape.PAIR: {"type": "array", "items": one, "minItems": 2, "maxItems": 2},
            Shape.DAYS: DAYS_SCHEMA,
            Shape.FLAG: {"type": "boolean"},
        }[self.shape]


OPERATORS = {
    operator.name: operator
    for operator in (
        Operator("is", EVERY, Shape.ONE, "{} = {}", "is {}"),
        Operator("is_not", EVERY, Shape.ONE, "{} <> {}", "is known and not {}"),
        Operator("in", ORDERED | TEXT, Shape.SEVERAL, "{} = ANY({})", "is one of {}"),
        Operator("contains", TEXT, Shape.ONE, "strpos({}, {}) > 0", "contains {}"),
        Operator("starts_with", TEXT, Shape.ONE, "starts_with({}, {})", "starts with {}"),
        Operator("at_least", ORDERED, Shape.ONE, "{} >= {}", "is at least {}"),
        Operator("at_most", ORDERED, Shape.ONE, "{} <= {}", "is at most {}"),
        Operator("between", ORDERED, Shape.PAIR, "{} BETWEEN {} AND {}", "is between {} and {}"),
        Operator("before", DATE, Shape.ONE, "{} < {}", "is before {}"),
        Operator("after", DATE, Shape.ONE, "{} > {}", "is after {}"),
        Operator("in_last_days", DATE, Shape.DAYS, "{} BETWEEN {} AND {}", "is in the last {} days"),
        Operator("in_next_days", DATE, Shape.DAYS, "{} BETWEEN {} AND {}", "is in the next {} days"),
        Operator("exists", EVERY, Shape.FLAG, "", ""),
    )
}
NUMBER_OPERATORS = ("is", "is_not", "in", "at_least", "at_most", "between")


@dataclass(frozen=True)
class Comparison:
    """An operator with what it compares to."""

    operator: Operator
    type: Type
    operands: tuple[Any, ...]

    def sql(self, value: Fragment, *, today: date) -> Fragment:
        """True, false, or NULL when the value is missing."""
        match self.operator.shape:
            case Shape.FLAG:
                return compose("{} IS NOT NULL" if self.operands[0] else "{} IS NULL", value)
            case Shape.SEVERAL:
                return compose(self.operator.sql, value, bind(self.operands, f"{self.type.value}[]"))
            case Shape.DAYS:
                operands = self._window(today)
            case _:
                operands = self.operands
        return compose(self.operator.sql, value, *(bind(operand, self.type.value) for operand in operands))

    def words(self) -> str:
        if self.operator.shape is Shape.FLAG:
            return "is known" if self.operands[0] else "is missing"
        shown = [_shown(operand) for operand in self.operands]
        return self.operator.words.format(*([", ".join(shown)] if self.operator.shape is Shape.SEVERAL else shown))

    def _window(self, today: date) -> tuple[date, date]:
        days = timedelta(days=self.operands[0])
        return (today - days, today) if self.operator.name == "in_last_days" else (today, today + days)


def _shown(operand: Any) -> str:
    if isinstance(operand, bool):
        return "yes" if operand else "no"
    return f"“{operand}”" if isinstance(operand, str) else str(operand)


def compare(name: str, raw: Any, *, type_: Type, path: str) -> Comparison:
    """Read an operand for a value of this type. Raises RuleError for an operator that the type does not know."""
    operator, path = OPERATORS[name], f"{path}.{name}"
    if type_ not in operator.types:
        raise RuleError(path, f"does not compare with {WANTED[type_]}")
    if operator.shape in (Shape.FLAG, Shape.DAYS):
        return Comparison(operator, type_, (raw,))
    if operator.shape is Shape.ONE:
        return Comparison(operator, type_, (type_.read(raw, path),))
    operands = tuple(type_.read(each, f"{path}[{position}]") for position, each in enumerate(raw))
    if operator.shape is Shape.PAIR and operands[0] > operands[1]:
        raise RuleError(path, f"must begin with the smaller value, got {raw!r}")
    return Comparison(operator, type_, operands)
