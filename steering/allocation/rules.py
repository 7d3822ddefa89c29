"""What a manager may demand of a plan: of all customers together, of a share, and of every customer alone."""

from dataclasses import dataclass
from typing import Self

import numpy as np

AT_MOST, AT_LEAST = "at most", "at least"
AMOUNTS = ("count", "cost", "value")


@dataclass(frozen=True, eq=False)
class Rule:
    """A linear rule: the sum of an amount over the chosen pairs in a filter is at most, or at least, a bound.

    sense      "at most" or "at least".
    bound      in the unit of the amount; with `of`, a share of that rule's sum (its own sense and bound do not count).
    options    (m,) which options count; None for all.
    customers  (n,) which customers count; None for all.
    amount     "count" of pieces, "cost", "value", or an array (n,) or (n, m) of any sign. An opened area's pieces and
               cost are split evenly over the customers whom it covers (of one that covers nobody, no rule knows); the
               value of a leaflet is gross.
    """

    name: str
    sense: str
    bound: float
    options: np.ndarray | None = None
    customers: np.ndarray | None = None
    amount: str | np.ndarray = "count"
    of: "Rule | None" = None

    @classmethod
    def most(cls, name: str, bound: float, **what: object) -> Self:
        return cls(name, AT_MOST, bound, **what)

    @classmethod
    def least(cls, name: str, bound: float, **what: object) -> Self:
        return cls(name, AT_LEAST, bound, **what)


@dataclass(frozen=True, eq=False)
class PersonalRule:
    """For each customer in a filter alone: at most so many pieces, or so much cost, among some options.

    most       (n,) or one number for everybody.
    options    (m,) which options count; None for all. What is bought by area never counts: nobody can decline it.
    customers  (n,) whom it binds; None for everybody.
    amount     "count" or "cost". Two options that must not come together: at most 1 of both.
    """

    name: str
    most: float | np.ndarray
    options: np.ndarray | None = None
    customers: np.ndarray | None = None
    amount: str = "count"

    def as_limit(self) -> Rule:
        """The same filter and amount as a rule over all customers together, without a bound."""
        return Rule(self.name, AT_MOST, np.inf, self.options, self.customers, self.amount)
