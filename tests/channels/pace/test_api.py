"""Another system records a time-out; who asks and what is wrong is said."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import TimeOut
from channels import keys
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def post(*, scope: str = "events", **body) -> object:
    _, raw = keys.create(name="app", scope=scope)
    days = {"from_on": TODAY().isoformat(), "until_on": (TODAY() + timedelta(days=5)).isoformat()}
    return Client().post("/api/time-outs", days | body, "application/json", headers={"Authorization": f"Bearer {raw}"})


def test_it_is_recorded_by_number_and_by_identifier_and_once() -> None:
    person = builders.customer(email="erika@example.com")
    assert post(customer_number=person.customer_number).status_code == 204
    assert post(identifier={"kind": "email", "value": "Erika@Example.com"}).status_code == 204
    made = TimeOut.objects.get()
    assert (made.customer, made.until_on, made.is_everything) == (person, TODAY() + timedelta(days=5), False)
    assert made.source.startswith("key ")


def test_nobody_is_said_to_be_nobody() -> None:
    assert post(customer_number="nobody").status_code == 404
    assert post(identifier={"kind": "email", "value": "no address"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"customer_number": "1", "until_on": "2020-01-01"}, "until_on"),
        ({"customer_number": "1", "from_on": "tomorrow"}, "from_on"),
        ({}, "customer_number"),
    ],
)
def test_what_is_wrong_is_named(body: dict, field: str) -> None:
    answer = post(**body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_another_key_and_none_open_nothing() -> None:
    assert post(scope="redemptions", customer_number="1").status_code == 403
    assert Client().post("/api/time-outs", {}, "application/json").status_code == 401
