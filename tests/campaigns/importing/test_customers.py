"""Files of customers, end to end: what they become in the database."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from campaigns import consent, identity
from campaigns.models import Consent, Customer, DeliveryArea, Household, Identifier, Objection, Suppression
from tests import builders
from tests.campaigns.importing.files import (
    CUSTOMER,
    CUSTOMERS,
    csv_file,
    import_customers,
    import_file,
    json_file,
    xlsx_file,
)

pytestmark = pytest.mark.django_db

ANNA = {
    "number": "K1",
    "email": "anna@example.com",
    "phone": "030 901820",
    "card": "L-1234",
    "first_name": "Anna",
    "last_name": "Groß",
    "street": "Lange Straße 1",
    "postcode": "10115",
    "city": "Berlin",
    "agreed_at": "2024-01-01T12:00:00+01:00",
}
MOVED = {"street": "Neuer Weg 2", "postcode": "50667", "city": "Köln"}
OBJECTING = CUSTOMERS | {"objections": [{"if": "no_ads"}]}


def identifiers(customer: Customer) -> set[tuple[str, str]]:
    return set(customer.identifiers.values_list("kind", "value"))


class TestNewCustomer:
    def test_everything_that_the_file_tells_is_there(self, tmp_path):
        run = import_customers(tmp_path, ANNA)
        anna = Customer.objects.get()
        assert (run.state, run.rows_read, run.rows_created, run.rows_updated) == ("done", 1, 1, 0)
        assert (anna.customer_number, anna.first_name, anna.last_name, anna.source) == ("K1", "Anna", "Groß", "shop")
        assert (anna.language, anna.time_zone, anna.journey_stage) == ("de", "Europe/Berlin", "inspiration")
        assert anna.household.address_key == "de|10115|berlin|lange str 1"
        assert ("email", "anna@example.com") in identifiers(anna)
        given = anna.consents.get()
        assert (given.channel, given.source, given.given_at.isoformat()) == (
            "email",
            "shop",
            "2024-01-01T11:00:00+00:00",
        )

    def test_identifiers_have_the_digest_that_suppressions_are_joined_by(self, tmp_path):
        import_customers(tmp_path, ANNA)
        for kept in Identifier.objects.all():
            assert bytes(kept.digest) == identity.digest(kept.kind, kept.value)

    def test_csv_json_lines_and_xlsx_say_the_same(self, tmp_path):
        lines = [CUSTOMER, [ANNA[name] for name in CUSTOMER]]
        import_customers(tmp_path, ANNA)
        for path in (json_file(tmp_path, [ANNA]), xlsx_file(tmp_path, lines)):
            run = import_file(path)
            assert (run.state, run.rows_created, run.rows_updated) == ("done", 0, 1)
        assert Customer.objects.count() == 1
        assert Consent.objects.count() == 1

    def test_without_a_number_of_the_company_one_is_made(self, tmp_path):
        import_customers(tmp_path, ANNA | {"number": ""})
        anna = Customer.objects.get()
        assert anna.customer_number == f"auto-{anna.pk}"

    def test_two_at_one_address_are_one_household(self, tmp_path):
        paul = {"number": "K2", "first_name": "Paul", "last_name": "Groß", "street": "Lange Str. 1", "postcode": "10115",
                "city": "BERLIN"}  # fmt: skip
        import_customers(tmp_path, ANNA, paul)
        assert Household.objects.get().customers.count() == 2

    def test_text_is_kept_as_it_is_whatever_stands_in_it(self, tmp_path):
        name = r"O'\N \. 'Néill\"; DROP TABLE %s {x} 名"
        run = import_customers(tmp_path, ANNA | {"last_name": name})
        assert run.state == "done"
        assert Customer.objects.get().last_name == name

    def test_an_area_that_is_alone_in_its_postcode_places_the_household(self, tmp_path):
        area = DeliveryArea.objects.create(code="A", postcode="10115", place="Berlin", households=10)
        for code in "BC":
            DeliveryArea.objects.create(code=code, postcode="50667", place="Köln", households=10)
        import_customers(tmp_path, ANNA, ANNA | MOVED | {"number": "K2", "email": "", "phone": "", "card": ""})
        assert dict(Household.objects.values_list("city", "delivery_area")) == {"Berlin": area.pk, "Köln": None}


class TestKnownCustomer:
    def test_a_blank_cell_says_nothing_and_so_changes_nothing(self, tmp_path):
        import_customers(tmp_path, ANNA)
        run = import_customers(tmp_path, {"number": "K1", "last_name": "Klein"})
        anna = Customer.objects.get()
        assert run.rows_updated == 1
        assert (anna.first_name, anna.last_name, anna.household.city) == ("Anna", "Klein", "Berlin")

    def test_attributes_are_added_to_those_that_are_known(self, tmp_path):
        builders.customer(customer_number="K1", email=None, attributes={"size": 42, "vip": False})
        definition = CUSTOMERS | {"attributes": {"vip": {"column": "card", "as": "boolean"}}, "identifiers": []}
        import_file(csv_file(tmp_path, [{"number": "K1", "card": "yes"}]), definition)
        assert Customer.objects.get().attributes == {"size": 42, "vip": True}

    def test_nothing_is_written_where_nothing_changes(self, tmp_path):
        import_customers(tmp_path, ANNA)
        before = Customer.objects.values_list("updated_at").get()
        import_customers(tmp_path, ANNA)
        assert Customer.objects.values_list("updated_at").get() == before

    def test_a_number_made_here_gives_way_to_the_company_s_own(self, tmp_path):
        import_customers(tmp_path, ANNA | {"number": ""})
        import_customers(tmp_path, ANNA)
        assert Customer.objects.get().customer_number == "K1"

    def test_who_moved_is_at_the_old_address_no_longer(self, tmp_path):
        import_customers(tmp_path, ANNA)
        import_customers(tmp_path, ANNA | MOVED)
        anna = Customer.objects.get()
        assert anna.household.city == "Köln"
        assert [value for kind, value in identifiers(anna) if kind == "postal_address"] == [
            "anna gross|de|50667|koeln|neuer weg 2"
        ]

    def test_who_moved_wants_no_advertising_there_either_but_can_be_found_there(self, tmp_path):
        import_customers(tmp_path, ANNA)
        old = Identifier.objects.get(kind="postal_address").digest
        for reason in ("opt_out_list", "returned_letter"):
            Suppression.objects.create(kind="postal_address", digest=old, reason=reason, source="test")
        import_customers(tmp_path, ANNA | MOVED)
        new = Identifier.objects.get(kind="postal_address").digest
        assert bytes(new) != bytes(old)
        assert list(Suppression.objects.filter(digest=new).values_list("reason", flat=True)) == ["opt_out_list"]

    def test_another_e_mail_is_one_more(self, tmp_path):
        import_customers(tmp_path, ANNA, ANNA | {"email": "a@example.com"})
        assert {value for kind, value in identifiers(Customer.objects.get()) if kind == "email"} == {
            "anna@example.com",
            "a@example.com",
        }

    def test_of_several_rows_the_last_that_says_something_counts(self, tmp_path):
        definition = CUSTOMERS | {
            "fields": {"first_name": "first_name", "last_name": "last_name", "born_on": "agreed_at"}
        }
        rows = [ANNA, {"number": "K1", "first_name": "Anne"}, {"number": "K1", "agreed_at": "1980-01-02"}]
        import_file(csv_file(tmp_path, rows), definition | {"consents": []})
        anna = Customer.objects.get()
        assert (anna.first_name, anna.last_name, anna.born_on) == ("Anne", "Groß", date(1980, 1, 2))


class TestConsent:
    @pytest.fixture
    def anna(self) -> Customer:
        return builders.customer(customer_number="K1", email="anna@example.com", consents=())

    def test_a_valid_one_stays_as_it_is(self, anna, tmp_path):
        consent.grant(customer_id=anna.pk, channel="email", source="till")
        import_customers(tmp_path, ANNA)
        assert Consent.objects.get().source == "till"

    def test_an_old_list_does_not_revive_what_was_withdrawn_since(self, anna, tmp_path):
        consent.grant(customer_id=anna.pk, channel="email", source="till")
        consent.withdraw(customer_id=anna.pk, channel="email", source="link")
        import_customers(tmp_path, ANNA)
        assert not Consent.objects.filter(withdrawn_at=None).exists()

    def test_a_later_one_counts_again(self, anna, tmp_path):
        at = timezone.now() - timedelta(days=900)
        consent.grant(customer_id=anna.pk, channel="email", source="till", given_at=at)
        consent.withdraw(customer_id=anna.pk, channel="email", source="link", at=at + timedelta(days=1))
        import_customers(tmp_path, ANNA | {"agreed_at": (at + timedelta(days=2)).isoformat()})
        assert Consent.objects.filter(withdrawn_at=None).count() == 1

    @pytest.mark.parametrize("channel", ["", "email"])
    def test_nobody_gets_past_an_objection(self, anna, tmp_path, channel):
        consent.object_to(customer_id=anna.pk, channel=channel, source="call")
        import_customers(tmp_path, ANNA)
        assert not Consent.objects.exists()

    def test_an_objection_to_another_channel_does_not_matter(self, anna, tmp_path):
        consent.object_to(customer_id=anna.pk, channel="social", source="call")
        import_customers(tmp_path, ANNA)
        assert Consent.objects.get().channel == "email"

    def test_an_objection_of_the_file_beats_its_consent_and_is_recorded_once(self, tmp_path):
        path = csv_file(tmp_path, [ANNA | {"no_ads": "yes"}], columns=(*CUSTOMER, "no_ads"))
        for _ in range(2):
            import_file(path, OBJECTING)
        assert Objection.objects.get().channel == ""
        assert not Consent.objects.exists()

    def test_of_two_rows_the_later_consent_is_kept(self, tmp_path):
        import_customers(tmp_path, ANNA, {"number": "K1", "agreed_at": "2025-01-01T00:00:00Z"})
        assert Consent.objects.get().given_at.year == 2025


class TestErased:
    @pytest.fixture(autouse=True)
    def _erased(self):
        consent.suppress(kind="email", value="anna@example.com", reason="erasure", source="request")

    def test_nobody_comes_back_by_an_import_and_the_file_is_not_to_blame(self, tmp_path):
        run = import_customers(tmp_path, ANNA, {"number": "K2", "email": "paul@example.com"})
        assert run.state == "done"
        assert [found.customer_number for found in Customer.objects.all()] == ["K2"]
        assert "1 rows left out because the person was erased" in run.message
        assert run.error_report

    def test_not_by_another_row_of_the_same_person_either(self, tmp_path):
        import_customers(
            tmp_path, ANNA, {"number": "K1", "phone": "030 901820"}, {"card": "L1234", "last_name": "Groß"}
        )
        assert not Customer.objects.exists()

    def test_any_other_suppression_keeps_nobody_out(self, tmp_path):
        consent.suppress(kind="email", value="paul@example.com", reason="bounce", source="smtp")
        import_customers(tmp_path, {"number": "K2", "email": "paul@example.com"})
        assert Customer.objects.count() == 1
