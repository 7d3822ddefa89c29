"""SQL in pieces, every value kept apart from the text, and the one statement over customers that they make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from string import Formatter
from typing import Any

from campaigns.areas import living


@dataclass(frozen=True)
class Fragment:
    """A piece of SQL with its parameters in the order of their placeholders."""

    text: str
    params: tuple[Any, ...] = ()


def bind(value: Any, sql_type: str) -> Fragment:
    """A value as a typed placeholder; the only way a value enters a statement. A tuple is an array."""
    return Fragment(f"%s::{sql_type}", (value,))


def compose(template: str, *parts: Fragment) -> Fragment:
    """Fill a template: `{}` takes the parts in order, `{0}` the first one wherever it stands."""
    text, params, position = "", (), 0
    for literal, name, _, _ in Formatter().parse(template):
        text += literal
        if name is None:
            continue
        part = parts[int(name) if name else position]
        position += 1
        text, params = text + part.text, params + part.params
    return Fragment(text, params)


def chain(separator: str, parts: Iterable[Fragment]) -> Fragment:
    parts = list(parts)
    return compose(separator.join(["({})"] * len(parts)), *parts)


# What is left of a customer who turned out to be another one is nobody.
NOT_MERGED_AWAY = Fragment("c.merged_into_id IS NULL")


@dataclass
class Statement:
    """One SELECT over customers `c`. Conditions join what they need; what is needed twice is joined once.

    Other tables are grouped by customer and joined from the left, never asked customer by customer: the planner may
    hash and spill them, in any place of a rule, also below `any` and `none`. `among` limits everything to some
    customers, whose rows are then found by index.
    """

    as_of_at: datetime
    today: date
    among: Sequence[int] | None = None
    joins: dict[Fragment, str] = field(default_factory=dict)

    def household(self) -> str:
        return self._join(Fragment("campaigns_household {0} ON {0}.id = c.household_id"))

    def area_of(self, carrier: str) -> str:
        """The delivery area of this carrier in which the customer lives."""
        lived_in = living.OF_CARRIER.format(carrier="%s")
        areas = f"SELECT l.household_id, a.code FROM {lived_in} l JOIN campaigns_deliveryarea a ON a.id = l.area_id"  # noqa: S608
        join = f"({areas}) {{0}} ON {{0}}.household_id = c.household_id"
        return self._join(Fragment(join, (carrier,) * lived_in.count("%s")))

    def grouped(self, table: str, *, where: Sequence[Fragment], value: Fragment) -> Fragment:
        """The aggregate `value` over a customer's rows `t` of a table; NULL for a customer without any."""
        conditions = [*where, *self._limits("t.customer_id")]
        template = f"SELECT t.customer_id, {{}} AS value FROM {table} t WHERE {{}}"  # noqa: S608 - `table` is ours
        rows = compose(template, value, chain(" AND ", conditions))
        joined = Fragment(f"({rows.text} GROUP BY t.customer_id) {{0}} ON {{0}}.customer_id = c.id", rows.params)
        return Fragment(f"{self._join(joined)}.value")

    def select(self, condition: Fragment) -> Fragment:
        """The finished statement: ids of the customers for whom the condition is true."""
        joins = [Fragment(f"LEFT JOIN {join.text.format(alias)}", join.params) for join, alias in self.joins.items()]
        where = chain(" AND ", [condition, NOT_MERGED_AWAY, *self._limits("c.id")])
        lines = ["SELECT c.id FROM campaigns_customer c", *["{}"] * len(joins), "WHERE {}"]
        return compose("\n".join(lines), *joins, where)

    def _limits(self, column: str) -> list[Fragment]:
        return [] if self.among is None else [compose(column + " = ANY({})", bind(tuple(self.among), "bigint[]"))]

    def _join(self, join: Fragment) -> str:
        return self.joins.setdefault(join, f"j{len(self.joins) + 1}")
