"""A wave from plan to the last message: simulated by one person, approved by another, sent by the real worker."""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence

from django.db import connection

from campaigns import identity
from campaigns.models import Campaign, Identifier, IdentifierKind
from channels import calls, ledger, queues
from channels.models import Dispatch, DispatchState, JobState, MailingFile, PrintJob, PrintPart
from channels.print_jobs import finishing
from steering import waves
from steering.children import Children
from steering.models import Assignment, Plan

from .errors import DemoError
from .staff import Staff

WAITING = (DispatchState.QUEUED, DispatchState.CLAIMED, DispatchState.SENDING)
OUT = (DispatchState.SENT, DispatchState.DELIVERED, DispatchState.BOUNCED)
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 120  # without a single message that leaves

CLOSE = "UPDATE campaigns_identifier SET value = %s, digest = %s WHERE id = %s"


def plan(campaign: Campaign, staff: Staff, *, exploration_share: float) -> Plan:
    """Decide, and let a second person agree. Raises DemoError."""
    wave = waves.create(campaign, exploration_share=exploration_share)
    try:
        waves.act(wave.pk, "simulate", by=staff.manager)
        waves.act(wave.pk, "approve", by=staff.approver)
    except waves.WaveError as error:
        raise DemoError(f"wave {wave.number}: {error}") from error
    return Plan.objects.select_related("wave__campaign").get(wave=wave)


def planned_channels(wave_id: int) -> dict[int, str]:
    """What each customer is to get; who gets nothing is left out."""
    chosen = Assignment.objects.filter(wave_id=wave_id, option__isnull=False)
    return dict(chosen.values_list("customer_id", "channel"))


def sent_channels(wave_id: int) -> dict[int, str]:
    """What each customer was really sent."""
    out = Dispatch.objects.filter(wave_id=wave_id, state__in=OUT)
    return dict(out.values_list("customer_id", "channel"))


def close_mailboxes(customer_ids: Sequence[int]) -> None:
    """Let addresses of these customers cease to exist, so that the mail server really refuses them (550 5.1.1)."""
    addresses = Identifier.objects.filter(customer_id__in=customer_ids, kind=IdentifierKind.EMAIL)
    dead = [(f"bounce.{value}", id_) for id_, value in addresses.values_list("id", "value")]
    with connection.cursor() as cursor:
        cursor.executemany(CLOSE, [(value, identity.digest("email", value), id_) for value, id_ in dead])


def start(wave_id: int, staff: Staff) -> None:
    waves.act(wave_id, "start", by=staff.manager)
    wake()


def wake() -> None:
    for _ in range(os.cpu_count() or 1):
        calls.call(queues.SEND_CHANNEL, "email")  # the slowest channel gets every process of the worker


def await_end(wave_id: int, children: Children) -> Counter[str]:
    """Wait until nothing of the wave waits; returns the number of messages by channel."""
    _await_none(Dispatch.objects.filter(wave_id=wave_id, state__in=WAITING).count, children)
    return Counter({channel: sum(states.values()) for channel, states in ledger.counts(wave_id).items()})


def await_files(wave_id: int, children: Children) -> int:
    """Wait until the wave's print jobs are written and their vendors may have them; returns the number of files."""
    finishing.finish_due()  # as every minute
    jobs = PrintJob.objects.filter(wave_id=wave_id)
    drafts = jobs.filter(state=JobState.DRAFT)
    parts = PrintPart.objects.filter(job__in=drafts, written_at=None)
    _await_none(lambda: drafts.count() + parts.count(), children)
    return MailingFile.objects.filter(job__in=jobs).count()


def _await_none(count: Callable[[], int], children: Children) -> None:
    """Raises DemoError where nothing moves any more."""
    left, moved_at = -1, time.monotonic()
    while waiting := count():
        if waiting != left:
            left, moved_at = waiting, time.monotonic()
        _check_alive(children, moved_at)
        time.sleep(POLL_SECONDS)


def _check_alive(children: Children, moved_at: float) -> None:
    if ended := children.ended():
        raise DemoError(f"{ended[0]} ended by itself with exit code {ended[1]}{children.hint()}")
    if time.monotonic() - moved_at > PATIENCE_SECONDS:
        raise DemoError(f"nothing left for {PATIENCE_SECONDS} seconds{children.hint()}")


def addresses_mailed(wave_id: int) -> dict[int, str]:
    """Where the mails went that the ledger calls sent, by dispatch. The demo's people have one address each."""
    sent = Dispatch.objects.filter(wave_id=wave_id, channel="email", state__in=OUT[:2])
    mailed = sent.filter(customer__identifiers__kind=IdentifierKind.EMAIL)
    return dict(mailed.values_list("id", "customer__identifiers__value"))


def check_all_out(wave_id: int) -> None:
    """Before two weeks pass nothing may be half way. Raises DemoError with the states of what is not out."""
    left = Dispatch.objects.filter(wave_id=wave_id).exclude(state__in=[*OUT, DispatchState.SUPPRESSED])
    if states := Counter(left.values_list("channel", "state")):
        found = ", ".join(f"{count} {channel} {state}" for (channel, state), count in states.items())
        raise DemoError(f"not everything of the wave went out: {found}")
