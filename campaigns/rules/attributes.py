"""Conditions on what a customer is: declared columns, and whatever else `Customer.attributes` holds."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from campaigns.models import JourneyStage, Salutation

from . import area_names
from .condition import Condition, object_schema
from .errors import RuleError
from .statement import Fragment, Statement, bind, compose
from .values import EVERY, OPERATORS, TEXT_SCHEMA, Comparison, Shape, Type, compare, is_number


@dataclass(frozen=True)
class Column:
    """A declared column; `table` says which of the customer's rows holds it."""

    type: Type
    name: str
    table: str = "customer"
    may_be_empty: bool = False  # an empty text means missing
    choices: tuple[str, ...] = ()

    def sql(self, statement: Statement) -> Fragment:
        alias = statement.household() if self.table == "household" else "c"
        column = Fragment(f"{alias}.{self.name}")
        if self.name == "born_on" and self.type is Type.NUMBER:
            return compose("extract(year FROM age({}, {}))", bind(statement.today, "date"), column)
        return compose("nullif({}, '')", column) if self.may_be_empty else column


def _text(name: str, **more: Any) -> Column:
    return Column(Type.TEXT, name, **more)


AREA = "delivery_area"  # has names of its own: area_names
COLUMNS = {
    "customer_number": _text("customer_number"),
    "salutation": _text("salutation", may_be_empty=True, choices=tuple(v for v in Salutation.values if v)),
    "title": _text("title", may_be_empty=True),
    "first_name": _text("first_name", may_be_empty=True),
    "last_name": _text("last_name", may_be_empty=True),
    "language": _text("language"),
    "region": _text("region", may_be_empty=True),
    "source": _text("source", may_be_empty=True),
    "journey_stage": _text("journey_stage", choices=tuple(JourneyStage.values)),
    "postcode": _text("postcode", table="household", may_be_empty=True),
    "city": _text("city", table="household", may_be_empty=True),
    "country": _text("country", table="household", may_be_empty=True),
    AREA: _text("code", table="area"),
    "born_on": Column(Type.DATE, "born_on"),
    "age": Column(Type.NUMBER, "born_on"),
    "customer_since_on": Column(Type.DATE, "customer_since_on"),
    "contact_is_made_up": Column(Type.YES_NO, "contact_is_made_up"),
}

# How a JSON value is read as each type; of another type, it is missing.
JSON_READERS = {
    Type.TEXT: "CASE jsonb_typeof(c.attributes -> {0}) WHEN 'string' THEN nullif(c.attributes ->> {0}, '') END",
    Type.NUMBER: "CASE jsonb_typeof(c.attributes -> {0}) WHEN 'number' THEN (c.attributes ->> {0})::numeric END",
    Type.YES_NO: "CASE jsonb_typeof(c.attributes -> {0}) WHEN 'boolean' THEN (c.attributes ->> {0})::boolean END",
    Type.DATE: "CASE WHEN c.attributes ->> {0} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' "
    "AND pg_input_is_valid(c.attributes ->> {0}, 'date') THEN (c.attributes ->> {0})::date END",
}
JSON_KNOWN = "nullif(nullif(c.attributes -> {0}, 'null'), '\"\"')"
# A list contains an element, a text contains a text.
JSON_CONTAINS = (
    "CASE jsonb_typeof(c.attributes -> {0}) WHEN 'array' THEN c.attributes -> {0} @> to_jsonb({1}) "
    "WHEN 'string' THEN strpos(c.attributes ->> {0}, {1}) > 0 END"
)


@dataclass(frozen=True)
class Attribute(Condition):
    """`{"attribute": name, OPERATOR: operand}`. A declared column goes before an attribute of the same name."""

    name: str
    comparison: Comparison

    key: ClassVar[str] = "attribute"

    @classmethod
    def schema(cls) -> dict[str, Any]:
        operators = {name: operator.schema(EVERY) for name, operator in OPERATORS.items()}
        return object_schema({cls.key: TEXT_SCHEMA | {"maxLength": 80}} | operators, required=[cls.key]) | {
            "minProperties": 2,
            "maxProperties": 2,
        }

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        name = raw[cls.key]
        operator = next(key for key in raw if key != cls.key)
        column = COLUMNS.get(name)
        type_ = column.type if column else _type_of(operator, raw[operator], path)
        comparison = compare(operator, raw[operator], type_=type_, path=path)
        if column and column.choices and operator in ("is", "is_not", "in"):
            _check_choices(comparison, column.choices, f"{path}.{operator}")
        if name == AREA:
            area_names.check(comparison, f"{path}.{operator}")
        return cls(name, comparison)

    def sql(self, statement: Statement) -> Fragment:
        if self.name == AREA:
            return area_names.sql(self.comparison, statement)
        column = COLUMNS.get(self.name)
        if column:
            return self.comparison.sql(column.sql(statement), today=statement.today)
        operator, name = self.comparison.operator, bind(self.name, "text")
        if operator.name == "contains":
            return compose(JSON_CONTAINS, name, bind(self.comparison.operands[0], "text"))
        reader = JSON_KNOWN if operator.shape is Shape.FLAG else JSON_READERS[self.comparison.type]
        return self.comparison.sql(compose(reader, name), today=statement.today)

    @property
    def area_names(self) -> tuple[str, ...]:
        """Delivery areas that it names as carrier:code, or of a part of a code the carrier alone: "Post:"."""
        return area_names.named(self.comparison) if self.name == AREA else ()

    def words(self) -> str:
        return f"{self.name.replace('_', ' ')} {self.comparison.words()}"


def _type_of(operator: str, raw: Any, path: str) -> Type:
    """The type to read an undeclared attribute as: what it is compared with tells."""
    known = OPERATORS[operator].types
    if len(known) == 1:
        return next(iter(known))
    first = raw[0] if isinstance(raw, list) else raw
    if isinstance(first, bool):
        return Type.YES_NO
    if is_number(first):
        return Type.NUMBER
    if isinstance(first, str):
        return Type.TEXT if Type.TEXT in known else Type.DATE
    raise RuleError(f"{path}.{operator}", f"must be a text, a number or true or false, got {first!r}")


def _check_choices(comparison: Comparison, choices: tuple[str, ...], path: str) -> None:
    unknown = [operand for operand in comparison.operands if operand not in choices]
    if unknown:
        raise RuleError(path, f"must be one of {', '.join(choices)}, got {unknown[0]!r}")
