"""Fetching a list, and a wave that rests on it, at the same moment."""

import pytest
from django.db import transaction

from channels import delivery
from channels.models import AudienceFile, Dispatch
from channels.social import sync
from tests import builders
from tests.at_once import elsewhere, wait_until_it_waits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person():
    return builders.customer(consents=("social",))


def due(person) -> Dispatch:
    campaign = builders.campaign(channels=("social",))
    campaign.options.update(settings={"network": "meta"})
    return builders.dispatch(builders.wave(campaign), person, channel="social")


def states() -> set[str]:
    return set(Dispatch.objects.values_list("state", flat=True))


def test_a_wave_that_comes_first_is_sent_by_the_fetch(person):
    due(person)
    delivery.send_due("social")
    due(person)
    with transaction.atomic():
        delivery.send_due("social")
        fetched = elsewhere(lambda: sync.fetch(AudienceFile.objects.get().pk))
        wait_until_it_waits()
    fetched.result(30)
    assert states() == {"sent"}


def test_a_wave_that_comes_second_is_sent_at_once(person):
    due(person)
    delivery.send_due("social")
    due(person)
    with transaction.atomic():
        sync.fetch(AudienceFile.objects.get().pk)
        sent = elsewhere(lambda: delivery.send_due("social"))
        wait_until_it_waits()
    sent.result(30)
    assert states() == {"sent"}
