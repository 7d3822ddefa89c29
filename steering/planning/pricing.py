"""Which step of price each run takes: settled before chance is drawn, by the best plan for everybody, as minimum runs are.

What is drawn may then leave a run too small for its step. Such a run is never booked at that price: its step is barred and
the question is put again, down to the normal price or to no run at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from steering.allocation import Problem, checked
from steering.allocation.tiers import CLOSED, Chosen, Node, Step, Stepped, choose

from . import rules, zones
from .deciding import Deciding, Decision
from .options import Offer
from .problem import without
from .scene import Asked


@dataclass(frozen=True, eq=False)
class Question:
    """What is decided. In `problem` offers whose price is not settled have values before cost, and cost nothing."""

    problem: Problem
    offers: Sequence[Offer]  # (m,)
    customer_ids: np.ndarray  # (n,) ascending
    postcodes: Sequence[str]  # (areas,)
    asked: Sequence[Asked]
    channels: Sequence[str]
    budgets: Mapping[int, str] = field(default_factory=dict)  # by option, which limit pays for it

    @cached_property
    def stepped(self) -> Stepped:
        """Without who is held out."""
        by_option = {column: self._steps(column) for column, offer in enumerate(self.offers) if offer.steps}
        held = np.zeros(self.problem.values.shape, dtype=bool)
        for one in self.asked:
            held |= one.is_holdout[:, None] & one.options
        return Stepped(without(self.problem, held), by_option, self.budgets)

    @property
    def of_all(self) -> Stepped:
        return replace(self.stepped, problem=self.problem)

    def _steps(self, column: int) -> list[Step]:
        offer = self.offers[column]
        each = [offer.at(number) for number in range(len(offer.steps))]
        if column in self.problem.area_options:
            costs = [zones.area_piece_costs(one, self.postcodes) for one in each]
        else:
            costs = [self._zones.costs(one) for one in each]
        return [Step(one.step.least, cost, one.step.setup) for one, cost in zip(each, costs, strict=True)]

    @cached_property
    def _zones(self) -> zones.Zones:
        unsettled = [offer.at(number) for offer in self.offers for number in range(len(offer.steps))]
        return zones.of(unsettled, self.customer_ids)


@dataclass(frozen=True, eq=False)
class Answer:
    """`offers` and `problem` at the prices that were settled; `eligible` (n, m) who could have got what."""

    offers: list[Offer]
    problem: Problem
    eligible: np.ndarray
    decisions: list[Decision]


def decide(question: Question) -> Answer:
    """The decisions of all campaigns, at the prices of the runs that they make, set-up included."""
    if not question.stepped.steps:
        decisions = Deciding(question.problem, question.asked, question.channels).decisions()
        return Answer(list(question.offers), question.problem, question.problem.values > -np.inf, decisions)
    return _Settling(question).answer()


class _Settling:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.barred: list[dict[int, int]] = []
        self.failed: list[Node] = []

    def answer(self) -> Answer:
        while True:
            chosen = choose(self.question.stepped, barred=self.barred, seed=self.question.asked[0].seed)
            problem = _with_bars(self.question.of_all.at(chosen.state))
            deciding = Deciding(problem, self.question.asked, self.question.channels)
            decisions = deciding.decisions()
            short = [
                one for one, step in chosen.state.items() if step != CLOSED and not _pieces(problem, decisions, one)
            ]
            if not short or decisions[0].unmet:
                return self._told(chosen, problem, deciding, decisions)
            self.failed.append(Node(dict(chosen.state), chosen.own_bound, chosen.solution.prices))
            self.barred += [{one: chosen.state[one]} for one in short]

    def _told(self, chosen: Chosen, problem: Problem, deciding: Deciding, decisions: list[Decision]) -> Answer:
        made = [self._paid(one, asked, chosen) for one, asked in zip(decisions, self.question.asked, strict=True)]
        fixed = self.question.stepped.fixed(chosen.state)
        bound = sum(one.value for one in decisions) + decisions[0].dual_bound - decisions[0].value - fixed
        others = [self._bound(node, deciding) for node in (*chosen.others, *self.failed)]
        room = max([bound, *others]) - sum(one.value for one in made)
        made = [replace(one, dual_bound=one.value + max(room, 0.0)) for one in made]
        return Answer(self._offers(chosen), problem, self._eligible(chosen, problem), made)

    def _bound(self, node: Node, deciding: Deciding) -> float:
        """Of all plans below a node: for everybody, and, which is often less, for those draws."""
        problem = self.question.of_all.at(node.state)
        if problem is None or node.prices is None:
            return node.bound
        return min(node.bound, deciding.bound_of(problem, node.prices) - self.question.stepped.fixed(node.state))

    def _paid(self, decision: Decision, asked: Asked, chosen: Chosen) -> Decision:
        """What a run costs once is shared by those who get it; chances hang on draws where a step failed by them."""
        for option, step in chosen.state.items():
            fixed = 0.0 if step == CLOSED else self.question.stepped.steps[option][step].fixed
            if fixed and asked.options[option]:
                decision = _shared(decision, option, fixed, is_area=option in self.question.problem.area_options)
        options = [option for one in self.barred for option in one if asked.options[option]]
        if not options:
            return decision
        is_unknown = (self.question.problem.values[:, options] > -np.inf).any(axis=1)
        return replace(
            decision,
            propensity=np.where(is_unknown, np.nan, decision.propensity),
            channel_propensity=np.where(is_unknown, np.nan, decision.channel_propensity),
        )

    def _offers(self, chosen: Chosen) -> list[Offer]:
        settled = []
        for column, offer in enumerate(self.question.offers):
            step = chosen.state.get(column)
            is_closed = step == CLOSED
            settled.append(offer if step is None else replace(offer.at(max(step, 0)), is_closed=is_closed))
        return settled

    def _eligible(self, chosen: Chosen, problem: Problem) -> np.ndarray:
        """A run that is not made was open all the same."""
        eligible = problem.values > -np.inf
        closed = [option for option, step in chosen.state.items() if step == CLOSED]
        eligible[:, closed] = self.question.problem.values[:, closed] > -np.inf
        return eligible


def _with_bars(problem: Problem) -> Problem:
    """What a rule for each customer forbids outright hangs on the price."""
    if not problem.personal_rules:
        return problem
    return replace(problem, values=np.where(rules.barred(problem), -np.inf, problem.values))


def _pieces(problem: Problem, decisions: Sequence[Decision], option: int) -> float:
    if option not in problem.area_options:
        return float(sum((one.choice == option).sum() for one in decisions))
    kind = problem.area_options.index(option)
    opened = [one.opened_areas for one in decisions if one.leaflet == kind]
    return float(sum(checked(problem).area_pieces[areas, kind].sum() for areas in opened))


def _shared(decision: Decision, option: int, fixed: float, *, is_area: bool) -> Decision:
    gets = decision.reached if is_area else decision.choice == option
    if not gets.any():
        return decision
    share = np.where(gets, fixed / gets.sum(), 0.0)
    paid = replace(decision, cost=decision.cost + share)
    return replace(paid, area_cost=decision.area_cost + share) if is_area else paid
