"""What limits and rules of a plan mean to a manager: what is used of them, what one more unit would earn, what they lack."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.db.models import Count, F, Min, QuerySet

from campaigns.models import CampaignRule, Measure, Scope, Sense
from campaigns.money import shown
from steering.allocation import Problem, Rule, checked
from steering.allocation.amounts import covered_by, of_areas, of_pairs
from steering.models import AreaGroup, Plan, PlanArea

from . import rules
from .deciding import Decision
from .options import Offer
from .rule_words import labels, rule_words

LOT = 1_000  # pieces
UNITS = {Measure.PIECES: "pieces", Measure.COST: "cents", Measure.MARGIN: "cents"}
NOTHING = 1e-6


def price_words(plan: Plan, *, currency: str = "") -> list[tuple[str, str]]:
    """What is limited, and a sentence on what more of it would earn: budget, then capacities, then rules.

    A price holds for the next unit; each further one earns less, so many of them earn at most that often as much.
    """
    currency = currency or plan.wave.campaign.currency
    said = [("Budget", _of_budget(plan, currency))]
    for option in plan.options:
        price = plan.prices.get(str(option["option"]), 0.0)
        if price > NOTHING or option.get("capacity") is not None:
            said.append((option["label"], _of_capacity(price, currency)))
    said += [(rule["name"], _of_rule(rule, currency)) for rule in plan.rules]
    return said


def _of_budget(plan: Plan, currency: str) -> str:
    price, unit = plan.prices.get("budget", 0.0), "euro" if currency == "EUR" else currency
    if price > NOTHING:
        return f"One more {unit} of budget would earn {shown(100 * price, currency)}."
    left = plan.wave.campaign.budget_cents - plan.cost_cents
    dear = _worthwhile_areas(plan).aggregate(number=Count("pk"), least=Min("cost"))
    if dear["number"] and dear["least"] > left:
        areas = (
            "the one more area that would earn"
            if dear["number"] == 1
            else f"any of {dear['number']:,} more areas that would earn"
        )
        return f"{shown(left, currency)} is left, which does not pay for {areas} something: areas are bought whole."
    return "There is budget left: more of it would earn nothing."


def _worthwhile_areas(plan: Plan) -> QuerySet[PlanArea]:
    """That are not opened, though they are expected to earn more than they cost and are not held out."""
    left_out = PlanArea.objects.filter(plan=plan, chosen=False).exclude(group=AreaGroup.HOLDOUT)
    return left_out.filter(cost__lt=F("expected_customer_value") + F("expected_new_value"))


def _of_capacity(price: float, currency: str) -> str:
    if price > NOTHING:
        return f"Its capacity is used up: one more piece would earn {_exact(price, currency)}."
    return f"{LOT:,} more pieces would earn nothing."


def _of_rule(rule: Mapping[str, Any], currency: str) -> str:
    if rule["unit"] == "customers":
        return f"It speaks of {rule['used']:,} customers."
    price = rule["price"]
    if price <= NOTHING:
        return "It costs nothing: without it the plan would be worth no more."
    if rule["unit"] == "share":
        one = "piece" if rule["measure"] == Measure.PIECES else "unit of money"
        return f"It binds: one {one} {'over' if rule['sense'] == Sense.AT_MOST else 'short of'} the share would earn {_exact(price, currency)}."
    more = "allowed more" if rule["sense"] == Sense.AT_MOST else "demanded less"
    if rule["unit"] == "pieces":
        return f"It binds: one piece {more} would earn {_exact(price, currency)}."
    unit = "euro" if currency == "EUR" else currency
    return f"It binds: one {unit} {more} would earn {shown(100 * price, currency)}."


def standing_words(rule: Mapping[str, Any], currency: str) -> str:
    """How a rule of Plan.rules stands: 1,200 of at least 1,000 pieces."""
    if rule["unit"] == "customers":
        return f"{rule['used']:,} customers concerned"
    say = {"share": lambda amount: f"{100 * amount:.1f} %", "cents": lambda amount: shown(amount, currency)}
    say = say.get(rule["unit"], lambda amount: f"{amount:,.0f} pieces")
    return f"{say(rule['used'])}, {rule['sense']} {say(rule['bound'])}"


def _exact(cents: float, currency: str) -> str:
    """Prices of cheap pieces are parts of a cent."""
    return shown(cents, currency) if cents >= 1 else f"{cents / 100:.4f} {currency}"


def rule_rows(
    in_force: Sequence[CampaignRule], problem: Problem, decisions: Sequence[Decision]
) -> list[dict[str, Any]]:
    """Each rule as it stands with the plans made together: in words, what is used, its bound and price. For Plan.rules."""
    prices = dict(zip(problem.names, decisions[0].prices, strict=True))
    return rule_rows_of(in_force, counted(in_force, problem, decisions), prices)


def counted(
    in_force: Sequence[CampaignRule], problem: Problem, decisions: Sequence[Decision]
) -> dict[str, tuple[float, float]]:
    """By rule, what these plans have of what it counts, and of what a share is a share of. Parts of a plan add up."""
    by_name = {rule.name: rule for rule in problem.rules}
    found = {}
    for rule in in_force:
        key = rules.name_of(rule)
        if rule.scope == Scope.PERSON:
            found[key] = (float(_touched(problem, key)), 0.0)
            continue
        of = by_name[key].of
        used = sum(total(by_name[key], problem, one) for one in decisions)
        found[key] = (used, 0.0 if of is None else sum(total(of, problem, one) for one in decisions))
    return found


def rule_rows_of(
    in_force: Sequence[CampaignRule], counted: Mapping[str, tuple[float, float]], prices: Mapping[str, float]
) -> list[dict[str, Any]]:
    """The same from sums; `prices` by name of the limit."""
    names = labels(in_force)
    rows = []
    for rule in in_force:
        key = rules.name_of(rule)
        row = {
            "rule": key,
            "name": rule.name,
            "words": rule_words(rule, names),
            "measure": rule.measure,
            "sense": rule.sense,
        }
        if rule.scope == Scope.PERSON:
            row |= {"unit": "customers", "used": int(counted[key][0]), "bound": None, "price": 0.0}
        else:
            row |= _standing(rule, *counted[key]) | {"price": round(float(prices[key]), 6)}
            row["unit"] = "share" if rule.scope == Scope.SHARE else UNITS[rule.measure]
        rows.append(row)
    return rows


def _standing(rule: CampaignRule, used: float, whole: float) -> dict[str, Any]:
    if rule.scope == Scope.SHARE:
        used = used / whole if whole else 0.0
    return {"used": round(used, 4), "bound": rules.bound_of(rule)}


def total(rule: Rule, problem: Problem, decision: Decision) -> float:
    """What the plan has of what a rule counts."""
    plain = Rule(rule.name, "at most", np.inf, rule.options, rule.customers, rule.amount)
    problem = checked(replace(problem, rules=(plain,)))
    leaflets = list(problem.area_options)
    rows = np.flatnonzero((decision.choice >= 0) & ~np.isin(decision.choice, leaflets))
    summed = of_pairs(problem, plain, rows, decision.choice[rows]).sum()
    if decision.leaflet is not None and decision.opened_areas.any():
        summed += of_areas(problem, covered_by(problem))[-1][decision.opened_areas, decision.leaflet].sum()
    return float(summed)


def _touched(problem: Problem, key: str) -> int:
    """Customers of whom a rule for each of them speaks; what it forbids them is not open to them any more."""
    rule = next(rule for rule in problem.personal_rules if rule.name == key)
    return problem.n_customers if rule.customers is None else int(np.sum(rule.customers))


def lacking(
    unmet: Mapping[str, float], offers: Sequence[Offer], in_force: Sequence[CampaignRule], currency: str
) -> str:
    """Why there is no plan: each limit that cannot be kept, and by how much, in words."""
    names = labels(in_force)
    by_name = {rules.name_of(rule): rule for rule in in_force}
    said = [_lack(name, amount, offers, by_name, names, currency) for name, amount in unmet.items()]
    return f"no plan keeps everything that is demanded: {'; '.join(said)}"


def _lack(
    name: str, amount: float, offers: Sequence[Offer], by_name: Mapping[str, CampaignRule], names: Mapping[int, str],
    currency: str,
) -> str:  # fmt: skip
    if rule := by_name.get(name):
        return f"“{rule.name}” ({rule_words(rule, names).removesuffix('.')}) {_short(rule, amount, currency)}"
    kind, _, number = name.rpartition(" ")
    if number.isdecimal() and kind in ("capacity", "minimum run"):
        verb = "exceeded" if kind == "capacity" else "missed"
        return f"the {'capacity' if kind == 'capacity' else 'minimum run'} of {offers[int(number)].label} is {verb} by {amount:,.0f} pieces"
    return f"the {name} is exceeded by {shown(amount, currency)}"


def _short(rule: CampaignRule, amount: float, currency: str) -> str:
    verb = "lacks" if rule.sense == Sense.AT_LEAST else "is exceeded by"
    if rule.measure == Measure.PIECES:
        return f"{verb} {amount:,.0f} pieces"
    return f"{verb} {shown(amount, currency)}"
