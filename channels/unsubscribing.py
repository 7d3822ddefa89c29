"""What a person refuses by the link of a message: this list, this channel, or everything; and taking it back at once.

A list is a campaign: all of its waves, on every channel. Each choice is an objection, so it beats every consent, and the
next claim, begin, banner, social list and print file see it.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from campaigns import consent
from campaigns.models import EventKind, Objection

from . import answers
from .sent import Sent

UNDONE_WITHIN = timedelta(days=1)


class Scope(StrEnum):
    """From narrow to wide."""

    LIST = "list"
    CHANNEL = "channel"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class Refused:
    """What stands now of what the link can refuse."""

    scopes: frozenset[Scope]
    can_be_undone: bool

    @property
    def widest(self) -> Scope | None:
        return next((scope for scope in reversed(Scope) if scope in self.scopes), None)


@transaction.atomic
def refuse(sent: Sent, scope: Scope, *, source: str = "") -> None:
    """From the next claim on. A consent to the channel is withdrawn with it; done twice it is done once.

    Empty source: by the link, which can undo it.
    """
    source = source or _source(sent)
    if scope == Scope.CHANNEL:
        consent.withdraw(customer_id=sent.customer_id, channel=sent.channel, source=source)
    consent.object_to(
        customer_id=sent.customer_id,
        channel=sent.channel if scope == Scope.CHANNEL else "",
        campaign_id=sent.campaign_id if scope == Scope.LIST else None,
        source=source,
    )
    answers.note(EventKind.UNSUBSCRIBED, sent, scope=sent.channel if scope == Scope.CHANNEL else str(scope))


def undo(sent: Sent) -> int:
    """A mistaken click: what this link has refused within a day, and nothing else that the person refused."""
    since = timezone.now() - UNDONE_WITHIN
    return consent.undo(customer_id=sent.customer_id, source=_source(sent), since=since)


def refused(sent: Sent) -> Refused:
    standing = Objection.objects.filter(customer_id=sent.customer_id, lifted_at=None)
    scopes = {
        Scope.LIST: standing.filter(campaign_id=sent.campaign_id),
        Scope.CHANNEL: standing.filter(channel=sent.channel, campaign=None),
        Scope.EVERYTHING: standing.filter(channel="", campaign=None),
    }
    own = standing.filter(source=_source(sent), received_at__gte=timezone.now() - UNDONE_WITHIN)
    return Refused(frozenset(scope for scope, rows in scopes.items() if rows.exists()), own.exists())


def _source(sent: Sent) -> str:
    """Names the link, so that it can undo what it did."""
    return f"unsubscribe link of dispatch {sent.dispatch_id}"
