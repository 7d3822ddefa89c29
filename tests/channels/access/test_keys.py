"""Keys with scopes and networks, and how one follows another without a pause."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from channels import keys
from channels.models import VENDOR_SCOPES, ApiKey, Scope
from tests import builders
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def vendor():
    return builders.vendor()


def caller(vendor, scope: str, **fields) -> printing.Caller:
    return printing.Caller(vendor, raw=keys.create(name="p", scope=scope, vendor=vendor, **fields)[1])


def kind(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


class TestScopes:
    @pytest.mark.parametrize("scope", VENDOR_SCOPES)
    def test_a_key_opens_its_own_and_the_full_one_opens_all_of_the_vendor_api(self, vendor, scope):
        _, one = keys.create(name="one", scope=scope, vendor=vendor)
        _, full = keys.create(name="full", scope="vendor", vendor=vendor)
        assert keys.authenticate(full, scope=scope)
        for other in Scope.values:
            opens = other == scope or (scope == Scope.VENDOR and other in VENDOR_SCOPES)
            assert bool(keys.authenticate(one, scope=other)) == opens

    def test_a_key_may_have_several(self, vendor):
        _, raw = keys.create(name="two", scope="files:read jobs:read", vendor=vendor)
        assert keys.authenticate(raw, scope="jobs:read").scopes == ["files:read", "jobs:read"]
        assert keys.authenticate(raw, scope="jobs:write") is None

    @pytest.mark.parametrize("scope", ["", " ", "jobs", "jobs:read all"])
    def test_what_is_no_scope_is_refused(self, vendor, scope):
        with pytest.raises(ValueError, match="scope must be"):
            keys.create(name="x", scope=scope, vendor=vendor)

    def test_only_a_vendors_key_opens_the_vendor_api_and_nothing_else(self, vendor):
        for scope, of in (("jobs:read", None), ("events", vendor), ("events jobs:read", vendor)):
            with pytest.raises(ValueError, match="only a vendor's key"):
                keys.create(name="x", scope=scope, vendor=of)

    def test_the_database_says_so_as_well(self, vendor):
        key, _ = keys.create(name="x", scope="events")
        for change in ({"vendor": vendor}, {"scopes": ["jobs:read"]}, {"scopes": []}, {"scopes": ["all"]}):
            with pytest.raises(IntegrityError), transaction.atomic():
                ApiKey.objects.filter(pk=key.pk).update(**change)

    def test_what_a_key_does_not_open_is_a_problem_that_says_what_it_needs(self, vendor):
        answer = caller(vendor, "jobs:read").post("jobs/1/reject", {"reason": "no paper"})
        assert kind(answer) == (403, "insufficient-scope")
        assert "jobs:write" in answer.json()["detail"]
        assert answer["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="jobs:write"'

    @pytest.mark.parametrize(
        ("scope", "method", "path"),
        [
            ("jobs:read", "get", "jobs"),
            ("jobs:read", "get", "jobs/1"),
            ("files:read", "get", "jobs/1/files"),
            ("files:read", "get", "jobs/1/files/letters.csv"),
            ("jobs:read", "get", "jobs/1/withdrawals"),
            ("jobs:write", "post", "jobs/1/reject"),
            ("jobs:write", "post", "jobs/1/production-start"),
            ("results:write", "post", "jobs/1/items"),
        ],
    )
    def test_each_call_needs_just_one(self, vendor, scope, method, path):
        body = () if method == "get" else ({},)
        answer = getattr(caller(vendor, scope), method)(path, *body)
        assert answer.status_code != 403
        others = " ".join(one for one in VENDOR_SCOPES if one not in (Scope.VENDOR, scope))
        assert kind(getattr(caller(vendor, others), method)(path, *body)) == (403, "insufficient-scope")


class TestNetworks:
    def ask(self, raw: str, address: str):
        one = printing.Caller(printing.vendor(), raw=raw)
        return one.client.get("/vendor/v1/jobs", headers={"Authorization": f"Bearer {raw}"}, REMOTE_ADDR=address)

    def test_a_key_is_used_from_its_networks_only(self):
        _, raw = keys.create(
            name="x", scope="vendor", vendor=printing.vendor(), networks=["198.51.100.0/24", "2001:db8::/32"]
        )
        assert self.ask(raw, "198.51.100.9").status_code == 200
        assert self.ask(raw, "2001:db8:7::1").status_code == 200
        for other in ("198.51.101.9", "10.0.0.1", "2001:db9::1", ""):
            assert kind(self.ask(raw, other)) == (403, "address-not-allowed")

    @pytest.mark.parametrize("network", ["198.51.100.1/24", "x", "1.2.3.4/33", ""])
    def test_what_is_no_network_is_refused(self, vendor, network):
        with pytest.raises(ValueError, match=r"."):
            keys.create(name="x", scope="vendor", vendor=vendor, networks=[network])


class TestRotation:
    def test_both_keys_open_until_the_overlap_ends(self, vendor):
        old, former = keys.create(name="press", scope="jobs:read files:read", vendor=vendor, networks=["10.0.0.0/8"])
        new, raw = keys.rotate(old, overlap=timedelta(days=7))
        assert (new.name, new.scopes, new.vendor, new.networks) == (old.name, old.scopes, vendor, ["10.0.0.0/8"])
        assert keys.authenticate(former, scope="jobs:read")
        assert keys.authenticate(raw, scope="jobs:read")
        old.refresh_from_db()
        assert timedelta(days=6, hours=23) < old.expires_at - timezone.now() <= timedelta(days=7)

    def test_without_an_overlap_the_old_one_ends_at_once(self, vendor):
        old, former = keys.create(name="press", scope="vendor", vendor=vendor)
        keys.rotate(old, overlap=timedelta(0))
        assert keys.authenticate(former, scope="vendor") is None

    def test_a_key_that_would_end_earlier_still_does_and_its_successor_lives_as_long(self, vendor):
        ends_at = timezone.now() + timedelta(days=2)
        old, _ = keys.create(name="press", scope="vendor", vendor=vendor, expires_at=ends_at)
        new, _ = keys.rotate(ApiKey.objects.get(pk=old.pk), overlap=timedelta(days=30))
        assert ApiKey.objects.get(pk=old.pk).expires_at == ends_at
        assert timedelta(days=1, hours=23) < new.expires_at - timezone.now() <= timedelta(days=2)

    def test_a_key_has_one_successor(self, vendor):
        old, _ = keys.create(name="press", scope="vendor", vendor=vendor)
        keys.rotate(old, overlap=timedelta(days=1))
        with pytest.raises(keys.NoRotationError, match="before"):
            keys.rotate(old, overlap=timedelta(days=1))

    def test_what_is_not_valid_is_not_rotated(self, vendor):
        old, _ = keys.create(name="press", scope="vendor", vendor=vendor)
        keys.revoke(old)
        with pytest.raises(keys.NoRotationError, match="not valid"):
            keys.rotate(old, overlap=timedelta(days=1))
        assert ApiKey.objects.count() == 1

    @pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=91)])
    def test_an_overlap_has_bounds(self, vendor, overlap):
        old, _ = keys.create(name="press", scope="vendor", vendor=vendor)
        with pytest.raises(ValueError, match="overlap"):
            keys.rotate(old, overlap=overlap)


def test_the_last_use_has_a_time_and_an_address():
    press = printing.Caller(printing.vendor())
    press.get("jobs")
    key = ApiKey.objects.get()
    assert key.last_used_from == "127.0.0.1"
    assert timezone.now() - key.last_used_at < timedelta(minutes=1)
    for ago, last_from in ((timedelta(seconds=29), "127.0.0.1"), (timedelta(seconds=31), "198.51.100.9")):
        ApiKey.objects.update(last_used_at=timezone.now() - ago)
        elsewhere = {"headers": {"Authorization": f"Bearer {press.raw}"}, "REMOTE_ADDR": "198.51.100.9"}
        press.client.get("/vendor/v1/jobs", **elsewhere)
        key.refresh_from_db()
        assert key.last_used_from == last_from


@pytest.mark.parametrize("raw", ["\x00", "é.x", "a" * 100_000, ".", "a.b\x00c", "😀"])
def test_whatever_is_sent_as_a_key_is_just_no_key(raw):
    assert keys.find(raw) is None
