"""What follows from a piece of post that came back, by its reason."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import identity, postal
from campaigns.duplicates import merging
from campaigns.models import Customer, Objection, PostalReport, Suppression
from channels import permission, registry
from channels.models import Dispatch
from tests import builders

pytestmark = pytest.mark.django_db
LETTER = "erika muster|de|10115|berlin|"


@pytest.fixture
def person() -> Customer:
    made = builders.customer(household=True)
    builders.identifier(made, "postal_address", f"erika muster|{made.household.address_key}")
    return made


def back(of: Customer, reason: str = "unknown", **fields) -> bool:
    told = {"at": timezone.now(), "source": "press", "key": f"{reason}-{of.pk}"} | fields
    return postal.returned(of.pk, reason=reason, **told)


def barred(of: Customer, channel: str) -> str | None:
    """Why the gate of planning and sending keeps this customer out."""
    made = builders.dispatch(builders.wave(builders.campaign(channels=(channel,))), of, channel=channel)
    gate = permission.barred(registry.get(channel))
    return Dispatch.objects.raw(
        f"SELECT d.id, {gate.sql} AS why FROM channels_dispatch d WHERE d.id = {made.pk}",  # noqa: S608
        gate.params,
    )[0].why


@pytest.mark.parametrize("reason", ["moved", "unknown", "closed_down", "other", "no_such_number", "no_letterbox"])
def test_an_address_at_which_nobody_is_reached_stops_letters_only(person, reason):
    assert back(person, reason)
    assert barred(person, "print_mailing") == "address suppressed"
    assert barred(person, "email") is None
    assert barred(person, "direct_post") is None


def test_who_has_no_postal_identifier_is_stopped_all_the_same():
    person = builders.customer(household=True)
    back(person)
    assert barred(person, "print_mailing") == "address suppressed"


def test_a_namesake_at_the_address_is_stopped_though_the_other_has_the_identifier(person):
    son = builders.customer(household=False, born_on="1990-01-01")
    Customer.objects.filter(pk=son.pk).update(household=person.household)
    back(son)
    assert barred(son, "print_mailing") == "address suppressed"
    value = son.identifiers.get(kind="postal_address").value
    assert identity.normalise("postal_address", value) == value


class TestALetterToARecordThatWasMergedSince:
    @pytest.fixture
    def other(self) -> Customer:
        made = builders.customer(household=True, last_name="Mustr")
        builders.identifier(made, "postal_address", f"erika mustr|{made.household.address_key}")
        return made

    def sent_to(self, of: Customer, wave=None) -> Dispatch:
        wave = wave or builders.wave(builders.campaign(channels=("print_mailing",)))
        return builders.dispatch(wave, of, channel="print_mailing", state="sent")

    def test_bars_its_address_and_not_that_of_the_kept_one(self, person, other):
        letter, sent_at = self.sent_to(other), timezone.now()
        merging.merge(person.pk, other.pk)
        back(person, sent_at=sent_at, dispatch_id=letter.pk)
        assert barred(person, "print_mailing") is None
        assert PostalReport.objects.get().household != person.household
        assert Suppression.objects.get().digest == identity.digest(
            "postal_address", f"erika mustr|{PostalReport.objects.get().household.address_key}"
        )

    @pytest.mark.django_db(transaction=True)
    def test_also_when_it_stayed_with_that_record(self, person, other):
        wave = builders.wave(builders.campaign(channels=("print_mailing",)))
        for one in (person, other):
            self.sent_to(one, wave)
        sent_at = timezone.now()
        merging.merge(person.pk, other.pk)
        back(other, sent_at=sent_at)
        assert barred(person, "print_mailing") is None
        assert Suppression.objects.exists()

    def test_bars_the_kept_one_where_both_lived(self, person, other):
        Customer.objects.filter(pk=other.pk).update(household=person.household)
        letter, sent_at = self.sent_to(other), timezone.now()
        merging.merge(person.pk, other.pk)
        back(person, sent_at=sent_at, dispatch_id=letter.pk)
        assert barred(person, "print_mailing") == "address suppressed"

    def test_a_letter_to_the_kept_one_bars_their_own_address(self, person, other):
        letter, sent_at = self.sent_to(person), timezone.now()
        merging.merge(person.pk, other.pk)
        back(person, sent_at=sent_at, dispatch_id=letter.pk)
        assert barred(person, "print_mailing") == "address suppressed"


def test_a_letter_that_was_not_collected_years_before_is_no_second_one(person):
    for years in (0, 3):  # the older one is told later
        back(person, "not_collected", at=timezone.now() - timedelta(days=365 * years), key=f"{years}")
    assert barred(person, "print_mailing") is None


def test_others_at_the_address_still_get_letters_when_one_is_unknown(person):
    other = builders.customer(household=False, first_name="Max")
    Customer.objects.filter(pk=other.pk).update(household=person.household)
    back(person, "unknown")
    assert barred(other, "print_mailing") is None


def test_a_house_that_is_not_there_stops_letters_to_all_who_are_said_to_live_there(person):
    other = builders.customer(first_name="Max")
    Customer.objects.filter(pk=other.pk).update(household=person.household)
    back(person, "no_such_number")
    assert barred(other, "print_mailing") == "address suppressed"


def test_a_refused_letter_is_an_objection_to_letters(person):
    back(person, "refused")
    assert [(one.channel, one.customer_id) for one in Objection.objects.all()] == [("print_mailing", person.pk)]
    assert not Suppression.objects.exists()


def test_the_deceased_are_reached_by_nothing(person):
    back(person, "deceased")
    assert {barred(person, channel) for channel in ("email", "print_mailing", "direct_post")} == {"objection"}
    assert Suppression.objects.filter(reason="deceased").count() == 2


def test_a_damaged_piece_says_nothing_about_the_address(person):
    back(person, "piece")
    assert not Suppression.objects.exists()
    assert PostalReport.objects.get().reason == "piece"


def test_only_the_second_letter_that_is_not_collected_within_a_year_counts(person):
    back(person, "not_collected", key="1", at=timezone.now() - timedelta(days=400))
    back(person, "not_collected", key="2", at=timezone.now() - timedelta(days=30))
    assert not Suppression.objects.exists()
    back(person, "not_collected", key="3")
    assert Suppression.objects.exists()


def test_told_twice_it_is_one_return(person):
    assert back(person, key="item 1")
    assert not back(person, key="item 1")
    assert PostalReport.objects.count() == 1


def test_a_letter_to_the_old_address_does_not_bar_the_new_one(person):
    sent_at = timezone.now() - timedelta(days=3)
    builders.dispatch(builders.wave(builders.campaign(channels=("print_mailing",))), person, channel="print_mailing")
    old = identity.digest("postal_address", f"erika muster|{person.household.address_key}")
    postal.moved(
        person.pk, postal.NewAddress("Neuer Weg 9", "20095", "Hamburg"), at=timezone.now(), source="x", key="m"
    )
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of the transaction
    back(person, "moved", sent_at=sent_at)
    assert barred(person, "print_mailing") is None
    assert bytes(Suppression.objects.get().digest) == old


def test_an_unknown_reason_is_refused_by_name(person):
    with pytest.raises(postal.PostalError, match="reason must be one of moved, unknown"):
        back(person, "gone fishing")
    assert not PostalReport.objects.exists()


def test_nothing_is_kept_of_somebody_who_was_erased(person):
    gone = Customer(pk=person.pk)
    person.delete()
    assert not back(gone)
    assert not PostalReport.objects.exists()


def test_the_hash_that_is_kept_is_that_of_name_and_address(person):
    back(person)
    value = f"erika muster|{person.household.address_key}"
    assert bytes(Suppression.objects.get().digest) == identity.digest("postal_address", value)
