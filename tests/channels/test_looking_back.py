"""What a dispatch said, shown after the person has changed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import offers, personalise
from campaigns.models import Coupon, Customer, CustomerPast, Household, Offer
from channels import looking_back
from channels.models import Dispatch
from channels.print_mailing import addresses
from tests import builders

pytestmark = pytest.mark.django_db
BLOCKS = [
    {"id": "headline", "type": "headline", "text": "Neues"},
    {"id": "text", "type": "text", "text": '{{ salutation_line }}, {{ city | fallback("") }}'},
    {"id": "shop", "type": "call_to_action", "label": "Zum Shop", "url": "https://shop.example.com/"},
]


@pytest.fixture
def wave():
    return builders.wave(builders.campaign(channels=("email", "print_mailing"), blocks=BLOCKS))


@pytest.fixture
def person() -> Customer:
    return builders.customer(household=True, salutation="frau")


def sent(wave, person, *, channel: str = "email", minutes_ago: float = 60):
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return builders.dispatch(wave, person, channel=channel, state="sent", claimed_at=at)


def committed() -> None:
    """What the database keeps at the end of a transaction it keeps now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def give(offer: Offer, dispatch: Dispatch) -> Coupon:
    offers.generate(offer, 1)
    codes = Coupon.objects.filter(offer=offer)
    codes.update(state="reserved", wave=dispatch.wave_id, customer=dispatch.customer_id)
    codes.update(state="given", dispatch_id=dispatch.pk)
    return codes.get()


def change(person: Customer, **fields) -> None:
    Customer.objects.filter(pk=person.pk).update(**fields)
    committed()


def text_of(dispatch) -> str:
    return str(looking_back.show(dispatch).preview.rendition.parts["text"])


def test_a_message_shows_the_name_that_the_person_had(wave, person):
    dispatch = sent(wave, person)
    change(person, last_name="Neumann")
    assert "Sehr geehrte Frau Muster" in text_of(dispatch)
    assert "Sehr geehrte Frau Neumann" in text_of(sent(builders.wave(wave.campaign), person, minutes_ago=-1))


def test_a_message_shows_the_code_that_it_was_given(person):
    offer = builders.offer("herbst")
    blocks = [*BLOCKS, {"id": "offer", "type": "offer", "title": "20 %", "offer": "herbst"}]
    dispatch = sent(builders.wave(builders.campaign(blocks=blocks)), person)
    coupon = give(offer, dispatch)
    assert coupon.code in text_of(dispatch)


def test_of_several_changes_the_one_that_was_true_then_counts(wave, person):
    dispatch = sent(wave, person)
    for name in ("Neumann", "Altmann"):
        change(person, last_name=name)
    first, second = CustomerPast.objects.order_by("id")
    assert (first.said["last_name"], second.said["last_name"]) == ("Muster", "Neumann")
    CustomerPast.objects.filter(pk=first.pk).update(until_at=dispatch.claimed_at - timedelta(minutes=1))
    assert "Frau Neumann" in text_of(dispatch)


def test_a_letter_shows_the_address_to_which_it_went(wave, person):
    dispatch = sent(wave, person, channel="print_mailing")
    before = addresses.of_customers([person.pk])[person.pk].lines
    moved_to = Household.objects.create(address_key="x", street="Neuer Weg 2", postcode="80331", city="München")
    change(person, household=moved_to)
    assert addresses.of_customers([person.pk], at=dispatch.claimed_at)[person.pk].lines == before
    assert "München" in addresses.of_customers([person.pk])[person.pk].lines[-1]
    assert looking_back.show(dispatch).preview.picture


def test_an_address_that_was_corrected_is_shown_as_it_was(wave, person):
    dispatch = sent(wave, person)
    Household.objects.filter(pk=person.household_id).update(city="Potsdam")
    committed()
    assert "Berlin" in text_of(dispatch)
    assert personalise.fields_for([person.pk])[person.pk]["city"] == "Potsdam"


def test_who_had_no_address_then_has_none_in_what_is_shown(wave):
    person = builders.customer()
    dispatch = sent(wave, person)
    home = Household.objects.create(address_key="x", street="Weg 2", postcode="80331", city="München")
    change(person, household=home)
    assert personalise.fields_for([person.pk], at=dispatch.claimed_at)[person.pk]["city"] == ""


def test_attributes_are_shown_as_they_were(wave, person):
    change(person, attributes={"size": "M"})
    dispatch = sent(wave, person)
    change(person, attributes={"size": "XL"})
    assert personalise.fields_for([person.pk], at=dispatch.claimed_at)[person.pk]["attribute_size"] == "M"


def test_nothing_is_kept_of_who_never_got_anything(person):
    change(person, last_name="Neumann")
    assert not CustomerPast.objects.exists()


@pytest.mark.parametrize("fields", [{"time_zone": "UTC"}, {"last_name": "Muster"}])
def test_nothing_is_kept_where_no_text_could_tell_the_difference(wave, person, fields):
    sent(wave, person)
    change(person, **fields)
    assert not CustomerPast.objects.exists()


def test_what_was_kept_goes_with_the_customer(wave, person):
    sent(wave, person)
    change(person, last_name="Neumann")
    person.delete()
    assert not CustomerPast.objects.exists()


def test_who_is_changed_and_deleted_at_once_leaves_nothing(wave, person):
    sent(wave, person)
    Customer.objects.filter(pk=person.pk).update(last_name="Neumann")
    Customer.objects.get(pk=person.pk).delete()
    committed()
    assert not CustomerPast.objects.exists()


def test_the_content_is_shown_as_the_wave_sent_it(wave, person):
    dispatch = sent(wave, person)
    builders.written(wave.campaign.content, [BLOCKS[0] | {"text": "Etwas anderes"}])
    assert looking_back.show(dispatch).preview.rendition.parts["subject"] == "Neues"


def test_what_has_not_left_is_shown_as_it_would_leave_now(wave, person):
    dispatch = builders.dispatch(wave, person)
    change(person, last_name="Neumann")
    shown = looking_back.show(dispatch)
    assert (shown.at, "Frau Neumann" in str(shown.preview.rendition.parts["text"])) == (None, True)


def test_links_of_a_mail_that_is_only_looked_at_count_nothing(wave, person):
    html = str(looking_back.show(sent(wave, person)).preview.rendition.parts["html"])
    assert "https://shop.example.com/" in html
    assert "/t/c/" not in html
