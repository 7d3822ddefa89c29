"""Audiences in the admin: refused with a reason, explained in words, estimated, and shown by examples and as a query."""

import json

import pytest
from django.urls import reverse

from campaigns.models import Audience
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
PREVIEW = "/admin/campaigns/audience/preview/"
BERLIN = {"all": [{"attribute": "city", "is": "Berlin"}]}


def save(rule, **fields):
    form = {"name": "Berlin", "description": "", "rule": rule if isinstance(rule, str) else json.dumps(rule)} | fields
    return admin_clients.in_role("Analyst").post(reverse("admin:campaigns_audience_add"), form)


def test_a_rule_is_saved_with_its_author() -> None:
    assert save(BERLIN).status_code == 302
    made = Audience.objects.get(name="Berlin")
    assert made.rule == BERLIN
    assert made.created_by.username.startswith("Analyst")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"all": [{"attribute": "age", "is": "old"}]}, "rule.all[0].is: must be a number, got 'old'"),
        ({"all": [{"audience": 999_999}]}, "rule.all[0].audience: there is no audience 999999"),
        ({}, "rule: must have one of"),
        ("{", "Enter a valid JSON."),
        ("", "This field is required."),
    ],
)
def test_a_wrong_rule_is_refused_at_the_field_with_the_place(rule, reason: str) -> None:
    answer = save(rule)
    assert answer.status_code == 200
    assert reason in answer.context["adminform"].form.errors["rule"][0]
    assert not Audience.objects.exists()


def test_an_audience_that_leads_back_to_itself_is_refused() -> None:
    first = builders.audience(BERLIN)
    second = builders.audience({"all": [{"audience": first.pk}]})
    form = {"name": first.name, "description": "", "rule": json.dumps({"all": [{"audience": second.pk}]})}
    answer = admin_clients.superuser().post(reverse("admin:campaigns_audience_change", args=[first.pk]), form)
    assert "leads back to itself" in answer.context["adminform"].form.errors["rule"][0]


def test_an_audience_that_another_is_made_from_is_not_deleted() -> None:
    first = builders.audience(BERLIN)
    builders.audience({"all": [{"audience": first.pk}]})
    client, url = admin_clients.superuser(), reverse("admin:campaigns_audience_delete", args=[first.pk])
    assert b"refers to it" in client.get(url).content
    client.post(url, {"post": "yes"})
    assert Audience.objects.filter(pk=first.pk).exists()


def ask(client, rule=BERLIN, want: str = "estimate"):
    return client.post(PREVIEW, {"rule": json.dumps(rule), "want": want}).json()


def test_a_rule_is_estimated_and_put_into_words_before_it_is_saved() -> None:
    builders.customer(household=True)
    builders.customer()
    assert ask(admin_clients.in_role("Analyst")) == {
        "words": "Customers of whom it is true that city is “Berlin”.", "count": 1, "low": 1, "high": 1, "exact": True,
    }  # fmt: skip


def test_what_is_wrong_with_a_rule_is_said_while_it_is_written() -> None:
    said = ask(admin_clients.in_role("Analyst"), {"all": [{"attribute": "age", "is": "old"}]})
    assert said == {"error": "rule.all[0].is: must be a number, got 'old'"}
    client = admin_clients.in_role("Analyst")
    assert client.post(PREVIEW, {"rule": "{"}).json()["error"].startswith("not JSON")


def test_examples_are_named_only_to_those_who_may_see_customers() -> None:
    person = builders.customer(household=True)
    [seen_by_analyst] = ask(admin_clients.in_role("Analyst"), want="sample")["customers"]
    assert seen_by_analyst == {
        "number": person.customer_number, "stage": "Inspiration", "postcode": "10115", "name": "", "url": "",
    }  # fmt: skip
    [seen_by_manager] = ask(admin_clients.in_role("Campaign manager"), want="sample")["customers"]
    assert seen_by_manager["name"] == "Erika Muster"


def test_the_query_is_shown_on_request_with_values_quoted() -> None:
    sql = ask(admin_clients.in_role("Analyst"), {"all": [{"attribute": "city", "is": "O'Hara; DROP"}]}, want="sql")[
        "sql"
    ]
    assert "SELECT" in sql
    assert "'O''Hara; DROP'" in sql


def test_a_query_that_takes_too_long_is_given_up(monkeypatch) -> None:
    from campaigns.admin import audiences

    builders.customer()
    monkeypatch.setattr(audiences, "LONGEST_PREVIEW", "50ms")

    def slow(query):
        with audiences.connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(audiences.audiences, "gauge", slow)
    assert ask(admin_clients.in_role("Analyst"))["error"] == audiences.TOO_SLOW


def test_a_broken_audience_can_still_be_listed() -> None:
    Audience.objects.create(name="broken", rule={"nonsense": 1})
    assert b"broken:" in admin_clients.in_role("Analyst").get(reverse("admin:campaigns_audience_changelist")).content


def test_the_editor_offers_channels_audiences_and_operators() -> None:
    other = builders.audience()
    answer = admin_clients.in_role("Analyst").get(reverse("admin:campaigns_audience_add"))
    config = json.loads(_config(answer))
    assert [other.pk, other.name] in config["audiences"]
    assert ["email", "E-mail"] in config["channels"]
    assert {"name": "at_least", "types": ["date", "number"], "shape": "one"} in config["operators"]


def _config(answer) -> str:
    field = answer.context["adminform"].form["rule"]
    return field.field.widget.get_context("rule", "{}", {})["config"]
