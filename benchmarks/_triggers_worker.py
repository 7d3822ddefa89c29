"""The benchmark of triggers itself, on the empty database that the environment names: CUSTOMERS EVENTS; prints JSON.

Every way of taking events in is tried in turns, and the best round counts: another load of the machine only ever slows.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from campaigns import events, identity, versions  # noqa: E402
from campaigns.models import Audience, Campaign, Consent, Content, Customer, Identifier  # noqa: E402
from channels import keys  # noqa: E402
from channels.models import ApiKey, Dispatch  # noqa: E402
from steering import triggers  # noqa: E402
from steering.models import Firing, Trigger  # noqa: E402

BATCH, BATCHES, ROUNDS = 1_000, 4, 4
BLOCKS = [
    {"id": "headline", "type": "headline", "text": "Ihr Warenkorb"},
    {"id": "text", "type": "text", "text": "Noch etwas im Warenkorb?"},
]


def main(customers: int, burst: int) -> dict[str, object]:
    ids = fill(customers)
    trigger = made()
    rates = dict.fromkeys(SWITCHES, 0.0)
    for _ in range(ROUNDS):
        for name, switch in SWITCHES.items():
            switch(trigger)
            rates[name] = max(rates[name], rate(ids))
    clear()
    SWITCHES["concerned"](trigger)
    _, key = keys.create(name="shop", scope=ApiKey.Scope.EVENTS)
    post_seconds = min(posted(number, key) for number in ids[:5])
    with CaptureQueriesContext(connection) as captured:
        burst_seconds = taken(ids[5 : 5 + burst])
    return {"rates": rates, "post_seconds": post_seconds, "burst_seconds": burst_seconds, "queries": len(captured)}


def fill(customers: int) -> list[int]:
    """Everybody may be mailed."""
    made = Customer.objects.bulk_create(
        (Customer(customer_number=f"B{number}", first_name="Erika") for number in range(customers)), batch_size=5_000
    )
    mailed = [(one, f"p{one.pk}@example.com") for one in made]
    Identifier.objects.bulk_create(
        (
            Identifier(customer=one, kind="email", value=value, digest=identity.digest("email", value))
            for one, value in mailed
        ),
        batch_size=5_000,
    )
    given_at = timezone.now() - timedelta(days=9)
    Consent.objects.bulk_create(
        (Consent(customer=one, channel="email", source="benchmark", given_at=given_at) for one in made),
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [one.pk for one in made]


def made() -> Trigger:
    audience = Audience.objects.create(name="everybody", rule={"all": []})
    campaign = Campaign.objects.create(
        name="cart", audience=audience, content=Content.objects.create(name="cart", blocks=BLOCKS), budget_cents=10**9
    )
    versions.adopt(campaign.content)
    campaign.options.create(channel="email")
    day_ago = timezone.now() - timedelta(days=1)
    return Trigger.objects.create(name="cart", campaign=campaign, event_kind="cart_left", approved_at=day_ago)


def _switched(kind: str, state: str, note: str = "ENABLE") -> Callable[[Trigger], None]:
    def switch(trigger: Trigger) -> None:
        Trigger.objects.filter(pk=trigger.pk).update(event_kind=kind, state=state)
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE campaigns_event {note} TRIGGER steering_note_events")

    return switch


SWITCHES = {
    "off": _switched("cart_left", "paused", "DISABLE"),
    "none": _switched("cart_left", "paused"),
    "other": _switched("store_visited", "active"),
    "concerned": _switched("cart_left", "active"),
}


def rate(ids: list[int]) -> float:
    """Events a second."""
    batches = [[event(id_) for id_ in ids[first : first + BATCH]] for first in range(0, BATCH * BATCHES, BATCH)]
    started = time.perf_counter()
    for batch in batches:
        events.record(batch)
    return BATCH * BATCHES / (time.perf_counter() - started)


def event(customer_id: int) -> events.NewEvent:
    return events.NewEvent(
        customer_id, "cart_left", "web", True, timezone.now(), "benchmark", f"{next(KEYS)}", attributes={"value": 20}
    )


KEYS = iter(range(10**9))


def clear() -> None:
    Firing.objects.all().delete()


def posted(customer_id: int, key: str) -> float:
    """Seconds from the POST of one event until its dispatch is queued, without the wait for the next call."""
    number = Customer.objects.values_list("customer_number", flat=True).get(pk=customer_id)
    reported = {
        "customer_number": number, "kind": "cart_left", "medium": "web", "is_online": True,
        "occurred_at": timezone.now().isoformat(), "source_key": f"post-{number}",
    }  # fmt: skip
    before = Dispatch.objects.count()
    started = time.perf_counter()
    answer = Client(SERVER_NAME="127.0.0.1").post(
        "/api/events",
        {"events": [reported]},
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 200, answer.content
    triggers.answer_due()
    seconds = time.perf_counter() - started
    is_decided = Firing.objects.get(customer=customer_id).outcome
    assert is_decided != "waiting"
    assert Dispatch.objects.count() == before + (is_decided == "contacted")
    return seconds


def taken(ids: list[int]) -> float:
    """Seconds from the first event of a burst until all are decided and queued."""
    started = time.perf_counter()
    for first in range(0, len(ids), BATCH):
        events.record([event(id_) for id_ in ids[first : first + BATCH]])
    while triggers.answer_due():
        pass
    seconds = time.perf_counter() - started
    assert not Firing.objects.filter(outcome="waiting").exists()
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:]))))
