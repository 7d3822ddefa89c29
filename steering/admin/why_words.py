"""Why a customer got what they got, in sentences and tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from campaigns.money import shown
from steering.planning.coupons import total
from steering.planning.explaining import Cause, Explanation, Kind, Weighed

from .obstacle_words import obstacle_words
from .plan_words import limit_names, table

EXACT = 0.9995  # a probability that is shown as 100 %


def of(why: Explanation) -> dict[str, Any]:
    """What the page shows."""
    money = Money(why.plan.wave.campaign.currency)
    tables = [_open(why, money), _not_taken(why), _closed(why), _household(why, money), _area(why, money)]
    return {
        "gets": gets(why),
        "sentences": _verdict(why, money),
        "tables": [one for one in tables if one],
        "notes": _notes(why),
    }


class Money:
    def __init__(self, currency: str) -> None:
        self.currency = currency

    def __call__(self, cents: float) -> str:
        return shown(cents, self.currency)


def gets(why: Explanation) -> str:
    chosen = " and ".join(one.label for one in why.weighed if one.is_chosen)
    return chosen or ("Nothing" if why.assignment else "Not decided about")


def _verdict(why: Explanation, money: Money) -> list[str]:
    """What decided, and what would have been the best otherwise."""
    said = SAID[why.cause](why, money)
    if why.cause in (Cause.HOLDOUT, Cause.DRAWN):
        said.append(_otherwise(why, money))
    if why.assignment and why.assignment.has_leaflet_on_top:
        said.append("The leaflet comes on top, because the delivery area was opened.")
    return said


def _held_out(why: Explanation, _: Money) -> list[str]:
    share = _percent(float(why.plan.wave.campaign.holdout_share))
    whole = " Where leaflets are bought by delivery area, whole areas are held out." if why.area else ""
    return [
        f"Held out: about {share} of the customers get nothing in any wave of the campaign, so that what it adds can be"
        f" measured. A fixed hash decides who, not what is known of them.{whole}"
    ]


def _drawn(why: Explanation, _: Money) -> list[str]:
    chance = why.assignment.propensity
    known = (
        f"This choice had a probability of {_percent(chance)}."
        if chance is not None
        else "What was drawn did not fit into the limits, so nothing is learned from this decision."
    )
    whose = "this customer, or their delivery area," if why.area else "this customer"
    return [f"Drawn at random, so that the platform learns: {whose} was among those whom chance decides about. {known}"]


def _opened(why: Explanation, _: Money) -> list[str]:
    where = f"{why.area.name} is" if why.area else "was"
    alone = "" if why.plan.wave.campaign.leaflet_on_top else ", and nothing else"
    return [f"The delivery area {where} opened: everybody in it who may get the leaflet gets it{alone}."]


def _best(why: Explanation, money: Money) -> list[str]:
    return [f"{_most(why, money)}. So this is what the customer gets."]


def _nothing_pays(why: Explanation, _: Money) -> list[str]:
    return [
        "Nothing that was open earns enough with this customer to pay for itself and for the budget and the pieces that it"
        " takes from others."
    ]


def _in_the_way(why: Explanation, money: Money) -> list[str]:
    """Of what leaves most, what it was not taken for."""
    best = next(one for one in why.weighed if one.label == why.best)
    said = obstacle_words(best, why)
    taker = next((one for one in why.household if str(one.customer_id) in best.obstacle.by), None)
    if best.obstacle.kind == Kind.HOUSEHOLD and taker and why.best in taker.letters:
        said = f"{said.removesuffix('.')}, where it leaves {money(taker.letters[why.best])}."
    return [f"{_most(why, money)}. But {said[:1].lower()}{said[1:]}"]


def _limited(why: Explanation, money: Money) -> list[str]:
    """Prices leave those open who are nearest to a tie."""
    best = next((one for one in why.weighed if one.label == why.best and one.obstacle), None)
    if best and best.obstacle.kind != Kind.MOVED:
        return _in_the_way(why, money)
    best = f"{_most(why, money)}." if why.best else "At the prices of the plan nothing that was open would quite pay."
    others = " Campaigns that were planned together share the contacts, too." if why.plan.together else ""
    return [
        f"{best} But prices settle almost everybody, not all: a few customers are moved afterwards, so that every limit and"
        f" rule is kept and no room is left unused. This is one of them.{others}"
    ]


def _not_planned(why: Explanation, _: Money) -> list[str]:
    return [
        "The wave decided nothing about this customer: when it was planned they were not in its audience, or no channel was"
        " open to them."
    ]


SAID = {
    Cause.HOLDOUT: _held_out,
    Cause.DRAWN: _drawn,
    Cause.AREA: _opened,
    Cause.BEST: _best,
    Cause.NOTHING_PAYS: _nothing_pays,
    Cause.HOUSEHOLD: _in_the_way,
    Cause.CAMPAIGN: _in_the_way,
    Cause.LIMITS: _limited,
    Cause.NOT_PLANNED: _not_planned,
}


def _most(why: Explanation, money: Money) -> str:
    left = next((one.left for one in why.weighed if one.label == why.best and one.left is not None), 0.0)
    return f"Of all messages that were open, {why.best} leaves most: {money(left)}"


def _otherwise(why: Explanation, money: Money) -> str:
    if not why.best:
        return "Without that they would have got nothing of their own: nothing that was open pays."
    return f"{_most(why, money)}. That would have been chosen otherwise, as far as the limits have room."


def _open(why: Explanation, money: Money) -> dict[str, Any] | None:
    """What is left of the expected margin by every option that was open."""
    offered = [one for one in why.weighed if one.is_open and not one.is_for_nobody]
    if not offered:
        return None
    names = limit_names(why.plan, why.rules)
    keys = [key for key in names if any(one.charges.get(key) for one in offered)]
    gives = any(one.coupons for one in offered)
    headers = [
        "Option",
        "Expected added margin",
        *(["Expected cost of coupons"] if gives else []),
        "Cost",
        *(f"Price of {names[key].removeprefix('pieces of ')}" for key in keys),
        "Left",
    ]
    note = (
        "What a message is expected to add, less its cost, less what the limited things that it uses would earn with other"
        " customers. At these prices everybody gets what leaves most, if that is above zero."
    )
    if any(cents < 0 for one in offered for cents in one.charges.values()):
        note += " What helps to keep a rule is paid for (+)."
    note += "".join(f" {said}" for said in _coupons(offered, money))
    return table("What was open", headers, [_weighed(one, keys, money, gives=gives) for one in offered], note=note)


def _coupons(offered: Sequence[Weighed], money: Money) -> Iterator[str]:
    """How often each is expected to be redeemed, also by those who would have bought anyway, and at which cost."""
    for one in offered:
        for coupon in one.coupons:
            yield (
                f"{one.label}: the coupon “{coupon.name}” is expected to be redeemed by {_percent(coupon.rate)} of those"
                f" who get it, and costs {money(coupon.cost_cents)} each time."
            )


def _weighed(one: Weighed, keys: list[str], money: Money, *, gives: bool) -> list[str]:
    label = f"{one.label} (chosen)" if one.is_chosen else one.label
    coupons = total(one.coupons)
    added = [money(one.added + coupons), *([_less(coupons, money)] if gives else [])]
    if one.left is None:
        return [label, *added, "by area", *("" for _ in keys), "see the delivery area"]
    return [
        label,
        *added,
        _less(one.cost, money),
        *(_charge(one.charges, key, money) for key in keys),
        money(one.left),
    ]


def _charge(charges: Mapping[str, float], key: str, money: Money) -> str:
    return _less(charges.get(key, 0.0), money)


def _less(cents: float, money: Money) -> str:
    """What is taken off; a demand for at least so much gives instead."""
    if not round(cents):
        return money(0)
    return f"{'-' if cents > 0 else '+'}{money(abs(cents))}"


def _not_taken(why: Explanation) -> dict[str, Any] | None:
    others = [one for one in why.weighed if one.is_open and one.obstacle and not one.is_for_nobody]
    rows = [[one.label, obstacle_words(one, why)] for one in others]
    return table("What was not chosen, and why", ["Option", "Reason"], rows, words=True) if rows else None


def _closed(why: Explanation) -> dict[str, Any] | None:
    closed = [one for one in why.weighed if one.is_for_nobody or not one.is_open]
    if not closed:
        return None
    rows = [[one.label, _then(one, why), _now(one)] for one in closed]
    return table("What was closed, and why", ["Option", "When planned", "Today"], rows, words=True)


def _then(one: Weighed, why: Explanation) -> str:
    if one.obstacle:
        return obstacle_words(one, why)
    if one.reason:
        return one.reason.capitalize()
    return "Not known any more: addresses, identifiers, limits and rules of the campaign have no history"


def _now(one: Weighed) -> str:
    return one.reason_now.capitalize() or "Open"


def _household(why: Explanation, money: Money) -> dict[str, Any] | None:
    if not why.household:
        return None
    labels = list(dict.fromkeys(label for one in why.household for label in one.letters))
    rows = [
        [
            f"Customer {one.customer_id}",
            one.gets or "Nothing",
            *(money(one.letters[label]) if label in one.letters else "closed" for label in labels),
        ]
        for one in why.household
    ]
    note = "A household gets one addressed piece: whoever of it leaves most by it." if labels else ""
    headers = ["Others of the household", "Gets", *(f"{label} leaves" for label in labels)]
    return table("The household", headers, rows, note=note)


def _area(why: Explanation, money: Money) -> dict[str, Any] | None:
    """As sums, because a leaflet goes to a whole area or to nobody in it."""
    area = why.area
    if area is None:
        return None
    rows = [
        [f"Expected added margin with {area.customers:,} customers, less coupons", money(area.added)],
        *([["Expected margin of people who are no customers yet", money(area.new)]] if area.new else []),
        [f"Cost of {area.pieces:,} leaflets", _less(area.cost, money)],
        ["Price of the budget, leaflets and rules that this uses", _less(area.charged, money)],
        ["Left by the leaflet", money(area.left)],
    ]
    if area.otherwise is not None:
        rows.append(["Left by messages of their own instead", money(area.otherwise)])
    note = (
        f"{area.label} is bought for whole delivery areas. This one was {'opened' if area.is_opened else 'not opened'}."
    )
    return table(f"Delivery area {area.name}", ["", "Whole area"], rows, note=note)


def _notes(why: Explanation) -> list[str]:
    """From when what is shown is, and what has changed since."""
    plan = why.plan
    model = f"by {plan.model_version}" if plan.model_version else "by prior knowledge, because no model decided yet"
    said = [
        f"Reckoned once more as the plan did it: {model}, from what was known then, at the prices of the plan."
        " Attributes, addresses and regions have no history and are today's, and so are costs and rules of the campaign."
    ]
    if not why.is_as_written:
        said.append(
            "Something of that has changed since: the plan itself expected"
            f" {shown(why.assignment.uplift_cents, plan.wave.campaign.currency)} of what was chosen."
        )
    return said


def _percent(share: float) -> str:
    if 0 < share < EXACT and (share < 0.01 or share > 0.99):
        return f"{100 * share:.2f} %"
    return f"{100 * share:.0f} %"
