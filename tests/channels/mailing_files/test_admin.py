"""Staff take in a vendor's key, compare its fingerprint, and only then it is used."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from channels import encryption_keys, valid_keys
from channels.models import EncryptionKey
from tests import admin_clients, builders
from tests.admin_clients import said
from tests.channels.mailing_files import keys_of_vendors

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def change(key: EncryptionKey, verb: str = "change") -> str:
    return reverse(f"admin:channels_encryptionkey_{verb}", args=[key.pk])


def test_a_key_is_taken_in_and_waits_for_its_confirmation():
    client, vendor = admin_clients.in_role("Campaign manager"), builders.vendor()
    sent = {"vendor": vendor.pk, "public_key": keys_of_vendors.age().public}
    client.post(reverse("admin:channels_encryptionkey_add"), sent)
    key = EncryptionKey.objects.get()
    assert (key.kind, key.confirmed_at) == ("age", None)
    page = client.get(change(key)).content.decode()
    assert key.fingerprint[:4].upper() in page
    assert "To be confirmed" in page


def test_what_is_no_key_is_refused_with_the_reason():
    client, vendor = admin_clients.superuser(), builders.vendor()
    page = client.post(
        reverse("admin:channels_encryptionkey_add"), {"vendor": vendor.pk, "public_key": "AGE-SECRET-KEY-1"}
    )
    assert "this is the secret key" in page.content.decode().lower()
    assert not EncryptionKey.objects.exists()


def test_it_is_used_once_somebody_has_compared_the_fingerprint():
    client, vendor = admin_clients.in_role("Privacy officer"), builders.vendor()
    key = encryption_keys.register(vendor, keys_of_vendors.age().public)
    assert "not the fingerprint" in said(client.post(change(key, "confirm"), {"fingerprint": "1234"}))[0]
    client.post(change(key, "confirm"), {"fingerprint": key.fingerprint})
    assert list(valid_keys.of(vendor)) == [key]
    assert "has no valid key any more" in said(client.post(change(key, "revoke")))[-1]
    assert not valid_keys.of(vendor).exists()


def test_a_key_that_is_over_cannot_be_brought_back():
    key = keys_of_vendors.confirmed(builders.vendor(), keys_of_vendors.age().public)
    EncryptionKey.objects.update(ends_at=timezone.now() - timedelta(days=1))
    client = admin_clients.in_role("Campaign manager")
    client.post(change(key), {"ends_at_0": "2099-01-01", "ends_at_1": "00:00"})
    key.refresh_from_db()
    assert key.ends_at < timezone.now()


def test_who_may_not_confirm_cannot():
    key = encryption_keys.register(builders.vendor(), keys_of_vendors.age().public)
    client = admin_clients.with_permissions("channels.view_encryptionkey")
    for verb in ("confirm", "revoke"):
        assert client.post(change(key, verb), {"fingerprint": key.fingerprint}).status_code == 403
    key.refresh_from_db()
    assert (key.confirmed_at, key.revoked_at) == (None, None)
