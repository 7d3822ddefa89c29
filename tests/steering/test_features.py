"""Features say what was known at a point in time, and nothing that came later."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from campaigns import audiences, events, journey
from campaigns.models import Customer, JourneyStage
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


def test_the_future_is_never_seen(customer):
    names = [name for name in features.known() if not name.startswith(("has:", "attribute:", "region:"))]
    before = values(*names, as_of_at=NOW - timedelta(days=5))
    for kind in ("purchased", "opened", "contacted", "store_visited", "service_called", "product_viewed"):
        happened(customer, kind, days_ago=2, medium="email", cents=999)
    customer.service_cases.create(kind="complaint", subject="late", opened_at=NOW - timedelta(days=1))
    customer.consents.update(withdrawn_at=NOW - timedelta(days=1))
    after = values(*names, as_of_at=NOW - timedelta(days=5))
    assert {name: str(column) for name, column in before.items()} == {
        name: str(column) for name, column in after.items()
    }


def test_contacts_and_answers_are_counted_by_channel(customer):
    for days in (1, 40):
        happened(customer, "contacted", days_ago=days, medium="email")
    happened(customer, "opened", days_ago=1, medium="email")
    found = values("contacts_30:email", "contacts_365:email", "contacts_365:banner", "answers:email", "answers:banner")
    assert (found["contacts_30:email"], found["contacts_365:email"], found["contacts_365:banner"]) == ([1], [2], [0])
    assert found["answers:email"] == [0.5]
    assert np.isnan(found["answers:banner"][0])


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


def test_one_query_reads_everything(customer, django_assert_num_queries):
    names = features.known()
    who = people.in_audience(audiences.compile_rule({"all": []}))
    with django_assert_num_queries(2):  # the other one asks for contact limits
        list(people.read(who, names=names, channels=["email"], as_of_at=NOW))
