"""Batches go to their network: taken under a lease, given away outside any transaction, and recorded; safe to kill.

A batch is marked `sending` before the first byte leaves. Whoever dies then leaves a batch that may have arrived. It is
sent again, and only because that does no harm: an audience is a set of people, to which adding the same hash twice
adds one, and from which removing it twice removes one. So every backend may be asked again (backends.AudienceBackend).

Whoever refused since a batch was made is left out of every try. One worker at a time works on an account, and what
removes goes before what adds, so nobody is added again by a batch that was overtaken.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from .. import ledger, registry
from ..base import ChannelError
from ..models import AudienceBatch, AudienceFile, AudienceMember, BatchState, DispatchState, NetworkAccount
from ..permission import barred
from . import accounts, leaving, splitting
from .backends import AudienceBackend
from .backends.base import Batch, SessionError, Taken, Underway
from .http import AccountError, BusyError
from .sync import OPEN

log = logging.getLogger(__name__)
FIRST_PAUSE = 30.0  # seconds after a failure that is not ours; doubled with each
LONGEST_PAUSE = 3600.0
NOT_SENT = ("unreachable", "tls")  # codes of failures before anything left


@dataclass(frozen=True)
class Begun:
    """A batch that this worker holds, with its members in the order of the rows."""

    batch: AudienceBatch
    member_ids: list[int]
    rows: list[Sequence[str]]


def is_due() -> bool:
    return bool(_accounts_due())


def work_due(*, until: float) -> bool:
    """Work on every account that has something due; returns whether any still has when the time is over."""
    return sum(_work(account_id, until) for account_id in _accounts_due()) > 0


def _accounts_due() -> list[int]:
    now = timezone.now()
    usable = NetworkAccount.objects.filter(Q(quiet_until=None) | Q(quiet_until__lte=now), is_active=True)
    usable = usable.filter(Q(busy_until=None) | Q(busy_until__lt=now))
    usable = usable.filter(Q(calls__lt=F("calls_an_hour")) | Q(hour_began_at__lt=now - timedelta(hours=1)))
    return [pk for pk in usable.order_by("pk").values_list("pk", flat=True) if _next(pk).exists()]


def _work(account_id: int, until: float) -> bool:
    with accounts.held(account_id) as token:
        while token is not None and time.monotonic() < until:
            if not step(account_id, token):
                return False
        return token is not None


def step(account_id: int, token: UUID) -> bool:
    """Give the account's next batch to its network, or its next step; False when it is to be left alone for now."""
    begun = _begin(account_id, token)
    if begun is None:
        return False
    try:
        told = _push(begun)
    except ChannelError as error:
        return _put_off(begun, error)
    _record(begun, told)
    accounts.note_success(account_id)
    if isinstance(told, Taken) and told.rest_seconds:
        accounts.rest(account_id, told.rest_seconds)
        return False
    return True


def _next(account_id: int) -> QuerySet[AudienceBatch]:
    """The due batches of an account, the next one first. Sending can be stopped; removing is not.

    Nothing overtakes a job that the network works on, nor an earlier batch of the same session.
    """
    ours = AudienceBatch.objects.filter(account=account_id)
    earlier = ours.filter(session=OuterRef("session"), sequence__lt=OuterRef("sequence"), state__in=OPEN)
    underway = ours.filter(state=BatchState.UNDERWAY)
    due = ours.filter(~Exists(earlier), state__in=OPEN, due_at__lte=timezone.now())
    if underway.exists():
        due = due.filter(state=BatchState.UNDERWAY)
    elif ledger.is_stopped():
        due = due.filter(removes=True)
    else:
        due = due.exclude(removes=False, list__wave__state="paused")
    return due.order_by("-removes", "pk")


@transaction.atomic
def _begin(account_id: int, token: UUID) -> Begun | None:
    if not accounts.still_held(account_id, token):
        return None
    batch = _next(account_id).select_for_update(of=("self",)).first()
    if batch is None or not accounts.take_call(account_id):
        return None
    member_ids, rows = _rows_of(batch)
    is_underway = batch.state == BatchState.UNDERWAY
    batch.state = BatchState.SENDING if not is_underway else batch.state
    batch.attempts += 0 if is_underway else 1
    batch.state_changed_at = timezone.now()
    batch.save(update_fields=["state", "attempts", "state_changed_at"])
    return Begun(batch, member_ids, rows)


ROWS = """
    SELECT d.id, d.listed FROM channels_audiencemember d LEFT JOIN channels_dispatch p ON p.id = d.dispatch_id
    LEFT JOIN campaigns_wave w ON w.id = p.wave_id
    WHERE d.batch_id = %(batch)s AND (%(removes)s OR d.removed_at IS NULL AND {barred} IS NULL)
    ORDER BY d.id
"""


def _rows_of(batch: AudienceBatch) -> tuple[list[int], list[Sequence[str]]]:
    """Who is given away now: never who refused. Once the network holds the rows, they are not read again."""
    if "members" in batch.progress:
        return list(batch.progress["members"]), []
    gate = barred(registry.get("social"), campaign="w.campaign_id")
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(barred=gate.sql), gate.params | {"batch": batch.pk, "removes": batch.removes})
        found = AudienceMember.objects.in_bulk([row[0] for row in cursor.fetchall()])
    return sorted(found), [found[id_].listed for id_ in sorted(found)]


def _push(begun: Begun) -> Taken | Underway:
    batch = begun.batch
    if not begun.member_ids:
        return Taken(reason="nobody is left in it")
    backend = accounts.backend_of(batch.account)
    assert isinstance(backend, AudienceBackend)  # noqa: S101 - batches are made for such accounts only
    return backend.push(
        Batch(
            rows=begun.rows,
            removes=batch.removes,
            session=batch.session,
            sequence=batch.sequence,
            is_last=batch.is_last,
            session_rows=batch.session_rows,
            progress={key: value for key, value in batch.progress.items() if key != "members"},
        )
    )


@transaction.atomic
def _record(begun: Begun, told: Taken | Underway) -> None:
    batch = AudienceBatch.objects.select_for_update(of=("self",)).get(pk=begun.batch.pk)
    if isinstance(told, Underway):
        has_rows = told.has_rows or "members" in batch.progress
        held = {"members": begun.member_ids} if has_rows else {}
        due_at = timezone.now() + timedelta(seconds=told.seconds)
        _change(
            batch, state=BatchState.UNDERWAY, progress={**told.progress, **held}, due_at=due_at, attempts=1, reason=""
        )
        return
    judged = splitting.judge(begun.member_ids, told)
    _change(batch, state=BatchState.TAKEN, progress={}, reason=judged.said(told.reason))
    if batch.removes:
        leaving.forget([*judged.taken, *judged.refused])
    else:
        splitting.bring_in(judged.taken)
        splitting.turn_away(judged.refused, told.reason)
    splitting.try_again(batch, judged.again)
    _close_list(batch.list_id)


def _put_off(begun: Begun, error: ChannelError) -> bool:
    """Returns whether the account may go on with other batches."""
    account_id, batch = begun.batch.account_id, begun.batch
    log.warning("batch %s at account %s: %s", batch.pk, account_id, error)
    was_not_sent = isinstance(error, BusyError | AccountError) or error.code in NOT_SENT
    if isinstance(error, BusyError):
        accounts.note_busy(account_id, error)
    elif isinstance(error, AccountError):
        accounts.note_failure(account_id, error)
    elif isinstance(error, SessionError) and not (batch.sequence == 1 and batch.is_last):
        _wait(batch, error, 0.0, **splitting.own_session(batch))
        return True
    elif error.permanent and batch.removes:  # it is never given up; staff see that it is overdue
        _wait(batch, error, LONGEST_PAUSE)
        return True
    elif not batch.removes and (error.permanent or batch.attempts >= settings.DELIVERY_MAX_ATTEMPTS):
        _give_up(begun, error)
        return True
    else:
        accounts.rest(account_id, _pause(batch.attempts))
    _wait(batch, error, 0.0 if was_not_sent else 2 * _pause(batch.attempts), was_sent=not was_not_sent)
    return False


def _pause(attempts: int) -> float:
    return min(FIRST_PAUSE * 2 ** min(max(attempts, 1) - 1, 10), LONGEST_PAUSE)


def _wait(batch: AudienceBatch, error: ChannelError, seconds: float, *, was_sent: bool = True, **changes: Any) -> None:
    """A job that the network works on stays that; anything else waits, and counts as sent if it may have been."""
    if batch.state != BatchState.UNDERWAY:
        changes |= {"state": BatchState.WAITING, "attempts": batch.attempts - (not was_sent)}
    elif was_sent:
        changes["attempts"] = batch.attempts + 1
    _change(batch, reason=str(error)[:200], due_at=timezone.now() + timedelta(seconds=seconds), **changes)


@transaction.atomic
def _give_up(begun: Begun, error: ChannelError) -> None:
    """What the network refused outright never got there; otherwise some of it may have, so all are taken out again."""
    batch, reason = begun.batch, str(error)[:200]
    members = AudienceMember.objects.select_for_update().filter(batch=batch, removed_at=None).order_by("pk")
    if error.permanent and batch.attempts == 1 and batch.state == BatchState.SENDING:
        splitting.turn_away([one.pk for one in members], reason)
    else:
        going = [leaving.Going(one.pk, one.network, one.account_id, one.listed, True, False) for one in members]
        leaving.leave(going, to=DispatchState.FAILED, reason=reason)
    _change(batch, state=BatchState.FAILED, reason=reason, progress={})
    _close_list(batch.list_id)


def _change(batch: AudienceBatch, **changes: Any) -> None:
    AudienceBatch.objects.filter(pk=batch.pk).update(state_changed_at=timezone.now(), **changes)


def _close_list(list_id: int) -> None:
    """With its last batch a list is with the network."""
    is_open = AudienceBatch.objects.filter(list=OuterRef("pk"), state__in=OPEN)
    AudienceFile.objects.filter(~Exists(is_open), pk=list_id, fetched_at=None).update(fetched_at=timezone.now())


@transaction.atomic
def give_up_overdue() -> int:
    """What a network did not take before its deadline is worthless; returns how many members that were."""
    late = AudienceMember.objects.filter(
        batch__state__in=OPEN, batch__removes=False, removed_at=None, dispatch__deadline_at__lte=timezone.now()
    ).exclude(batch__state__in=(BatchState.SENDING, BatchState.UNDERWAY))
    going = [
        leaving.Going(one.pk, one.network, one.account_id, one.listed, one.batch.attempts > 0, False)
        for one in late.select_related("batch").order_by("pk")
    ]
    leaving.leave(going, to=DispatchState.FAILED, reason="its network did not take it in time")
    return len(going)
