"""Offers: enough codes for everybody, and time left to use them when the message arrives."""

from collections.abc import Iterator
from datetime import date, timedelta

from campaigns.findings import Finding

from .case import View

LEAST_DAYS = 3  # to use an offer that comes by post


def codes(view: View) -> Iterator[Finding]:
    people = view.circumstances.people.get(view.name)
    for block in view.shown:
        facts = view.case.offers.get(block.get("offer", ""))
        if facts is None or facts.free is None:
            continue
        path = view.place(block, "offer")
        if facts.is_shared:
            yield from _shared(view, path, facts.free, people)
        elif people is not None and facts.free < people:
            missing = (
                f"{people - facts.free:,} codes are missing: {people:,} people may get one and {facts.free:,} are free"
            )
            # Who gets a block that is for some is not counted.
            say = view.warning if block.get("only_if") else view.error
            yield say(path, "codes_missing", f"{missing}. Add codes to the pool, or reach fewer people")
        elif people is None and not facts.free:
            yield view.warning(path, "codes_missing", "its pool has no free code: add some")


def _shared(view: View, path: str, left: int, people: int | None) -> Iterator[Finding]:
    if left <= 0:
        yield view.error(path, "codes_missing", "its code has been used as often as it may be")
    elif people is not None and left < people:
        reason = f"its code may be used {left:,} times more, and {people:,} people may get it"
        yield view.warning(path, "codes_scarce", reason)


def expiry(view: View) -> Iterator[Finding]:
    for block in view.shown:
        if block["type"] != "offer":
            continue
        if block.get("valid_until"):
            yield from _ending(view, view.place(block, "valid_until"), date.fromisoformat(block["valid_until"]))
        facts = view.case.offers.get(block.get("offer", ""))
        if facts and facts.valid_until and facts.valid_until.isoformat() != block.get("valid_until"):
            yield from _ending(view, view.place(block, "offer"), facts.valid_until)
        if facts and facts.valid_from and facts.valid_from > _arrival(view):
            reason = f"the offer begins on {facts.valid_from}, and messages may arrive before"
            yield view.warning(view.place(block, "offer"), "offer_too_early", reason)


def _ending(view: View, path: str, last: date) -> Iterator[Finding]:
    days = view.circumstances.arrives_in_days.get(view.name, 0)
    arrival = _arrival(view)
    if last < _today(view):
        yield view.error(path, "offer_over", f"the offer ended on {last}: give it another day, or take it out")
    elif last < arrival:
        reason = (
            f"the offer ends on {last}, and this may arrive on {arrival} only ({days} days for production and delivery)"
        )
        yield view.error(path, "offer_over", f"{reason}: let it end later, or do not send it by post")
    elif days and last < arrival + timedelta(days=LEAST_DAYS):
        left = (last - arrival).days
        reason = f"the offer ends on {last}: who gets this on {arrival} has {left} days left, and needs {LEAST_DAYS}"
        yield view.error(path, "offer_over", f"{reason}. Let it end later")


def events(view: View) -> Iterator[Finding]:
    """Events that are over when the message arrives."""
    for block in view.shown:
        if block["type"] == "place" and block.get("date"):
            day, arrival = date.fromisoformat(block["date"]), _arrival(view)
            if day < arrival:
                reason = f"the event is on {day}, and this may arrive on {arrival} only"
                yield view.error(view.place(block, "date"), "event_over", reason)


def _today(view: View) -> date:
    return view.circumstances.today


def _arrival(view: View) -> date:
    return _today(view) + timedelta(days=view.circumstances.arrives_in_days.get(view.name, 0))
