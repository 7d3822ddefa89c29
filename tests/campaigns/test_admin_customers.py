"""Staff find a person, see what was agreed and refused, and record what the person says; nothing personal is in a URL."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from campaigns import consent
from campaigns.models import Consent, Objection, ServiceCase
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
FIND = "/admin/campaigns/customer/find/"


def page_of(person) -> str:
    return reverse("admin:campaigns_customer_change", args=[person.pk])


def test_one_match_leads_straight_to_the_person() -> None:
    person = builders.customer(email="erika@example.com", last_name="Oberhauser")
    client = admin_clients.in_role("Service agent")
    for said in (person.customer_number, "Erika@Example.com", "oberh"):
        assert client.post(FIND, {"text": said}).url == page_of(person)


def test_several_matches_are_listed_and_nobody_is_said_to_be_nobody() -> None:
    for _ in range(2):
        builders.customer(last_name="Oberhauser")
    client = admin_clients.in_role("Service agent")
    assert len(client.post(FIND, {"text": "Ober"}).context["rows"]) == 2
    assert b"Nobody found." in client.post(FIND, {"text": "Niemand"}).content


def test_what_else_is_known_is_read_as_it_was_said_and_never_run() -> None:
    person = builders.customer(attributes={"topic": "Mähroboter <b>", "children": 2, "likes": ["Tee", "Öl"]})
    page = admin_clients.in_role("Service agent").get(page_of(person)).content.decode()
    assert "children: 2<br>likes: [&quot;Tee&quot;, &quot;Öl&quot;]<br>topic: Mähroboter &lt;b&gt;" in page


def test_what_is_looked_for_is_not_taken_from_a_url() -> None:
    person = builders.customer(last_name="Oberhauser")
    answer = admin_clients.in_role("Service agent").get(FIND, {"text": "Oberhauser"})
    assert answer.status_code == 200
    assert page_of(person).encode() not in answer.content


def test_the_list_of_customers_cannot_be_searched_by_url() -> None:
    builders.customer(last_name="Oberhauser")
    answer = admin_clients.superuser().get("/admin/campaigns/customer/", {"q": "Oberhauser"})
    assert b"searchbar" not in answer.content


def test_an_agent_sees_how_to_reach_the_person_and_a_campaign_manager_does_not() -> None:
    person = builders.customer(email="erika@example.com")
    assert b"erika@example.com" in admin_clients.in_role("Service agent").get(page_of(person)).content
    seen_by_manager = admin_clients.in_role("Campaign manager").get(page_of(person))
    assert seen_by_manager.status_code == 200
    assert b"erika@example.com" not in seen_by_manager.content
    assert seen_by_manager.context["sections"] == {}


def test_a_consent_is_withdrawn_and_the_row_stays_as_proof() -> None:
    person = builders.customer(consents=("email",))
    client = admin_clients.in_role("Service agent")
    answer = client.post(reverse("admin:campaigns_customer_withdraw", args=[person.pk]), {"channel": "email"})
    assert answer.url == page_of(person)
    row = Consent.objects.get(customer=person)
    assert row.withdrawn_at is not None
    assert row.withdrawn_source == f"staff, user {client.user.pk}"


def test_withdrawing_names_one_channel_and_never_all_by_accident() -> None:
    person = builders.customer(consents=("email", "banner"))
    admin_clients.in_role("Service agent").post(reverse("admin:campaigns_customer_withdraw", args=[person.pk]))
    assert Consent.objects.filter(customer=person, withdrawn_at=None).count() == 2


def test_an_objection_is_recorded_and_lifted_again() -> None:
    person, client = builders.customer(), admin_clients.in_role("Service agent")
    answer = client.post(
        reverse("admin:campaigns_objection_add"), {"customer": person.pk, "channel": "", "source": "phone", "note": ""}
    )
    assert answer.url == page_of(person)
    assert Objection.objects.get(customer=person).lifted_at is None
    client.post(reverse("admin:campaigns_customer_lift", args=[person.pk]), {"channel": ""})
    assert Objection.objects.get(customer=person).lifted_at is not None


def test_recording_a_standing_objection_again_changes_nothing() -> None:
    person, client = builders.customer(), admin_clients.in_role("Service agent")
    first = consent.object_to(customer_id=person.pk, source="letter")
    answer = client.post(
        reverse("admin:campaigns_objection_add"), {"customer": person.pk, "channel": "", "source": "phone", "note": ""}
    )
    assert answer.status_code == 302
    assert Objection.objects.get(customer=person) == first


def consent_form(person, given_at) -> dict:
    return {
        "customer": person.pk, "channel": "email", "purpose": "advertising", "ground": "consent", "text_version": "7",
        "source": "store", "given_at_0": f"{given_at:%Y-%m-%d}", "given_at_1": f"{given_at:%H:%M:%S}", "proof": "{}",
    }  # fmt: skip


def test_a_consent_is_recorded_with_its_text_and_source() -> None:
    person, client = builders.customer(consents=()), admin_clients.in_role("Service agent")
    answer = client.post(reverse("admin:campaigns_consent_add"), consent_form(person, timezone.localtime()))
    assert answer.status_code == 302
    row = Consent.objects.get(customer=person)
    assert (row.channel, row.text_version, row.source, row.withdrawn_at) == ("email", "7", "store", None)


def test_a_consent_older_than_its_withdrawal_is_refused_at_the_field() -> None:
    person, client = builders.customer(consents=("email",)), admin_clients.in_role("Service agent")
    consent.withdraw(customer_id=person.pk, channel="email", source="test")
    form = consent_form(person, timezone.localtime() - timedelta(days=1))
    answer = client.post(reverse("admin:campaigns_consent_add"), form)
    assert answer.context["adminform"].form.errors == {
        "given_at": ["The person withdrew this consent later than that."]
    }


def test_a_consent_of_the_future_is_refused() -> None:
    person, client = builders.customer(consents=()), admin_clients.in_role("Service agent")
    form = consent_form(person, timezone.localtime() + timedelta(days=1))
    answer = client.post(reverse("admin:campaigns_consent_add"), form)
    assert answer.context["adminform"].form.errors == {"given_at": ["This is in the future."]}


def test_consents_and_objections_are_never_edited_or_deleted() -> None:
    person = builders.customer(consents=("email",))
    client, row = admin_clients.superuser(), Consent.objects.get(customer=person)
    client.post(reverse("admin:campaigns_consent_change", args=[row.pk]), {"channel": "banner"})
    assert client.post(reverse("admin:campaigns_consent_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert Consent.objects.get(pk=row.pk).channel == "email"


def test_a_case_is_opened_for_a_person_and_closed_from_the_list() -> None:
    person, client = builders.customer(), admin_clients.in_role("Service agent")
    case = {"customer": person.pk, "kind": "complaint", "medium": "phone", "subject": "Broken chair", "note": ""}
    assert client.post(reverse("admin:campaigns_servicecase_add"), case).status_code == 302
    made = ServiceCase.objects.get(customer=person)
    assert made.handled_by == client.user
    client.post(reverse("admin:campaigns_servicecase_changelist"), {"action": "close", "_selected_action": [made.pk]})
    assert ServiceCase.objects.get(pk=made.pk).closed_at is not None


def test_the_history_of_the_admin_names_people_by_number_only() -> None:
    person, client = builders.customer(consents=("email",)), admin_clients.in_role("Service agent")
    client.post(reverse("admin:campaigns_customer_withdraw", args=[person.pk]), {"channel": "email"})
    client.post(
        reverse("admin:campaigns_servicecase_add"),
        {"customer": person.pk, "kind": "question", "medium": "phone", "subject": "About Erika", "note": ""},
    )
    kept = " ".join(f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all())
    assert f"customer {person.pk}" in kept
    assert "Erika" not in kept
