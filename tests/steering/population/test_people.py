"""Who the made-up people are: plausible, recognisable by normalised identifiers, and consistent with each other."""

from datetime import UTC, datetime, time

import pytest

from campaigns import identity, journey
from campaigns.models import Customer, DeliveryArea, Household, Identifier, Suppression
from steering.population import names, places

from .conftest import AS_OF_ON, CUSTOMERS, count, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("population")]
MIDNIGHT = f"'{AS_OF_ON}T00:00:00Z'::timestamptz"


class TestIdentifiers:
    def test_every_identifier_is_in_its_normal_form(self):
        for kind, value in Identifier.objects.values_list("kind", "value"):
            assert identity.normalise(kind, value) == value

    def test_every_kind_of_identifier_occurs(self):
        assert set(Identifier.objects.values_list("kind", flat=True)) == set(identity.NORMALISERS)

    def test_every_digest_is_that_of_its_identifier(self):
        for kind, value, digest in Identifier.objects.values_list("kind", "value", "digest"):
            assert bytes(digest) == identity.digest(kind, value)

    def test_a_postal_address_is_the_person_at_the_households_address(self):
        found = Identifier.objects.filter(kind="postal_address").select_related("customer__household")
        assert len(found) == CUSTOMERS
        for one in found:
            name = identity.name_key(one.customer.first_name, one.customer.last_name)
            assert one.value == identity.postal_identifier(name, one.customer.household.address_key)

    def test_phone_numbers_have_no_more_digits_than_e164_knows(self):
        phones = Identifier.objects.filter(kind="phone").values_list("value", flat=True)
        assert {len(phone) for phone in phones} == {len("+") + 15}

    def test_addresses_end_where_no_mail_can_arrive(self):
        addresses = Identifier.objects.filter(kind="email").values_list("value", flat=True)
        assert all(address.endswith(".example") for address in addresses)

    def test_a_suppressed_address_is_that_of_somebody(self):
        digests = {bytes(digest) for digest in Identifier.objects.values_list("digest", flat=True)}
        suppressed = {bytes(digest) for digest in Suppression.objects.values_list("digest", flat=True)}
        assert suppressed
        assert suppressed <= digests


class TestHouseholds:
    def test_every_address_key_is_that_of_its_address(self):
        for home in Household.objects.all():
            key = identity.address_key(street=home.street, postcode=home.postcode, city=home.city, country=home.country)
            assert key == home.address_key

    def test_every_customer_has_a_household_in_a_delivery_area_of_the_same_place(self):
        joined = """
            campaigns_customer c JOIN campaigns_household h ON h.id = c.household_id
            JOIN campaigns_deliveryarea a ON a.id = h.delivery_area_id
        """
        assert count(joined, "a.postcode = h.postcode AND a.place = h.city AND a.region = c.region") == CUSTOMERS

    def test_a_household_has_one_to_five_members_of_different_names(self):
        sizes = rows(
            "SELECT count(*), count(DISTINCT (first_name, last_name)) FROM campaigns_customer GROUP BY household_id"
        )
        assert {size for size, _ in sizes} == {1, 2, 3, 4, 5}
        assert all(size == different for size, different in sizes)

    def test_most_members_of_a_household_share_their_last_name(self):
        [(share,)] = rows("""
            SELECT avg((c.last_name = head.last_name)::int) FROM campaigns_customer c
            JOIN (SELECT DISTINCT ON (household_id) household_id, id, last_name FROM campaigns_customer
                  ORDER BY household_id, id) head USING (household_id)
            WHERE c.id <> head.id
        """)
        assert 0.75 < share < 0.99

    def test_an_area_has_room_for_our_households_and_leaflets_for_most_of_it(self):
        for area in DeliveryArea.objects.all():
            assert 0.5 * area.households < area.quantity <= area.households
            assert 1 <= Household.objects.filter(delivery_area=area).count() <= area.households


class TestPersons:
    def test_customers_are_numbered_from_one_on(self):
        found = Customer.objects.order_by("id").values_list("customer_number", flat=True)
        assert list(found) == [f"P{n:08d}" for n in range(1, CUSTOMERS + 1)]

    def test_everybody_is_grown_up_and_alive(self):
        low, high = rows(
            "SELECT min(age(%s, born_on)), max(age(%s, born_on)) FROM campaigns_customer", AS_OF_ON, AS_OF_ON
        )[0]
        assert low.days >= 18 * 365
        assert high.days <= 93 * 366

    def test_the_name_fits_the_salutation(self):
        women, men = ({*names.FIRST[first::2].ravel()} for first in (0, 1))
        for salutation, first_name in Customer.objects.values_list("salutation", "first_name"):
            assert first_name in {"frau": women, "herr": men, "": women | men}[salutation]

    def test_where_the_salutation_is_unknown_the_birthday_is_too(self):
        unknown = count("campaigns_customer", "salutation = ''")
        assert 0 < unknown < CUSTOMERS / 10
        assert not count("campaigns_customer", "(salutation = '') <> (born_on IS NULL)")

    def test_nobody_was_a_customer_before_the_age_of_16(self):
        early = "customer_since_on < born_on + interval '16 years' - interval '1 day'"
        assert not count("campaigns_customer", early)

    def test_contact_data_is_marked_as_made_up(self):
        assert not Customer.objects.filter(contact_is_made_up=False).exists()

    def test_everybody_is_where_the_journey_s_own_rule_puts_them(self):
        before = rows("SELECT id, journey_stage FROM campaigns_customer ORDER BY id")
        journey.refresh(as_of_at=datetime.combine(AS_OF_ON, time(), UTC))
        assert rows("SELECT id, journey_stage FROM campaigns_customer ORDER BY id") == before
        assert len({stage for _, stage in before}) >= 5


class TestConsents:
    def test_every_consent_has_a_proof(self):
        assert not count("campaigns_consent", "proof = '{}'")

    def test_a_confirmation_comes_after_the_request_and_is_when_it_was_given(self):
        wrong = """(proof->>'confirmed_at')::timestamptz <> given_at
                   OR (proof->>'requested_at')::timestamptz >= given_at"""
        assert count("campaigns_consent", "proof ? 'confirmed_at'") > CUSTOMERS / 3
        assert not count("campaigns_consent", wrong)

    def test_who_is_mailed_as_an_existing_customer_bought_at_that_time_and_meets_the_law_s_four_conditions(self):
        found = rows("""
            SELECT k.proof, EXISTS (SELECT FROM campaigns_event e WHERE e.customer_id = k.customer_id
                                    AND e.kind = 'purchased' AND e.occurred_at = k.given_at)
            FROM campaigns_consent k WHERE ground = 'existing_customer'
        """)
        assert found
        assert all(bought and '"similar_goods": true' in proof and proof.count("true") == 4 for proof, bought in found)

    def test_consents_are_given_by_customers_and_withdrawn_afterwards(self):
        wrong = f"given_at::date < customer_since_on OR withdrawn_at <= given_at OR withdrawn_at > {MIDNIGHT}"
        joined = "campaigns_consent k JOIN campaigns_customer c ON c.id = k.customer_id"
        assert count("campaigns_consent", "withdrawn_at IS NOT NULL")
        assert not count(joined, wrong)

    def test_e_mails_of_the_past_were_sent_while_there_was_a_ground_for_them(self):
        ground = """
            SELECT FROM campaigns_consent k WHERE k.customer_id = e.customer_id AND k.channel = 'email'
            AND k.given_at < e.occurred_at AND (k.withdrawn_at IS NULL OR k.withdrawn_at > e.occurred_at)
        """
        sent = "kind = 'contacted' AND medium = 'email'"
        assert count("campaigns_event", sent) > CUSTOMERS
        assert not count("campaigns_event e", f"{sent} AND NOT EXISTS ({ground})")

    def test_objections_came_while_they_were_customers(self):
        joined = "campaigns_objection o JOIN campaigns_customer c ON c.id = o.customer_id"
        wrong = f"received_at::date < customer_since_on OR received_at > {MIDNIGHT}"
        assert count(joined)
        assert not count(joined, wrong)


class TestEvents:
    def test_all_lie_within_the_two_years_before_the_day(self):
        bounds = f"occurred_at < {MIDNIGHT} - interval '730 days' OR occurred_at > {MIDNIGHT}"
        assert not count("campaigns_event", bounds)

    def test_nothing_happened_before_they_were_customers(self):
        joined = "campaigns_event e JOIN campaigns_customer c ON c.id = e.customer_id"
        assert not count(joined, "occurred_at::date < customer_since_on")

    def test_only_purchases_have_a_value(self):
        assert not count("campaigns_event", "(kind = 'purchased') <> (value_cents > 0)")

    def test_stores_are_closed_at_night(self):
        opened = rows("""
            SELECT extract(hour FROM min((occurred_at AT TIME ZONE 'UTC')::time)),
                   extract(hour FROM max((occurred_at AT TIME ZONE 'UTC')::time))
            FROM campaigns_event WHERE medium = 'store'
        """)
        assert opened == [(8, 17)]

    def test_a_product_is_registered_once_and_by_whom_it_belongs_to(self):
        found = rows("""
            SELECT count(*), bool_and(EXISTS (SELECT FROM campaigns_identifier i
                                              WHERE i.customer_id = e.customer_id AND i.kind = 'product'))
            FROM campaigns_event e WHERE kind = 'product_registered' GROUP BY e.customer_id
        """)
        assert found
        assert set(found) == {(1, True)}


def test_what_is_counted_is_what_is_there(population):
    assert {table: count(table) for table in population.made.rows} == population.made.rows
    assert population.made.rows["campaigns_customer"] == CUSTOMERS


def test_no_written_value_can_break_a_line_of_copy():
    words = [*names.FIRST.ravel(), *names.LAST, *names.TITLES, *places.STREETS]
    words += [text for place in places.PLACES for text in (place.city, place.state, place.postcode)]
    assert not [word for word in words if {*word} & {"\t", "\n", "\r", "\\"}]


def test_no_two_streets_and_no_two_first_names_fold_to_one():
    for words in (places.STREETS, list(names.FIRST.ravel())):
        assert len({identity.name_key(word, "") for word in words}) == len(words)
