"""Who may get a channel, and the reason for everybody else."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from campaigns import audiences, consent, events
from campaigns.models import ContactLimit, Customer
from channels import registry
from steering import eligibility, people
from tests import builders

CHANNELS = list(registry.CHANNELS)


def reasons(channels: list[str] = CHANNELS) -> list[dict[str, str]]:
    """Of all customers, in the order of their ids; '' is eligible."""
    who = people.in_audience(audiences.compile_rule({"all": []}))
    names = ["", *eligibility.REASONS]
    return [
        {channel: names[code] for channel, code in zip(channels, row, strict=True)}
        for chunk in people.read(who, names=[], channels=channels, as_of_at=timezone.now())
        for row in chunk.reasons
    ]


def contacted(customer: Customer, medium: str, *, days_ago: float) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    events.record([events.NewEvent(customer.pk, "contacted", medium, True, at, "test", f"{medium}-{days_ago}")])


@pytest.fixture
def customer(db) -> Customer:
    made = builders.customer(consents=("email", "banner", "social"), household=True)
    builders.area(made)
    return made


def test_whoever_agreed_and_can_be_reached_may_get_everything(customer):
    assert reasons() == [dict.fromkeys(CHANNELS, "")]


def test_without_consent_only_paper_is_open(db):
    builders.area(builders.customer(consents=(), household=True))
    assert reasons() == [
        {"email": "no ground", "banner": "no ground", "social": "no ground", "print_mailing": "", "direct_post": ""}
    ]


def test_without_an_address_there_is_no_paper(db):
    builders.customer(consents=("email", "banner", "social"))
    assert reasons(["email", "print_mailing", "direct_post"]) == [
        {"email": "", "print_mailing": "no address", "direct_post": "no address"}
    ]


def test_outside_every_delivery_area_there_are_no_leaflets(db):
    builders.customer(household=True)
    assert reasons(["print_mailing", "direct_post"]) == [{"print_mailing": "", "direct_post": "no delivery area"}]


def test_an_objection_closes_its_channel_or_all(customer):
    consent.object_to(customer_id=customer.pk, channel="email", source="test")
    assert reasons(["email", "banner"]) == [{"email": "objection", "banner": ""}]
    consent.object_to(customer_id=customer.pk, source="test")
    assert set(reasons()[0].values()) == {"objection"}


def test_a_suppressed_address_closes_the_channels_that_need_it(customer):
    consent.suppress(kind="email", value=customer.identifiers.get().value, reason="bounce", source="test")
    assert reasons(["email", "print_mailing"]) == [{"email": "no usable identifier", "print_mailing": ""}]


def test_an_open_complaint_closes_everything_until_it_is_closed(customer):
    case = customer.service_cases.create(kind="complaint", subject="broken")
    assert set(reasons()[0].values()) == {"open complaint"}
    case.closed_at = timezone.now()
    case.save()
    assert set(reasons()[0].values()) == {""}


def test_a_limit_over_all_channels_counts_every_contact(customer):
    ContactLimit.objects.create(most=2, days=7)
    contacted(customer, "email", days_ago=1)
    assert set(reasons()[0].values()) == {""}
    contacted(customer, "print_mailing", days_ago=6)
    assert set(reasons()[0].values()) == {"contact limit"}


def test_a_limit_of_one_channel_closes_only_that(customer):
    ContactLimit.objects.create(channel="email", most=1, days=7)
    contacted(customer, "email", days_ago=1)
    assert reasons(["email", "banner"]) == [{"email": "contact limit", "banner": ""}]


def test_contacts_before_the_window_do_not_count(customer):
    ContactLimit.objects.create(most=1, days=7)
    contacted(customer, "email", days_ago=8)
    assert set(reasons()[0].values()) == {""}


@pytest.mark.parametrize(("state", "counts"), [("queued", True), ("uncertain", True), ("cancelled", False)])
def test_what_is_still_to_be_sent_counts_as_a_contact(customer, state, counts):
    ContactLimit.objects.create(most=1, days=7)
    builders.dispatch(builders.wave(), customer, state=state)
    assert (reasons(["banner"])[0]["banner"] == "contact limit") == counts


def test_planning_and_sending_judge_alike(db):
    """Whoever planning lets through, the ledger's gate lets through at this moment; whoever it stops is stopped there."""
    from channels import ledger

    made = [builders.customer(), builders.customer(consents=()), builders.customer(email=None)]
    consent.object_to(customer_id=builders.customer().pk, source="test")
    wave = builders.wave()
    for customer in Customer.objects.order_by("id"):
        builders.dispatch(wave, customer)
    held = ledger.claim("email", 10)
    may = [row["email"] == "" for row in reasons(["email"])]
    assert sum(may) == len(held.waves[wave.pk]) == 1
    assert held.stopped == len(may) - 1 == len(made)


def test_a_refusal_of_one_campaign_closes_every_channel_for_this_one_only(customer):
    refused, other = builders.campaign(), builders.campaign()
    consent.object_to(customer_id=customer.pk, campaign_id=refused.pk, source="test")

    def open_(campaign_id: int | None) -> bool:
        reading = people.Reading.of([], CHANNELS, as_of_at=timezone.now(), campaign_id=campaign_id)
        codes = set(reading.of_ids(np.array([customer.pk])).reasons[0])
        assert codes in ({eligibility.ELIGIBLE}, {1 + eligibility.REASONS.index("objection")})
        return codes == {eligibility.ELIGIBLE}

    assert [open_(asked) for asked in (refused.pk, other.pk, None)] == [False, True, True]
