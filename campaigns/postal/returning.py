"""Pieces of addressed post came back: what that says about the address, the person, and what they want.

Only print stops. E-mail and everything else go on, but for the deceased.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from campaigns import consent, sets
from campaigns.consent import Refusal, Suppressed
from campaigns.models import PostalReport, SuppressionReason

from . import barring, known, reasons
from .barring import Unreached
from .errors import PostalError
from .known import Case, Resident, Row, Sent
from .reasons import ReturnReason
from .turns import in_turns

ADDRESSED_POST = "print_mailing"  # the channel that a refusal is about, unless the report says otherwise
SECOND_WITHIN = timedelta(days=365)
# Of reports that were just recorded, those which are not the first of their kind.
SECONDS = """
    SELECT told.n FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
        AS told(n, report, customer, household, since, until)
    WHERE EXISTS (
        SELECT 1 FROM campaigns_postalreport r
        WHERE r.customer_id = told.customer AND r.reason = 'not_collected' AND r.household_id = told.household
          AND r.reported_at BETWEEN told.since AND told.until AND r.id <> told.report)
"""
IDENTIFIERS = """
    SELECT i.kind, i.value, told.source FROM unnest(%s::bigint[], %s::text[]) AS told(customer, source)
    JOIN campaigns_identifier i ON i.customer_id = told.customer
"""


@dataclass(frozen=True)
class Return:
    """A piece that came back. The same `source` and `key` are one return.

    `reason` is one of ReturnReason. `at` is when it came back, `sent_at` when it went out: it says something about the address
    of that day, not about the one to which the person moved meanwhile. `channel` is what a refusal objects to.
    `dispatch_id`: the message, which may have been written to another record of this person before both were merged.
    """

    customer_id: int
    reason: str
    at: datetime
    source: str
    key: str
    sent_at: datetime | None = None
    channel: str = ADDRESSED_POST
    dispatch_id: int | None = None


@dataclass(frozen=True)
class _Case(Case):
    """A return, and who it is about: the customer of today, and whom the piece was addressed to."""

    told: Return
    to: Resident | None

    @property
    def row(self) -> Row:
        household_id = self.to and self.to.household_id
        return Row(
            self.customer_id,
            PostalReport.Kind.RETURNED.value,
            str(self.told.reason),
            household_id,
            self.told.at,
            *self.key,
        )


def returned(customer_id: int, **told: Any) -> bool:
    """One piece came back; `told` are the fields of Return. Returns whether this is new. Raises PostalError."""
    return returned_many([Return(customer_id, **told)])[0]


@transaction.atomic
def returned_many(returns: Sequence[Return]) -> list[bool]:
    """The same comes of it as if they were told one by one in this order; returns which are new.

    Customers who were erased are left out. Raises PostalError for a reason that is none; nothing is changed then.
    """
    if any(one.reason not in reasons.CODES for one in returns):
        raise PostalError("reason", f"must be one of {', '.join(reasons.CODES)}")
    cases = _cases(returns)
    is_new = [False] * len(returns)
    for turn in in_turns(_touched(cases)):
        for n in _take([cases[position] for position in turn]):
            is_new[n] = True
    return is_new


def _cases(returns: Sequence[Return]) -> list[_Case]:
    today = known.lock({one.customer_id for one in returns})
    told = [(n, one, today[one.customer_id]) for n, one in enumerate(returns) if one.customer_id in today]
    to = known.addressed([Sent(n, one.customer_id, one.sent_at or one.at, one.dispatch_id) for n, one, _ in told])
    return [_Case(n, one, id_, to.get(n)) for n, one, id_ in told]


def _touched(cases: Sequence[_Case]) -> list[set[Hashable]]:
    """What each return reads or changes: its report, its people and their names at their address, and whole houses."""
    homes = known.homes({case.customer_id for case in cases})
    houses = {house for case in cases if case.told.reason in reasons.OF_ADDRESS for house in _houses(case, None)}
    touched: list[set[Hashable]] = []
    for case in cases:
        things: set[Hashable] = {case.key, case.customer_id}
        things |= houses & _houses(case, homes[case.customer_id].household_id)
        if case.to:
            things |= {case.to.customer_id, case.to.identifier, case.to.identifier_of_namesake} - {""}
        touched.append(things)
    return touched


def _houses(case: _Case, home: int | None) -> set[Hashable]:
    """The same house may have had another key, and the same key may have been another household."""
    there = {("house", case.to.household_id), ("door", case.to.address_key)} if case.to else set()
    return there | ({("house", home)} if home else set())


def _take(cases: Sequence[_Case]) -> list[int]:
    """Those that touch nothing of each other; returns the numbers of the new ones."""
    ids = known.record([case.row for case in cases])
    new = [case for case in cases if case.key in ids]
    _object(new)
    _bar([case for case in new if case.to], ids)
    moved_on = [(case.customer_id, case.to) for case in new if case.to and case.to.customer_id != case.customer_id]
    known.leave_behind(moved_on)
    return [case.n for case in new]


def _object(new: Sequence[_Case]) -> None:
    """Who refused a letter wants none; nothing reaches the deceased by any channel, nor under another customer number."""
    refused = [case for case in new if case.told.reason == ReturnReason.REFUSED]
    deceased = [case for case in new if case.told.reason == ReturnReason.DECEASED]
    consent.object_to_many(
        [
            Refusal(case.customer_id, case.told.channel, case.source, "refused a letter", case.told.at)
            for case in refused
        ]
        + [Refusal(case.customer_id, "", case.source, "reported deceased by post", case.told.at) for case in deceased]
    )
    named = sets.run(IDENTIFIERS, [(case.customer_id, case.source) for case in deceased])
    consent.suppress_many(Suppressed(kind, value, SuppressionReason.DECEASED, source) for kind, value, source in named)


def _bar(cases: Sequence[_Case], ids: Mapping[tuple[str, str], int]) -> None:
    there = known.living_there({case.n: case.to for case in cases if case.told.reason in reasons.OF_ADDRESS})
    seconds = _seconds([case for case in cases if case.told.reason == ReturnReason.NOT_COLLECTED], ids)
    unreached = []
    for case in cases:
        if case.n in there:
            people = list(dict.fromkeys([case.to, *there[case.n]]))
            unreached.append(Unreached(case.customer_id, people, case.source))
        elif case.told.reason in reasons.OF_PERSON or case.n in seconds:
            unreached.append(Unreached(case.customer_id, [case.to], case.source))
    barring.bar(unreached)


def _seconds(cases: Sequence[_Case], ids: Mapping[tuple[str, str], int]) -> set[int]:
    """Whoever fetches nothing twice within a year does not live there, or does not want it."""
    rows = [
        (case.n, ids[case.key], case.customer_id, case.to.household_id, at - SECOND_WITHIN, at + SECOND_WITHIN)
        for case in cases
        for at in [case.told.at]
    ]
    return {n for (n,) in sets.run(SECONDS, rows)}
