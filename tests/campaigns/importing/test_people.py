"""Who is who: rows that share an identifier are one person, and what contradicts is refused, never guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import consent
from campaigns.models import Customer, Household, Identifier, Suppression
from tests import builders
from tests.campaigns.importing.files import CUSTOMERS, csv_file, import_customers, import_file, reported

pytestmark = pytest.mark.django_db


class TestOnePerson:
    def test_who_arrives_online_and_offline_by_a_shared_identifier_is_one_customer(self, tmp_path):
        online = {"number": "K1", "email": "anna@example.com", "card": "L-1234"}
        in_the_store = {"card": "l 1234", "phone": "030 901820", "last_name": "Groß"}
        run = import_customers(tmp_path, online, in_the_store)
        anna = Customer.objects.get()
        assert (run.rows_read, run.rows_created) == (2, 1)
        assert set(anna.identifiers.values_list("kind", flat=True)) == {"email", "loyalty_card", "phone"}

    def test_also_when_one_of_them_was_known_before(self, tmp_path):
        import_customers(tmp_path, {"card": "L-1234", "last_name": "Groß"})
        run = import_customers(tmp_path, {"number": "K1", "email": "anna@example.com", "card": "L1234"})
        assert (run.rows_created, run.rows_updated) == (0, 1)
        assert Customer.objects.get().last_name == "Groß"

    def test_a_chain_of_shared_identifiers_is_one_person_in_any_order(self, tmp_path):
        chain = [{"email": f"a{n}@example.com", "card": f"CARD{n // 2 * 2 + 1}"} for n in range(20)]
        links = [{"email": f"a{n}@example.com", "card": f"CARD{(n + 1) // 2 * 2 + 1}"} for n in range(20)]
        import_customers(tmp_path, *reversed(chain), *links)
        assert Customer.objects.count() == 1

    def test_the_same_name_and_address_is_the_same_person(self, tmp_path):
        home = {"first_name": "Anna", "last_name": "Groß", "street": "Weg 1", "postcode": "10115", "city": "Berlin"}
        import_customers(tmp_path, home | {"number": "K1"}, home | {"last_name": "GROSS", "street": "weg 1"})
        assert Customer.objects.count() == 1


class TestContradictions:
    def test_two_numbers_for_one_e_mail(self, tmp_path):
        run = import_customers(
            tmp_path, {"number": "K1", "email": "a@example.com"}, {"number": "K2", "email": "a@example.com"}
        )
        reason = "differs from that of another row with the same identifier"
        assert run.state == "refused"
        assert reported(run) == [(1, "customer_number", reason), (2, "customer_number", reason)]

    def test_two_known_customers_in_one_row(self, tmp_path):
        builders.customer(customer_number="K1", email="a@example.com")
        builders.identifier(builders.customer(customer_number="K2", email=None), "loyalty_card", "L1234")
        run = import_customers(tmp_path, {"number": "K1", "card": "L1234"})
        assert reported(run) == [(1, "loyalty_card", "belongs to another customer")]

    def test_a_known_person_under_another_number(self, tmp_path):
        builders.customer(customer_number="K1", email="a@example.com")
        run = import_customers(tmp_path, {"number": "K9", "email": "a@example.com"})
        assert reported(run) == [(1, "email", "belongs to another customer")]

    def test_who_is_linked_to_a_contradiction_is_refused_with_it_and_nobody_else(self, tmp_path):
        run = import_customers(
            tmp_path,
            {"number": "K1", "email": "a@example.com"},
            {"number": "K2", "email": "a@example.com", "card": "L1234"},
            {"card": "L1234", "last_name": "Groß"},
            {"number": "K4", "email": "d@example.com"},
            skip_bad=True,
        )
        assert [row for row, _, _ in reported(run)] == [1, 2, 3]
        assert [found.customer_number for found in Customer.objects.all()] == ["K4"]

    def test_a_number_that_looks_like_ours_but_is_not(self, tmp_path):
        run = import_customers(tmp_path, {"number": "auto-99999999", "last_name": "Groß"})
        assert reported(run) == [(1, "customer_number", "begins like the numbers made here, but nobody has it")]


HOME = {"first_name": "Hans", "last_name": "Muster", "street": "Weg 1", "postcode": "10115", "city": "Berlin"}
WITH_BIRTHDAY = CUSTOMERS | {"fields": CUSTOMERS["fields"] | {"born_on": "phone"}, "identifiers": [
    {"kind": "email", "value": "email"}, {"kind": "loyalty_card", "value": "card"}]}  # fmt: skip
FITS_SEVERAL = "fits several people of this name at this address; a number or birthday would tell which"


def born(folder, *records):
    """An import whose column of phones has birthdays."""
    return import_file(csv_file(folder, records), WITH_BIRTHDAY)


class TestFatherAndSon:
    """Two of one name at one address."""

    @pytest.mark.parametrize(
        ("father", "son"),
        [
            ({"number": "K1"}, {"number": "K2"}),
            ({"phone": "1950-01-02"}, {"phone": "1980-03-04"}),
        ],
        ids=["numbers", "birthdays"],
    )
    @pytest.mark.parametrize("at_once", [True, False])
    def test_are_two_customers_of_one_household_however_often_they_are_imported(self, tmp_path, father, son, at_once):
        files = [[HOME | father, HOME | son]] if at_once else [[HOME | father], [HOME | son]]
        for records in (*files, [HOME | son, HOME | father], [HOME | son]):
            run = born(tmp_path, *records)
        assert (run.state, run.rows_created, run.rows_updated) == ("done", 0, 1)
        assert Household.objects.get().customers.count() == 2
        assert Identifier.objects.filter(kind="postal_address").values("customer").distinct().count() == 2

    @pytest.mark.parametrize("at_once", [True, False])
    def test_one_with_two_e_mails_and_cards_stays_one_whom_an_objection_reaches(self, tmp_path, at_once):
        once = HOME | {"email": "at-home@example.com", "card": "L-1111"}
        again = HOME | {"email": "at-work@example.com", "card": "L-2222"}
        for records in [[once, again]] if at_once else [[once], [again]]:
            born(tmp_path, *records)
        assert Customer.objects.get().identifiers.count() == 5

    def test_it_is_said_how_many_there_are(self, tmp_path):
        run = born(tmp_path, HOME | {"number": "K1"}, HOME | {"number": "K2"})
        assert run.message == "2 new customers, 0 known, 1 told apart from others of their name at their address"

    def test_a_row_that_may_be_either_is_refused_and_harms_neither(self, tmp_path):
        born(tmp_path, HOME | {"number": "K1"}, HOME | {"number": "K2"})
        run = import_customers(tmp_path, HOME, HOME | {"number": "K1", "card": "L-1111"}, skip_bad=True)
        assert reported(run) == [(1, "postal_address", FITS_SEVERAL)]
        assert Customer.objects.get(customer_number="K1").identifiers.filter(kind="loyalty_card").exists()

    def test_a_row_with_the_birthday_of_one_updates_that_one(self, tmp_path):
        born(tmp_path, HOME | {"number": "K1", "phone": "1950-01-02"}, HOME | {"number": "K2", "phone": "1980-03-04"})
        born(tmp_path, HOME | {"phone": "1980-03-04", "email": "son@example.com"})
        assert Identifier.objects.get(kind="email").customer.customer_number == "K2"

    def test_the_son_who_moves_in_is_told_from_the_father(self, tmp_path):
        born(tmp_path, HOME | {"number": "K1"}, HOME | {"number": "K2", "street": "Weg 2"})
        run = born(tmp_path, HOME | {"number": "K2"})
        assert (run.state, run.rows_updated) == ("done", 1)
        assert Customer.objects.filter(household__street="Weg 1").count() == 2

    def test_an_opt_out_list_that_names_one_of_them_means_both(self, tmp_path):
        listing = {"source": "Robinson", "fields": {"first_name": "first_name", "last_name": "last_name"},
                   "address": CUSTOMERS["address"]}  # fmt: skip
        born(tmp_path, HOME | {"number": "K1"}, HOME | {"number": "K2"})
        for _ in range(2):
            import_file(csv_file(tmp_path, [HOME]), listing, kind="opt_outs")
            barred = Suppression.objects.filter(reason="opt_out_list").values_list("digest", flat=True)
            assert {bytes(one) for one in barred} == {
                bytes(one.digest) for one in Identifier.objects.filter(kind="postal_address")
            }
            Customer.objects.all().delete()  # the list is there first
            Suppression.objects.all().delete()
            born(tmp_path, HOME | {"number": "K1"}, HOME | {"number": "K2"})

    def test_where_one_was_erased_only_who_is_known_by_something_else_is_imported(self, tmp_path):
        born(tmp_path, HOME | {"number": "K1"}, HOME | {"number": "K2"})
        for number, left in (("K1", "K2"), ("K2", "K1")):
            erased = Customer.objects.get(customer_number=number)
            for one in erased.identifiers.all():
                consent.suppress(kind=one.kind, value=one.value, reason="erasure", source="test")
            erased.delete()
            run = born(tmp_path, HOME | {"number": "K1"}, HOME | {"number": "K2"})
            assert run.message == "0 new customers, 1 known, 1 rows left out because the person was erased"
            assert Customer.objects.get().customer_number == left
            Suppression.objects.all().delete()
            born(tmp_path, HOME | {"number": "K1"}, HOME | {"number": "K2"})


def people(rows: list[tuple[int, int]]) -> int:
    """Plainly: how many groups the rows fall into when an e-mail or a card joins them."""
    groups: list[set] = []
    for email, card in rows:
        keys = {("email", email), ("card", card)}
        joined = [group for group in groups if group & keys]
        groups = [group for group in groups if not group & keys] + [keys.union(*joined)]
    return len(groups)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12), st.integers(0, 12))
def test_any_file_has_as_many_people_as_plain_grouping_finds_however_it_is_split(tmp_path, rows, split):
    Customer.objects.all().delete()
    records = [{"email": f"a{email}@example.com", "card": f"CARD{card}"} for email, card in rows]
    import_customers(tmp_path, *records)
    assert Customer.objects.count() == people(rows)
    assert Identifier.objects.count() == len({email for email, _ in rows}) + len({card for _, card in rows})
    before = Customer.objects.count()
    import_customers(tmp_path, *records[split:], *records[:split])
    assert Customer.objects.count() == before
