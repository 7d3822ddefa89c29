"""Telling endpoints what is due: claimed in a short transaction, told outside of any, recorded in another.

A claim moves `due_at` on by a lease and counts a try. A worker that dies leaves a delivery that is due again when the lease
ends, so everything is told at least once, and always under the same webhook-id.

An endpoint that fails is left alone for a while, so that one that is down costs one call now and then, however much waits
for it. What waits is not counted as tried.
"""

import logging
import random
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from . import calling

LEASE = timedelta(seconds=60)
FIRST_DELAY, FACTOR = 25.0, 3.0  # seconds: 25 s, 75 s, 4, 11, 34 min, 1 h 41, 5 h, 15 h; then it is given up
MOST_TRIES = 9
JITTER = 0.2  # of each delay, to both sides
QUIET = (5.0, 600.0)  # seconds that a failing endpoint is left alone: the first time, and the longest
GIVEN_UP_AFTER = timedelta(hours=26)  # behind an endpoint that failed all the time
DISABLED_AFTER = timedelta(days=5)
log = logging.getLogger(__name__)
State, Health = WebhookDelivery.State, WebhookEndpoint.Health
CALLED = Q(endpoint__is_active=True) & ~Q(endpoint__health__in=[Health.DISABLED, Health.GONE])


def due() -> QuerySet[WebhookDelivery]:
    """Deliveries that can be told now."""
    now = timezone.now()
    is_awake = Q(endpoint__quiet_until=None) | Q(endpoint__quiet_until__lte=now)
    return WebhookDelivery.objects.filter(CALLED, is_awake, state=State.DUE, due_at__lte=now)


def deliver_due(endpoint_id: int, *, seconds: float) -> bool:
    """Tell this endpoint what is due, oldest first, for so long; returns whether more is due."""
    ends_at = time.monotonic() + seconds
    while delivery := _claim(endpoint_id):
        _record(delivery, calling.tell(delivery.endpoint, delivery.event))
        if time.monotonic() > ends_at:
            return due().filter(endpoint=endpoint_id).exists()
    return False


@transaction.atomic
def _claim(endpoint_id: int) -> WebhookDelivery | None:
    found = (
        due()
        .filter(endpoint=endpoint_id)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("endpoint__vendor", "event")
        .order_by("due_at", "pk")
        .first()
    )
    if found is not None:
        found.tries += 1
        WebhookDelivery.objects.filter(pk=found.pk).update(tries=found.tries, due_at=timezone.now() + LEASE)
    return found


@transaction.atomic
def _record(delivery: WebhookDelivery, told: calling.Told) -> None:
    """Only for who still holds the claim; each call is on record either way."""
    WebhookAttempt.objects.create(
        delivery=delivery, status=told.status, milliseconds=told.milliseconds, reason=told.reason[:80]
    )
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, tries=delivery.tries, state=State.DUE)
    now = timezone.now()
    if told.is_taken:
        mine.update(state=State.DELIVERED, state_changed_at=now)
        _works(delivery.endpoint_id)
    elif told.status == calling.GONE:
        _end(delivery.endpoint, Health.GONE, told.reason)
    else:
        wait = max(told.wait, delay(delivery.tries))
        is_over = delivery.tries >= MOST_TRIES
        changes = (
            {"state": State.GIVEN_UP, "state_changed_at": now} if is_over else {"due_at": now + timedelta(seconds=wait)}
        )
        mine.update(**changes)
        _fails(delivery.endpoint, told)


def delay(tries: int) -> float:
    """Seconds until the next try after so many."""
    return FIRST_DELAY * FACTOR ** (tries - 1) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret


def _works(endpoint_id: int) -> None:
    """Written only where it changes something: a busy endpoint must not write its row on every call."""
    other = ~Q(health=Health.WORKS) | Q(failures__gt=0)
    WebhookEndpoint.objects.filter(other, pk=endpoint_id).exclude(health__in=[Health.DISABLED, Health.GONE]).update(
        health=Health.WORKS, health_reason="", failures=0, failing_since=None, quiet_until=None
    )


def _fails(endpoint: WebhookEndpoint, told: calling.Told) -> None:
    now = timezone.now()
    quiet = min(QUIET[0] * 2 ** min(endpoint.failures, 20), QUIET[1])
    WebhookEndpoint.objects.filter(pk=endpoint.pk).exclude(health__in=[Health.DISABLED, Health.GONE]).update(
        health=Health.FAILING,
        health_reason=told.reason[:80],
        failures=F("failures") + 1,
        failing_since=Coalesce("failing_since", now),
        quiet_until=now + timedelta(seconds=max(quiet, told.wait)),
    )
    if endpoint.failing_since and endpoint.failing_since < now - DISABLED_AFTER:
        _end(endpoint, Health.DISABLED, told.reason)


def _end(endpoint: WebhookEndpoint, health: str, reason: str) -> None:
    """It is called no more, until staff enable it again; what waited for it can be replayed then."""
    now = timezone.now()
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(health=health, health_reason=reason[:80])
    WebhookDelivery.objects.filter(endpoint=endpoint, state=State.DUE).update(
        state=State.GIVEN_UP, state_changed_at=now
    )
    log.error("webhook %s of vendor %s is %s: %s", endpoint.pk, endpoint.vendor_id, health, reason)


def give_up_waiting() -> int:
    """What has waited for a day behind an endpoint that failed all the time."""
    now = timezone.now()
    stuck = WebhookDelivery.objects.filter(
        state=State.DUE, state_changed_at__lt=now - GIVEN_UP_AFTER, endpoint__failing_since__lt=now - GIVEN_UP_AFTER
    )
    return WebhookDelivery.objects.filter(pk__in=stuck.values("pk")).update(state=State.GIVEN_UP, state_changed_at=now)


def due_endpoints() -> list[int]:
    """Those that can be told something now."""
    return sorted(set(due().values_list("endpoint_id", flat=True)))


def due_in(endpoint_id: int, *, within: float) -> float | None:
    """Seconds until this endpoint can be told something, if that is so soon."""
    now = timezone.now()
    until = now + timedelta(seconds=within)
    found = WebhookDelivery.objects.filter(CALLED, endpoint=endpoint_id, state=State.DUE, due_at__lte=until)
    moment = found.order_by("due_at").values_list("due_at", "endpoint__quiet_until").first()
    if moment is None:
        return None
    seconds = (max(filter(None, moment)) - now).total_seconds()
    return max(0.0, seconds) if seconds <= within else None
