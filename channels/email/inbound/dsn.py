"""Delivery status notifications, RFC 3464 (internationalised by RFC 6533): what became of each recipient."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..bounce_rules import ENHANCED, Verdict, judge, mildest
from .dates import read_date
from .message import Headers, Mail, fields

REPORTS = ("message/delivery-status", "message/global-delivery-status")
ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
# Where a system leaves Action out, the class of the status says it.
BY_CLASS = {"5": "failed", "4": "delayed", "2": "delivered"}
TYPED = re.compile(r"^\s*[\w.+-]+\s*;\s*")  # rfc822; smtp; utf-8;


@dataclass(frozen=True)
class Reported:
    """One recipient of a report."""

    action: str  # of ACTIONS
    status: str = ""  # enhanced, as 5.1.1; empty where there is none
    diagnostic: str = ""
    final: str = ""
    original: str = ""
    at: datetime | None = None

    @property
    def addresses(self) -> set[str]:
        return {address.lower() for address in (self.final, self.original) if address}

    @property
    def verdict(self) -> Verdict:
        return judge(self.status, self.diagnostic)


def read(mail: Mail) -> tuple[Reported, ...]:
    """Every recipient of the report that this mail carries; none where it carries none that can be used."""
    groups = [group for text in mail.texts(*REPORTS) for group in fields(text)]
    return tuple(reported for group in groups if (reported := _reported(group)))


def about(reports: Sequence[Reported], address: str) -> tuple[str, Verdict | None]:
    """What a report means for the one address that a mail went to: the action, and the verdict of a failure.

    A report that names the address counts before those that name others, where the mail was passed on to. Of several
    the best counts: what one of them got was not lost, and what only some refused for good may be a list's own trouble.
    """
    own = [one for one in reports if address.lower() in one.addresses] or list(reports)
    for action in ("delivered", "relayed", "expanded", "delayed"):
        if any(one.action == action for one in own):
            return action, None
    return "failed", mildest([one.verdict for one in own])


def _reported(group: Headers) -> Reported | None:
    """None for the group of fields that speaks of the whole message."""
    if not group.keys() & {"action", "status", "final-recipient"}:
        return None
    found = ENHANCED.search(_value(group, "status"))
    status = ".".join(found.groups()) if found else ""
    words = _value(group, "action").lower().split()
    action = words[0].rstrip(";,.") if words else ""
    if action not in ACTIONS:
        action = BY_CLASS.get(status[:1], "")
    if not action:
        return None
    return Reported(
        action,
        status,
        TYPED.sub("", _value(group, "diagnostic-code")),
        _address(group, "final-recipient"),
        _address(group, "original-recipient"),
        read_date(_value(group, "last-attempt-date")),
    )


def _value(group: Headers, name: str) -> str:
    return next(iter(group.get(name, ())), "")


def _address(group: Headers, name: str) -> str:
    return TYPED.sub("", _value(group, name)).strip().strip("<>")
