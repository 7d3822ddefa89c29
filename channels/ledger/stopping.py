"""The switch that stops everything: while a stop is open nothing is claimed and nothing begins to leave.

Claims and beginnings look at it in their own statement, so it takes effect between claim and hand-over: after stop_all()
has returned each open connection finishes the message that it has begun, and no other begins.
"""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from ..models import SendingStop
from .settling import LedgerError

log = logging.getLogger(__name__)
MAY = "channels.run_sendingstop"
# Of any statement that claims or begins.
NOT_STOPPED = "NOT EXISTS (SELECT 1 FROM channels_sendingstop WHERE resumed_at IS NULL)"


def stop_all(by: Any, reason: str) -> SendingStop:
    """Stop all sending as this user; where it is stopped already, that stop stays. Raises LedgerError."""
    _refuse(by)
    reason = reason.strip()[:200]
    if not reason:
        raise LedgerError("say why everything is stopped")
    with transaction.atomic():
        made = SendingStop(reason=reason, stopped_by=by)
        SendingStop.objects.bulk_create([made], ignore_conflicts=True)  # two at once: the first stays
        log.warning("all sending was stopped by user %s", by.pk)
        return SendingStop.objects.get(resumed_at=None)


def resume_all(by: Any) -> int:
    """Let it go on; returns 0 where it was not stopped. The next sweep wakes the workers. Raises LedgerError."""
    _refuse(by)
    ended = SendingStop.objects.filter(resumed_at=None).update(resumed_at=timezone.now(), resumed_by=by)
    if ended:
        log.warning("all sending was let go on by user %s", by.pk)
    return ended


def is_stopped() -> bool:
    return SendingStop.objects.filter(resumed_at=None).exists()


def _refuse(by: Any) -> None:
    if not by.has_perm(MAY):
        raise LedgerError("only those who may run the switch stop everything, or let it go on")
