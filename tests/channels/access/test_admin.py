"""Staff make and replace keys, name contacts, and the privacy officer reads the audit log, which nobody edits."""

from datetime import timedelta

import pytest
from django.urls import reverse

from channels import keys
from channels.access import audit
from channels.models import ApiKey, AuditEntry, VendorContact
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor():
    return builders.vendor()


@pytest.fixture
def client():
    return admin_clients.in_role("Campaign manager")


class TestKeys:
    def make(self, client, **fields):
        form = {
            "name": "p",
            "scopes": ["jobs:read"],
            "vendor": "",
            "networks": "",
            "expires_at_0": "",
            "expires_at_1": "",
        }
        return client.post(reverse("admin:channels_apikey_add"), form | fields)

    def test_have_the_scopes_and_networks_that_were_chosen(self, client, vendor):
        self.make(client, vendor=vendor.pk, scopes=["files:read", "jobs:read"], networks="10.0.0.0/8\n2001:db8::/32")
        key = ApiKey.objects.get()
        assert (key.scopes, key.networks) == (["files:read", "jobs:read"], ["10.0.0.0/8", "2001:db8::/32"])

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"networks": "10.0.0.1/8"}, "networks"),
            ({"networks": "anywhere"}, "networks"),
            ({"scopes": ["events", "jobs:read"]}, "scopes"),
            ({"scopes": []}, "scopes"),
            ({"scopes": ["all"]}, "scopes"),
        ],
    )
    def test_without_sense_are_refused_at_the_field(self, client, vendor, fields, field):
        answer = self.make(client, vendor=vendor.pk, **fields)
        assert field in answer.context["adminform"].form.errors
        assert not ApiKey.objects.exists()

    def test_are_replaced_with_an_overlap_and_the_new_one_is_shown_this_once(self, client, vendor):
        key, former = keys.create(name="press", scope="vendor", vendor=vendor)
        answer = client.post(reverse("admin:channels_apikey_rotate", args=[key.pk]), {"overlap": "1"})
        raw = answer.context["raw"]
        assert keys.authenticate(raw, scope="vendor")
        assert keys.authenticate(former, scope="vendor")
        key.refresh_from_db()
        assert key.expires_at - key.created_at < timedelta(days=1, minutes=1)
        assert "no-store" in answer["Cache-Control"]
        page = client.get(reverse("admin:channels_apikey_change", args=[answer.context["key"].pk])).content.decode()
        assert raw.partition(".")[2] not in page

    def test_that_are_not_valid_are_not_replaced(self, client, vendor):
        key, _ = keys.create(name="press", scope="vendor", vendor=vendor)
        keys.revoke(key)
        client.post(reverse("admin:channels_apikey_rotate", args=[key.pk]), {"overlap": "1"})
        assert ApiKey.objects.count() == 1

    @pytest.mark.parametrize("role", ["Privacy officer", "Analyst"])
    def test_are_replaced_only_by_who_may(self, vendor, role):
        key, _ = keys.create(name="press", scope="vendor", vendor=vendor)
        url = reverse("admin:channels_apikey_rotate", args=[key.pk])
        assert admin_clients.in_role(role).post(url, {"overlap": "1"}).status_code == 403
        assert ApiKey.objects.count() == 1


class TestVendors:
    def save(self, client, vendor, **contact):
        """With one contact more."""
        url = reverse("admin:channels_vendor_change", args=[vendor.pk])
        more = {f"contacts-0-{name}": value for name, value in contact.items()}
        return admin_clients.save(client, url, **{"contacts-TOTAL_FORMS": 1} | more)

    def test_have_contacts(self, client, vendor):
        self.save(client, vendor, role="privacy", name="Petra Datenschutz", email="privacy@press.example", phone="")
        contact = VendorContact.objects.get()
        assert (contact.vendor, contact.role, contact.email) == (vendor, "privacy", "privacy@press.example")

    def test_whoever_cannot_be_reached_is_refused_at_the_field_in_words(self, client, vendor):
        page = self.save(client, vendor, role="production", name="Petra Print", email="", phone="")
        assert "Say how to reach this person" in page.content.decode()
        assert "vendor_contact_reachable" not in page.content.decode()

    def test_have_no_contact_who_cannot_be_reached(self, client, vendor):
        answer = self.save(client, vendor, role="privacy", name="Petra Datenschutz", email="", phone="")
        assert answer.status_code == 200
        assert not VendorContact.objects.exists()

    def test_show_their_keys_without_secrets(self, client, vendor):
        key, raw = keys.create(name="press", scope="jobs:read files:read", vendor=vendor)
        page = client.get(reverse("admin:channels_vendor_change", args=[vendor.pk])).content.decode()
        assert f"press ({key.prefix}…)" in page
        assert "files:read, jobs:read" in page
        assert raw.partition(".")[2] not in page
        assert key.digest not in page


class TestTheAuditLog:
    @pytest.fixture
    def entry(self, vendor) -> AuditEntry:
        audit.note(vendor, "tried", ("printjob", 7), reason="test")
        return AuditEntry.objects.get()

    def shown(self, **query) -> list[int]:
        client = admin_clients.in_role("Privacy officer")
        page = client.get(reverse("admin:channels_auditentry_changelist"), query)
        return [one.pk for one in page.context["cl"].result_list]

    def test_is_read_by_the_privacy_officer_and_changed_by_nobody(self, entry):
        for client in (admin_clients.in_role("Privacy officer"), admin_clients.superuser()):
            url = reverse("admin:channels_auditentry_change", args=[entry.pk])
            assert b"reason test" in client.get(url).content
            assert client.post(url, {"action": "other"}).status_code == 403
            assert (
                client.post(reverse("admin:channels_auditentry_delete", args=[entry.pk]), {"post": "yes"}).status_code
                == 403
            )
        assert AuditEntry.objects.get().action == "tried"

    @pytest.mark.parametrize("role", ["Campaign manager", "Analyst", "Service agent"])
    def test_is_not_read_by_others(self, entry, role):
        assert admin_clients.in_role(role).get(reverse("admin:channels_auditentry_changelist")).status_code == 403

    def test_is_filtered_by_who_what_and_result(self, entry, vendor):
        audit.note(None, "other", outcome="refused")
        for query in ({"vendor": vendor.pk}, {"job": 7}, {"action": "tried"}, {"outcome__exact": "ok"}):
            assert self.shown(**query) == [entry.pk]
        for query in (
            {"vendor": 987},
            {"job": 8},
            {"address": "10.0.0.1"},
            {"address": "x"},
            {"key": "1"},
            {"user": "x"},
        ):
            assert self.shown(**query) == []
