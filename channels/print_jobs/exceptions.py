"""Letters withdrawn after the point of no return: kept for the privacy officer, who says what was done about each."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet
from django.utils import timezone

from ..models import PrintItemState as Item
from ..models import PrintWithdrawal
from .closing import last_told
from .steps import IN_THE_WORKS

MAY = "channels.handle_printwithdrawal"
LONGEST = 300


class ExceptionError(Exception):
    """Somebody may not handle a withdrawal, or not so; the message says why."""


@dataclass(frozen=True)
class Fate:
    """What became of a piece, for people, and whether it may have reached somebody who refused it."""

    says: str
    may_have_arrived: bool


def late() -> QuerySet[PrintWithdrawal]:
    """All of them, the newest first, each with what the vendor `reported` last about its piece."""
    found = PrintWithdrawal.objects.filter(in_time=False).annotate(reported=last_told(OuterRef("item")))
    return found.select_related("job__vendor", "item", "handled_by").order_by("-withdrawn_at")


def waiting() -> int:
    """How many of them nobody has said anything about."""
    return PrintWithdrawal.objects.filter(in_time=False, handled_at=None).count()


def fate(one: PrintWithdrawal) -> Fate:
    """Of a withdrawal from late()."""
    if one.reported == Item.DAMAGED:
        return Fate("destroyed by the vendor", False)
    if one.reported in (Item.RETURNED, Item.MOVED):
        return Fate(f"{one.reported} by the carrier", one.reported == Item.MOVED)
    if one.job.state in IN_THE_WORKS:
        return Fate("in production, not posted yet", False)
    return Fate("posted, or never told otherwise", True)


def handle(withdrawal: PrintWithdrawal, *, by: Any, how: str) -> None:
    """Note what was done. Said again it is said anew, with the last one's name. Raises ExceptionError."""
    if not by.has_perm(MAY):
        raise ExceptionError("only those who may handle exceptions say what was done")
    how = how.strip()
    if not how:
        raise ExceptionError("say what was done")
    if len(how) > LONGEST:
        raise ExceptionError(f"what was done must be at most {LONGEST} characters, got {len(how)}")
    PrintWithdrawal.objects.filter(pk=withdrawal.pk, in_time=False).update(
        handled_at=timezone.now(), handled_by=by, handling=how
    )
