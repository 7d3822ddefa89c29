"""Staff make offers, fill and read out their pools, and withdraw them; each only who may, and what was done is noted."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns import offers
from campaigns.models import Coupon, Offer, WaveOffer
from tests import builders

pytestmark = pytest.mark.django_db
DAY = date(2027, 5, 4)


def logged_in(role: str) -> Client:
    client, user = Client(), User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


@pytest.fixture
def manager() -> Client:
    return logged_in("Campaign manager")


@pytest.fixture
def offer() -> Offer:
    return builders.offer("herbst", valid_until_on=DAY)


def url(offer: Offer, name: str) -> str:
    return f"/admin/campaigns/offer/{offer.pk}/{name}/"


def form(**fields: Any) -> dict[str, Any]:
    return {
        "slug": "herbst", "name": "Herbst", "kind": "unique", "code": "", "most_uses": "", "valid_from_on": "",
        "valid_until_on": "", "where": "everywhere", "stores": "", "minimum_basket_cents": "50.00", "cost_cents": "2.50",
        "cost_share": "20", "expected_rate": "4.5", "expected_basket_cents": "80.00", "terms_de": "Nur einmal.", "terms_en": "",
    } | fields  # fmt: skip


def messages(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_an_offer_is_made_in_euros_and_percent(manager):
    manager.post("/admin/campaigns/offer/add/", form(stores="S1, S2"))
    made = Offer.objects.get()
    assert (made.cost_cents, float(made.cost_share), float(made.expected_rate)) == (250, 0.2, 0.045)
    assert (made.minimum_basket_cents, made.stores, made.terms) == (5000, ["S1", "S2"], {"de": "Nur einmal."})
    assert made.created_by.username == "Campaign manager"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "shared"}, "say the code that everybody gets"),
        ({"code": "HERBST"}, "leave the shared code"),
        ({"kind": "shared", "code": "herbst!"}, "capitals, digits"),
        ({"valid_from_on": "2027-02-01", "valid_until_on": "2027-01-01"}, "ends before it begins"),
        ({"slug": "Mit Leerzeichen"}, "small letters"),
        ({"cost_share": "101"}, "less than or equal to 100"),
    ],
)
def test_what_is_wrong_is_said(manager, wrong, said):
    response = manager.post("/admin/campaigns/offer/add/", form(**wrong))
    assert said in response.content.decode()
    assert not Offer.objects.exists()


def test_a_pool_is_filled_and_the_history_says_by_whom(manager, offer):
    response = manager.post(url(offer, "generate"), {"count": "1,000"}, follow=True)
    assert "1,000 codes made" in messages(response)
    assert "1,000 codes left" in response.content.decode()
    assert LogEntry.objects.get().change_message == "1,000 codes made"


@pytest.mark.parametrize("count", ["", "many", "-5", "0", "9999999999"])
def test_a_number_that_is_none_makes_nothing(manager, offer, count):
    manager.post(url(offer, "generate"), {"count": count})
    assert not Coupon.objects.exists()


def test_a_shops_file_is_imported_or_refused_row_by_row(manager, offer):
    good = SimpleUploadedFile("codes.csv", b"code\nABCD-1\nABCD-2\n")
    assert "2 codes imported" in messages(manager.post(url(offer, "import"), {"file": good}, follow=True))
    bad = SimpleUploadedFile("codes.csv", b"code\nNEW-1\nABCD-1\n")
    response = manager.post(url(offer, "import"), {"file": bad}, follow=True)
    assert "row 2: code exists already, in this pool" in messages(response)
    assert Coupon.objects.count() == 2


def test_codes_are_read_out_as_a_file_and_that_is_noted(manager, offer):
    offers.generate(offer, 3)
    response = manager.post(url(offer, "export"))
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert len(lines) == 4
    assert "no-store" in response["Cache-Control"]
    assert LogEntry.objects.get().change_message == "codes read out as a file"


def test_an_offer_and_a_code_are_withdrawn(manager, offer):
    offers.generate(offer, 3)
    code = Coupon.objects.first().code.lower()
    manager.post(url(offer, "withdraw-code"), {"code": code})
    assert offers.counts(offer)["withdrawn"] == 1
    response = manager.post(url(offer, "withdraw"), follow=True)
    assert "Withdrawn" in response.content.decode()
    assert offers.counts(offer)["withdrawn"] == 3


@pytest.mark.parametrize("name", ["generate", "import", "export", "withdraw", "withdraw-code"])
def test_only_who_may_does_any_of_it(offer, name):
    offers.generate(offer, 1)
    editor = logged_in("Content editor")
    assert editor.get(f"/admin/campaigns/offer/{offer.pk}/change/").status_code == 200
    assert editor.post(url(offer, name), {"count": "1"}).status_code == 403
    assert Client().post(url(offer, name)).status_code == 302
    assert offers.counts(offer)["free"] == 1


def test_nothing_is_done_by_a_link(manager, offer):
    assert all(manager.get(url(offer, name)).status_code == 405 for name in ("generate", "export", "withdraw"))


def test_an_offer_is_never_deleted(manager, offer):
    assert manager.post(f"/admin/campaigns/offer/{offer.pk}/delete/", {"post": "yes"}).status_code == 403


class TestOnceCustomersHaveIt:
    @pytest.fixture(autouse=True)
    def _given(self, offer):
        wave = builders.wave()
        WaveOffer.objects.create(wave=wave, option=wave.campaign.options.get(), offer=offer)

    def change(self, manager: Client, offer: Offer, **fields: Any) -> str:
        kept = {"valid_until_on": DAY.isoformat(), "terms_de": "", "minimum_basket_cents": "0.00", "name": "Herbst"}
        return manager.post(
            f"/admin/campaigns/offer/{offer.pk}/change/", form(**(kept | fields)), follow=True
        ).content.decode()

    @pytest.mark.parametrize(
        "fields",
        [
            {"valid_until_on": (DAY - timedelta(days=1)).isoformat()},
            {"terms_de": "Doch anders."},
            {"slug": "winter"},
            {"minimum_basket_cents": "10.00"},
            {"where": "online"},
        ],
    )
    def test_what_they_read_stays_true(self, manager, offer, fields):
        assert "Cannot be changed" in self.change(manager, offer, **fields)
        offer.refresh_from_db()
        assert (offer.slug, offer.valid_until_on, offer.terms) == ("herbst", DAY, {})

    def test_it_may_last_longer_and_cost_what_it_turns_out_to(self, manager, offer):
        self.change(manager, offer, valid_until_on="2027-12-31", cost_cents="9.99")
        offer.refresh_from_db()
        assert (offer.valid_until_on, offer.cost_cents) == (date(2027, 12, 31), 999)
