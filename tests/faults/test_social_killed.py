"""Workers are killed while a network takes their batch: everybody is in the audience once in the end, and who objected is not."""

import random
from collections import Counter
from collections.abc import Iterator
from threading import Event

import pytest
from django.utils import timezone

from campaigns import consent
from campaigns.models import Wave
from channels import calls, ledger, queues, tasks
from channels.models import AudienceBatch, NetworkAccount
from channels.social import accounts
from tests import builders
from tests.channels.social.servers import MetaServer, running

from .staging import PATIENCE_SECONDS, Stage, await_that, kill

PEOPLE = 120
A_LIST = 12
KILLS = 3


@pytest.fixture
def network() -> Iterator[MetaServer]:
    with running(MetaServer()) as network:
        yield network


def wave_of(network: MetaServer) -> Wave:
    account = NetworkAccount(
        name="Meta", slug="meta", kind="meta", base_url=network.url, audience_id="23850000000000001"
    )
    accounts.keep_secret(account, network.secret)
    account.save()
    campaign = builders.campaign(channels=("social",))
    campaign.options.update(settings={"network": "meta"})
    made = builders.wave(campaign)
    for _ in range(PEOPLE):
        builders.dispatch(made, builders.customer(consents=("social",)), channel="social")
    return made


def kill_while_it_is_taken(network: MetaServer, group: int, call: int) -> None:
    """When the network has taken so many more batches, before it says so."""
    done, calls = Event(), Counter()

    def taken() -> None:
        calls["taken"] += 1
        if calls["taken"] == call:
            kill(group)
            done.set()

    network.on_taken = taken
    assert done.wait(PATIENCE_SECONDS), "no batch arrived"
    network.on_taken = lambda: None


def test_workers_killed_while_a_network_takes_their_batch(stage: Stage, network: MetaServer, settings):
    settings.SOCIAL_PRIVATE_HOSTS = ["127.0.0.1"]
    env = {"SOCIAL_PRIVATE_HOSTS": "127.0.0.1", "DELIVERY_TOGETHER": str(A_LIST), "SOCIAL_TIMEOUT": "5"}
    wave = wave_of(network)
    objector = wave.dispatches.order_by("pk").first().customer_id
    for number in range(KILLS):
        with stage.worker(f"worker {number}", env=env) as there:
            calls.call(queues.SEND_CHANNEL, "social")
            kill_while_it_is_taken(network, there.children.pid("worker"), random.randint(1, 2))
        assert AudienceBatch.objects.filter(state="sending").count() == 1  # at most one call an account is unknown
        NetworkAccount.objects.update(busy_until=timezone.now())  # its lease has ended
        if number == 0:
            consent.object_to(customer_id=objector, source="test")

    with stage.worker("last", env=env):
        calls.call(queues.SEND_CHANNEL, "social")

        def is_over() -> bool:
            tasks.sweep()
            NetworkAccount.objects.update(quiet_until=None)
            states = ledger.counts(wave.pk)["social"]
            is_open = AudienceBatch.objects.exclude(state__in=("taken", "failed")).exists()
            return not is_open and set(states) <= {"sent", "suppressed"}

        await_that(is_over, "the wave did not end", every=0.5)

    assert network.taken() == PEOPLE - 1
    assert ledger.counts(wave.pk)["social"]["sent"] >= PEOPLE - 1
    stage.check_invariants()
