"""Features say what was known at a point in time, and nothing that came later."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from campaigns import audiences, events, journey, neighbourhoods
from campaigns.models import Customer, Event, EventKind, JourneyStage
from channels import registry
from steering import features, people
from tests import builders

NOW = timezone.now().replace(microsecond=0)


def happened(
    customer: Customer, kind: str, *, days_ago: float, medium: str = "web", online: bool = True, cents: int = 0
):
    key = f"{kind}-{customer.pk}-{days_ago}-{medium}"
    events.record(
        [
            events.NewEvent(
                customer.pk, kind, medium, online, NOW - timedelta(days=days_ago), "test", key, value_cents=cents
            )
        ]
    )


def values(*names: str, as_of_at=NOW) -> dict[str, list[float]]:
    """Of all customers, in the order of their ids."""
    who = people.in_audience(audiences.compile_rule({"all": []}))
    chunks = list(people.read(who, names=names, as_of_at=as_of_at))
    return {name: np.concatenate([chunk.features for chunk in chunks])[:, n].tolist() for n, name in enumerate(names)}


@pytest.fixture
def customer(db) -> Customer:
    return builders.customer()


def test_every_known_feature_can_be_computed(customer):
    builders.customer(attributes={"size": 3, "zone": "Urban", "is_new": True}, region="Bayern")
    names = features.known()
    assert {"attribute:size", "attribute:zone=Urban", "attribute:is_new", "region:Bayern"} <= set(names)
    assert all(len(column) == 2 for column in values(*names).values())


def test_recency_frequency_and_value_are_counted(customer):
    happened(customer, "purchased", days_ago=10, cents=5000)
    happened(customer, "purchased", days_ago=200, cents=3000, medium="store", online=False)
    found = values("days_since_purchase", "purchases_30", "purchases_365", "basket", "online_purchase_share")
    assert found["days_since_purchase"] == [pytest.approx(10)]
    assert (found["purchases_30"], found["purchases_365"]) == ([1], [2])
    assert found["basket"] == [pytest.approx(40)]
    assert found["online_purchase_share"] == [0.5]


def test_what_never_happened_is_missing_or_zero(customer):
    found = values("days_since_purchase", "purchases", "basket", "age")
    assert found["purchases"] == [0]
    assert all(np.isnan(found[name][0]) for name in ("days_since_purchase", "basket", "age"))


def test_what_a_machine_opened_is_no_answer(customer):
    for days_ago in (1, 2):
        happened(customer, "opened", days_ago=days_ago, medium="email")
    Event.objects.filter(occurred_at__gt=NOW - timedelta(days=1.5)).update(attributes={"is_machine": True})
    found = values("answers_7", "days_since_answer")
    assert (found["answers_7"], found["days_since_answer"]) == ([1], [pytest.approx(2)])


UNDATED = ("has:", "attribute:", "region:", "household_members", "is_addressed", "speaks", "tenure_days", "age")


def test_the_future_is_never_seen(customer):
    """Whatever has a date and happens later leaves every feature of an earlier moment as it was."""
    moment = NOW - timedelta(days=5)
    consent = customer.consents.create(channel="banner", source="test", given_at=moment - timedelta(days=9))
    case = customer.service_cases.create(kind="question", subject="why", opened_at=moment - timedelta(days=9))
    names = [name for name in features.known() if not name.startswith(UNDATED)]
    before = values(*names, as_of_at=moment)
    for kind in EventKind.values:
        for medium in (*registry.CHANNELS, "web", "store", "phone", "product"):
            happened(customer, kind, days_ago=2, medium=medium, online=medium == "web", cents=999)
    happened(customer, "purchased", days_ago=5, cents=999)  # at the very moment
    customer.service_cases.create(kind="complaint", subject="late", opened_at=NOW - timedelta(days=1))
    case.closed_at = NOW - timedelta(days=1)
    case.save()
    consent.withdrawn_at = NOW - timedelta(days=1)
    consent.save()
    customer.consents.create(channel="social", source="test", given_at=NOW - timedelta(days=1))
    after = values(*names, as_of_at=moment)
    assert {name: str(column) for name, column in before.items()} == {
        name: str(column) for name, column in after.items()
    }
    now = values(*names)
    assert now["purchases_7"] == [10]
    assert (now["consent:banner"], now["consent:social"], now["cases_365"]) == ([0], [1], [2])


def test_consents_and_cases_are_those_of_the_moment(customer):
    customer.consents.update(withdrawn_at=NOW - timedelta(days=1))
    customer.service_cases.create(
        kind="complaint", subject="late", opened_at=NOW - timedelta(days=3), closed_at=NOW - timedelta(days=1)
    )
    names = ("consent:email", "complaints_365", "cases_open", "days_since_case")
    assert [values(*names)[name] for name in names] == [[0], [1], [0], [pytest.approx(3)]]
    then = values(*names, as_of_at=NOW - timedelta(days=2))
    assert [then[name] for name in names] == [[1], [1], [1], [pytest.approx(1)]]


def test_contacts_and_answers_are_counted_by_channel(customer):
    for days in (1, 40):
        happened(customer, "contacted", days_ago=days, medium="email")
    happened(customer, "opened", days_ago=1, medium="email")
    found = values("contacts_30:email", "contacts_365:email", "contacts_365:banner", "answers:email", "answers:banner")
    assert (found["contacts_30:email"], found["contacts_365:email"], found["contacts_365:banner"]) == ([1], [2], [0])
    assert found["answers:email"] == [0.5]
    assert np.isnan(found["answers:banner"][0])


def test_fatigue_is_counted_in_several_windows(customer):
    for days in (3, 20, 60, 300):
        happened(customer, "contacted", days_ago=days, medium="email")
        happened(customer, "clicked", days_ago=days, medium="banner")
    found = values(*(f"contacts_{days}:email" for days in (7, 30, 90, 365)), "answers_30:banner", "answers_30:email")
    assert list(found.values()) == [[1], [2], [3], [4], [2], [0]]
    found = values("contacts_90", "answers_365", "days_since_contact:email", "days_since_answer:email")
    assert (found["contacts_90"], found["answers_365"]) == ([3], [4])
    assert found["days_since_contact:email"] == [pytest.approx(3)]
    assert np.isnan(found["days_since_answer:email"][0])


def test_purchases_are_told_apart_by_medium(customer):
    happened(customer, "purchased", days_ago=10, cents=5000)
    happened(customer, "purchased", days_ago=20, cents=3000, medium="store", online=False)
    found = values("purchases:web", "purchases:store", "purchases:phone", "value:store", "days_since_purchase:store")
    assert [found[f"purchases:{shop}"] for shop in ("web", "store", "phone")] == [[1], [1], [0]]
    assert found["value:store"] == [pytest.approx(np.log(31))]
    assert found["days_since_purchase:store"] == [pytest.approx(20)]


def test_time_since_each_kind_of_event_is_known(customer):
    kinds = EventKind.values
    for days, kind in enumerate(kinds, start=1):
        happened(customer, kind, days_ago=days)
    found = values(*(f"days_since:{kind}" for kind in kinds))
    assert list(found.values()) == [[pytest.approx(days)] for days in range(1, len(kinds) + 1)]


def test_research_online_before_a_purchase_in_a_store_is_told(customer):
    happened(customer, "product_viewed", days_ago=12)
    happened(customer, "purchased", days_ago=10, cents=5000, medium="store", online=False)
    found = values("days_from_view_to_store", "views_since_store", "researches_for_store")
    assert list(found.values()) == [[pytest.approx(2)], [0], [1]]
    happened(customer, "product_viewed", days_ago=1)
    found = values("days_from_view_to_store", "views_since_store")
    assert np.isnan(found["days_from_view_to_store"][0])
    assert found["views_since_store"] == [2]


@pytest.mark.parametrize(
    ("kind", "days_ago", "stage"),
    [
        ("purchased", 3, "purchase"),
        ("product_viewed", 20, "selection"),
        ("purchased", 100, "use"),
        ("opened", 500, "dormant"),
    ],
)
def test_the_stage_is_that_of_the_journey(customer, kind, days_ago, stage):
    happened(customer, kind, days_ago=days_ago)
    journey.refresh(as_of_at=NOW)
    customer.refresh_from_db()
    found = values(*(f"stage:{stage}" for stage in JourneyStage.values))
    assert customer.journey_stage == stage
    assert [name for name, column in found.items() if column == [1]] == [f"stage:{stage}"]


def test_attributes_of_another_type_are_missing(db):
    builders.customer(attributes={"size": 3})
    builders.customer(attributes={"size": "three"})
    found = values("attribute:size")["attribute:size"]
    assert found[0] == 3
    assert np.isnan(found[1])


def test_text_attributes_with_many_values_are_left_out(db):
    for n in range(features.MOST_VALUES + 1):
        builders.customer(attributes={"nickname": f"n{n}"})
    assert not [name for name in features.known() if name.startswith("attribute:")]


def test_names_and_values_with_quotes_and_signs_are_only_values(db):
    builders.customer(attributes={"it's 100 %s {x}": "a'b\"c%"}, region="O'Brien %s")
    names = [name for name in features.known() if name.startswith(("attribute:", "region:"))]
    assert list(values(*names).values()) == [[1], [1]]


@pytest.mark.parametrize("name", ["surprise", "attribute:", "region:", "customer:1"])
def test_an_unknown_feature_is_refused_by_name(db, name):
    with pytest.raises(ValueError, match="there is no feature"):
        features.query([name], as_of_at=NOW)


def test_the_order_of_customers_is_that_of_their_ids_across_chunks(db):
    made = [builders.customer().pk for _ in range(5)]
    who = people.in_audience(audiences.compile_rule({"all": []}))
    chunks = list(people.read(who, names=["age"], as_of_at=NOW, chunk=2))
    assert [len(chunk.customer_ids) for chunk in chunks] == [2, 2, 1]
    assert np.concatenate([chunk.customer_ids for chunk in chunks]).tolist() == sorted(made)


def test_one_query_reads_everything_of_a_part(customer, django_assert_num_queries):
    names = features.known()
    who = people.in_audience(audiences.compile_rule({"all": []}))
    with django_assert_num_queries(3):  # the others ask for contact limits, and who the audience is
        list(people.read(who, names=names, channels=["email"], as_of_at=NOW))


def test_others_and_their_events_do_not_count(db):
    """Of an audience with gaps, whoever lives between its ids stays outside."""
    made = [builders.customer(attributes={"in": n % 2 == 0}, household=True) for n in range(5)]
    for one in made:
        happened(one, "purchased", days_ago=1, cents=100)
    Customer.objects.filter(pk=made[1].pk).update(household=made[0].household)
    who = people.in_audience(audiences.compile_rule({"attribute": "in", "is": True}))
    found = next(people.read(who, names=["purchases", "household_members"], channels=["email"], as_of_at=NOW))
    assert found.customer_ids.tolist() == [one.pk for one in made[::2]]
    assert found.features.tolist() == [[1, 2], [1, 1], [1, 1]]


def test_what_is_not_asked_for_is_not_joined(db):
    assert features.query(["age"], as_of_at=NOW).joins == []
    assert len(features.query(["purchases"], as_of_at=NOW).joins) == 1


def test_the_neighbourhood_is_told_by_its_area(db):
    older = builders.customer(household=True, born_on=NOW.date() - timedelta(days=round(60 * 365.25)))
    younger = builders.customer(household=True, born_on=NOW.date() - timedelta(days=round(40 * 365.25)))
    builders.area(older, younger, households=8)
    builders.customer()
    neighbourhoods.refresh()
    found = values("area_age", "area_customer_share", "customers_in_place")
    assert found["area_age"] == [pytest.approx(50, abs=0.1)] * 2 + [pytest.approx(float("nan"), nan_ok=True)]
    assert found["area_customer_share"][0] == 0.25
    assert found["customers_in_place"][0] == pytest.approx(np.log(3))
