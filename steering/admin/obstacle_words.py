"""Why an option was not taken, as a sentence."""

from collections.abc import Callable

from steering.planning.explaining import Explanation, Kind, Weighed

from .plan_words import limit_names


def obstacle_words(one: Weighed, why: Explanation) -> str:
    """Of an option that has an obstacle."""
    return SAID[one.obstacle.kind](one, why)


def _rule(one: Weighed, why: Explanation) -> str:
    [key] = one.obstacle.by
    rule = why.rules[key]
    return f"The rule “{rule['name']}”: {rule['words']}"


def _run(one: Weighed, why: Explanation) -> str:
    return (
        "Its minimum run is not made: so many pieces would not pay, or there are too few customers for them. So nobody"
        " gets it."
    )


def _no_room(one: Weighed, why: Explanation) -> str:
    [key] = one.obstacle.by
    if key in why.rules:
        return f"{_rule(one, why)} Not even one piece fits into that."
    if key == "budget":
        what = "the whole delivery area" if one.by_area else "a single piece"
        return f"The budget is less than what {what} costs."
    return (
        "Its capacity is less than what the delivery area takes."
        if one.by_area
        else "Its capacity is zero: nobody gets it."
    )


def _held_out(one: Weighed, why: Explanation) -> str:
    return "The customer is held out, so that what the campaign adds can be measured."


def _chance(one: Weighed, why: Explanation) -> str:
    return "The customer was among those whom chance decides about, and it decided otherwise."


def _area_opened(one: Weighed, why: Explanation) -> str:
    return "The delivery area is opened: who gets the leaflet gets nothing else."


def _area_closed(one: Weighed, why: Explanation) -> str:
    others = ", or campaigns that were planned together earn more there" if why.plan.together else ""
    return (
        "The delivery area is not opened, though it would pay: chance decided so, or budget, leaflets and rules had no room"
        f" for a whole area more{others}."
    )


def _cost(one: Weighed, why: Explanation) -> str:
    if one.by_area:
        return "The delivery area is not opened: leaflets for all of it cost more than they are expected to add."
    return "It costs more than it is expected to add."


def _price(one: Weighed, why: Explanation) -> str:
    if one.by_area:
        return (
            "The delivery area is not opened: the money and the leaflets that it takes earn more elsewhere, or a rule makes"
            " it dear."
        )
    return f"What it takes earns more elsewhere; dearest is {_limit(one, why)}."


def _instead(one: Weighed, why: Explanation) -> str:
    if one.by_area:
        return "The delivery area is not opened: messages of their own leave more with the customers there."
    chosen = next(each for each in why.weighed if each.is_chosen and each.left is not None)
    if one.obstacle.by and one.charges.get(one.obstacle.by[0], 0.0) <= 0:
        return f"{chosen.label} leaves more, because it helps to keep {_limit(one, why)}."
    if one.obstacle.by:
        return f"{chosen.label} leaves more, because this one takes what earns more elsewhere; dearest is {_limit(one, why)}."
    return f"{chosen.label} leaves more."


def _limit(one: Weighed, why: Explanation) -> str:
    """What is charged most, a rule with what it says."""
    [key] = one.obstacle.by
    named = limit_names(why.plan, why.rules).get(key, "a limit")
    if key in why.rules:
        return f"{named} ({why.rules[key]['words'].removesuffix('.')})"
    return f"the {named.removeprefix('the ')}"


def _campaign(one: Weighed, why: Explanation) -> str:
    name, gives = one.obstacle.by
    most = why.plan.together["most"]
    often = "once" if most == 1 else f"{most} times"
    return (
        f"The campaign “{name}” gives this customer {gives}, and all campaigns that were planned together may contact them"
        f" {often} at most."
    )


def _household(one: Weighed, why: Explanation) -> str:
    who, *campaign = one.obstacle.by
    of = f" from the campaign “{campaign[0]}”" if campaign else ""
    whom = "this customer" if who == str(why.customer_id) else f"customer {who}"
    return f"A household gets one such piece, and it goes to {whom}{of}."


def _moved(one: Weighed, why: Explanation) -> str:
    return (
        "Prices settle almost everybody, not all: this customer was moved afterwards, so that every limit and rule is kept"
        " and no room is left unused."
    )


SAID: dict[Kind, Callable[[Weighed, Explanation], str]] = {
    Kind.RULE: _rule,
    Kind.RUN: _run,
    Kind.NO_ROOM: _no_room,
    Kind.HOLDOUT: _held_out,
    Kind.CHANCE: _chance,
    Kind.AREA_OPENED: _area_opened,
    Kind.AREA_CLOSED: _area_closed,
    Kind.COST: _cost,
    Kind.PRICE: _price,
    Kind.INSTEAD: _instead,
    Kind.CAMPAIGN: _campaign,
    Kind.HOUSEHOLD: _household,
    Kind.MOVED: _moved,
}
