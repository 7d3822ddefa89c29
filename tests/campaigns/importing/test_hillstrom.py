"""The shipped mappings on files of their form; that of Hillstrom has people made up, and marked so."""

import csv
from pathlib import Path

import pytest

from campaigns import importing
from campaigns.importing import mappings
from campaigns.models import Customer, DeliveryArea, Event, Household, ImportRun
from tests.campaigns.importing.files import reported

pytestmark = pytest.mark.django_db

HEADER = "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend"
ROWS = (
    "10,2) $100 - $200,142.44,1,0,Surburban,0,Phone,Womens E-Mail,0,0,0",
    "6,3) $200 - $350,329.08,1,1,Rural,1,Web,No E-Mail,0,0,0",
    "7,2) $100 - $200,180.65,0,1,Urban,1,Multichannel,Mens E-Mail,1,1,29.99",
)


def import_by(name: str, path: Path) -> ImportRun:
    return importing.run(importing.start(path, importing.get_mapping(name)), path=path)


@pytest.fixture
def hillstrom(tmp_path) -> Path:
    path = tmp_path / "hillstrom.csv"
    path.write_text("\r\n".join((HEADER, *ROWS)) + "\r\n")
    return path


class TestHillstrom:
    @pytest.fixture(autouse=True)
    def _customers(self, hillstrom):
        assert import_by("hillstrom", hillstrom).message == "3 new customers, 0 known"

    def test_what_the_file_tells_is_kept(self):
        first = Customer.objects.get(customer_number="hillstrom-000001")
        assert (first.region, first.source) == ("Suburban", "hillstrom")
        assert first.attributes == {
            "mens": True,
            "womens": False,
            "newbie": False,
            "channel": "Phone",
            "history_segment": "2) $100 - $200",
            "recency_months": 10,
        }

    def test_contact_data_is_made_up_marked_so_and_can_belong_to_nobody(self):
        for customer in Customer.objects.all():
            assert customer.contact_is_made_up
            assert customer.last_name
            assert customer.household.postcode.startswith("00")  # no postcode of Germany does
            assert customer.identifiers.get(kind="email").value.endswith(".example")
            assert {given.proof["is_made_up"] for given in customer.consents.all()} == {True}

    def test_every_household_is_in_an_area_of_its_region(self):
        assert Household.objects.filter(delivery_area=None).count() == 0
        for customer in Customer.objects.all():
            assert customer.household.delivery_area.region == customer.region
        assert DeliveryArea.objects.count() == 30

    def test_the_year_before_becomes_purchases_of_the_same_sum(self, hillstrom):
        assert import_by("hillstrom_history", hillstrom).message == "4 new events, 0 known"
        told = Event.objects.filter(customer__customer_number="hillstrom-000003").order_by("medium")
        assert [(event.medium, event.is_online, event.value_cents) for event in told] == [
            ("store", False, 9033),
            ("web", True, 9032),
        ]
        assert {event.occurred_at.isoformat() for event in told} == {"2007-08-20T10:00:00+00:00"}
        assert sum(Event.objects.values_list("value_cents", flat=True)) == 14244 + 32908 + 18065

    def test_importing_again_adds_nothing(self, hillstrom):
        assert import_by("hillstrom", hillstrom).message == "0 new customers, 3 known"
        import_by("hillstrom_history", hillstrom)
        assert import_by("hillstrom_history", hillstrom).message == "0 new events, 4 known"

    def test_a_word_that_the_file_never_had_is_refused(self, hillstrom):
        hillstrom.write_text(hillstrom.read_text().replace("Rural", "Moon"))
        refused = import_by("hillstrom", hillstrom)
        reason = "is none of the values that the mapping knows"
        assert reported(refused) == [(2, field, reason) for field in ("city", "postcode", "region")]


def test_the_plain_mappings_read_a_file_with_their_columns(tmp_path):
    customer = {
        "customer_number": "K1", "email": "anna@example.com", "salutation": "Frau", "title": "Dr.", "first_name": "Anna",
        "last_name": "Groß", "born_on": "1980-01-02", "street": "Weg 1", "postcode": "10115", "city": "Berlin",
        "email_consent_at": "2024-01-01",
    }  # fmt: skip
    event = {"customer_number": "K1", "kind": "purchased", "medium": "store", "is_online": "no", "value": "19.99",
             "occurred_at": "2024-05-01T12:00"}  # fmt: skip
    for name, record in (("customers", customer), ("events", event)):
        columns = sorted(mappings.columns(mappings.shipped()[name]["definition"]))
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerow(record)
        assert import_by(name, tmp_path / f"{name}.csv").state == "done"
    anna = Customer.objects.get()
    assert (anna.title, anna.salutation, anna.consents.get().channel) == ("Dr.", "frau", "email")
    assert anna.events.get().value_cents == 1999
