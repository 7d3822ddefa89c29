"""Delivery areas in conditions are named carrier:code, since a code is the carrier's own, and compared with areas of that carrier."""

from dataclasses import replace

from .errors import RuleError
from .statement import Fragment, Statement, chain
from .values import Comparison, Shape

WHOLE = ("is", "is_not", "in")


def check(comparison: Comparison, path: str) -> None:
    """Raises RuleError for what names no area. `starts_with` may name a carrier alone: "Post:"."""
    if comparison.operator.shape is Shape.FLAG:
        return
    for operand in comparison.operands:
        _, colon, code = operand.partition(":")
        if not colon or not (code or comparison.operator.name == "starts_with"):
            raise RuleError(path, f'must name an area as "carrier:code", got {operand!r}')


def named(comparison: Comparison) -> tuple[str, ...]:
    """Whole names, and of those that are parts of one the carrier: "Post:"."""
    if comparison.operator.shape is Shape.FLAG:
        return ()
    if comparison.operator.name in WHOLE:
        return comparison.operands
    return tuple(f"{operand.partition(':')[0]}:" for operand in comparison.operands)


def sql(comparison: Comparison, statement: Statement) -> Fragment:
    """True, false, or NULL where the customer is in no area of the carrier; `exists` asks for an area of any."""
    if comparison.operator.shape is Shape.FLAG:
        return comparison.sql(Fragment(f"{statement.household()}.delivery_area_id"), today=statement.today)
    codes: dict[str, list[str]] = {}
    for operand in comparison.operands:
        carrier, _, code = operand.partition(":")
        codes.setdefault(carrier, []).append(code)
    return chain(" OR ", [_of_carrier(comparison, carrier, some, statement) for carrier, some in codes.items()])


def _of_carrier(comparison: Comparison, carrier: str, codes: list[str], statement: Statement) -> Fragment:
    code = Fragment(f"{statement.area_of(carrier)}.code")
    return replace(comparison, operands=tuple(codes)).sql(code, today=statement.today)
