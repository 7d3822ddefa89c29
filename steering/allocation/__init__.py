"""Who gets which option: the best plan under shared limits, found by prices, with a proof of how good it is."""

from .alone import choose_at_prices, chosen_at_prices, open_at_prices, reduced_values
from .baselines import argmax_then_cut, greedy, random_assignment
from .checking import checked
from .problem import Problem
from .rules import PersonalRule, Rule
from .solution import Solution
from .solve import bound_at_prices, solve

__all__ = [
    "PersonalRule",
    "Problem",
    "Rule",
    "Solution",
    "argmax_then_cut",
    "bound_at_prices",
    "checked",
    "choose_at_prices",
    "chosen_at_prices",
    "greedy",
    "open_at_prices",
    "random_assignment",
    "reduced_values",
    "solve",
]
