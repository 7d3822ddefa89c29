"""What a person agreed to, refused, and which addresses must not be used."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import consent, identity
from campaigns.models import Consent, Objection, Suppression
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> int:
    return builders.customer(consents=()).pk


class TestGrant:
    def test_a_consent_keeps_its_proof(self, person):
        given = consent.grant(
            customer_id=person, channel="email", source="shop", text_version="v3", proof={"ip": "::1"}
        )
        stored = Consent.objects.get()
        assert stored == given
        assert (stored.text_version, stored.proof, stored.ground) == ("v3", {"ip": "::1"}, "consent")

    def test_a_valid_consent_stays_as_it_is(self, person):
        first = consent.grant(customer_id=person, channel="email", source="shop")
        assert consent.grant(customer_id=person, channel="email", source="store") == first
        assert Consent.objects.get().source == "shop"

    def test_a_withdrawn_consent_is_not_revived_by_an_older_one(self, person):
        consent.grant(customer_id=person, channel="email", source="shop")
        consent.withdraw(customer_id=person, channel="email", source="link")
        with pytest.raises(consent.ConsentError):
            consent.grant(
                customer_id=person, channel="email", source="list", given_at=timezone.now() - timedelta(days=1)
            )
        assert not Consent.objects.filter(withdrawn_at=None).exists()

    def test_a_person_may_agree_anew_after_a_withdrawal(self, person):
        consent.grant(customer_id=person, channel="email", source="shop")
        consent.withdraw(customer_id=person, channel="email", source="link")
        consent.grant(customer_id=person, channel="email", source="shop")
        assert Consent.objects.filter(withdrawn_at=None).count() == 1
        assert Consent.objects.count() == 2


class TestWithdraw:
    def test_it_closes_the_channel_for_every_purpose_and_says_where_it_came_from(self, person):
        consent.grant(customer_id=person, channel="email", source="shop")
        consent.grant(customer_id=person, channel="email", source="shop", purpose="research")
        consent.grant(customer_id=person, channel="social", source="shop")
        assert consent.withdraw(customer_id=person, channel="email", source="link") == 2
        assert set(Consent.objects.filter(withdrawn_at=None).values_list("channel", flat=True)) == {"social"}
        assert set(Consent.objects.filter(channel="email").values_list("withdrawn_source", flat=True)) == {"link"}

    def test_withdrawing_twice_changes_nothing(self, person):
        consent.grant(customer_id=person, channel="email", source="shop")
        consent.withdraw(customer_id=person, channel="email", source="link")
        assert consent.withdraw(customer_id=person, channel="email", source="again") == 0


class TestObjection:
    def test_the_same_objection_twice_is_one(self, person):
        first = consent.object_to(customer_id=person, channel="email", source="link")
        assert consent.object_to(customer_id=person, channel="email", source="call") == first
        assert Objection.objects.count() == 1

    def test_only_the_objection_of_this_scope_is_lifted(self, person):
        consent.object_to(customer_id=person, source="call")
        consent.object_to(customer_id=person, channel="email", source="call")
        assert consent.lift(customer_id=person, channel="email") == 1
        assert Objection.objects.get(lifted_at=None).channel == ""

    def test_a_person_may_object_again_after_lifting(self, person):
        consent.object_to(customer_id=person, source="call")
        consent.lift(customer_id=person)
        consent.object_to(customer_id=person, source="call")
        assert Objection.objects.filter(lifted_at=None).count() == 1


class TestSuppression:
    def test_only_a_keyed_hash_is_kept_and_once(self):
        for _ in range(2):
            consent.suppress(kind="email", value="gone@example.com", reason="bounce", source="smtp")
        kept = Suppression.objects.get()
        assert bytes(kept.digest) == identity.digest("email", "gone@example.com")

    def test_each_reason_stands_for_itself_so_that_lifting_one_leaves_the_others(self):
        for reason in ("bounce", "erasure", "complaint"):
            consent.suppress(kind="email", value="gone@example.com", reason=reason, source=reason)
        consent.lift_suppressions([identity.digest("email", "gone@example.com")])
        assert [known.reason for known in Suppression.objects.all()] == ["erasure"]
