"""Offers before approval: enough codes, and time to use them."""

from datetime import date, timedelta

import pytest

from campaigns import offers
from campaigns.findings import ERROR, WARNING
from channels.checks.circumstances import OfferFacts
from tests import builders
from tests.channels.checks.asking import codes, found, good

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)
POST = {"today": TODAY, "arrives_in_days": {"print_mailing": 9}}
SOME = {"all": [{"field": "city", "is": "filled"}]}


def offering(**fields) -> list[dict]:
    return good({"id": "offer", "type": "offer", "title": "20 % auf alle Bänke"} | fields)


class TestCodes:
    @pytest.fixture
    def content(self):
        builders.offer("baenke")
        return offering(offer="baenke")

    def test_fewer_than_people_is_an_error_that_says_how_many_are_missing(self, content):
        facts = {"baenke": OfferFacts(is_shared=False, free=900)}
        [missing] = found(content, "email", people={"email": 1000}, offers=facts)
        assert (missing.code, missing.severity, missing.path) == ("codes_missing", ERROR, "offer.offer")
        assert missing.reason.startswith("100 codes are missing")

    def test_as_many_as_people_are_enough(self, content):
        facts = {"baenke": OfferFacts(is_shared=False, free=1000)}
        assert found(content, "email", people={"email": 1000}, offers=facts) == []

    def test_of_a_block_for_some_it_is_not_known_how_many_are_needed(self, content):
        facts = {"baenke": OfferFacts(is_shared=False, free=900)}
        for_some = [block | {"only_if": SOME} if block["id"] == "offer" else block for block in content]
        [missing] = found(for_some, "email", people={"email": 1000}, offers=facts)
        assert missing.severity == WARNING

    def test_an_empty_pool_is_a_warning_where_nobody_knows_for_how_many(self, content):
        assert [one.severity for one in found(content, "email", code="codes_missing")] == [WARNING]

    def test_they_are_counted_in_the_pool(self, content):
        offers.generate(offers.pools.Offer.objects.get(slug="baenke"), 3)
        assert found(content, "email", people={"email": 3}) == []
        assert [one.code for one in found(content, "email", people={"email": 4})] == ["codes_missing"]

    @pytest.mark.parametrize(("left", "severity"), [(0, ERROR), (999, WARNING), (1000, None), (None, None)])
    def test_a_shared_code_may_run_out(self, content, left, severity):
        facts = {"baenke": OfferFacts(is_shared=True, free=left)}
        said = [one.severity for one in found(content, "email", people={"email": 1000}, offers=facts)]
        assert said == ([severity] if severity else [])


class TestExpiry:
    @pytest.mark.parametrize(("last", "is_found"), [("2026-11-25", True), ("2026-11-26", False), ("2027-01-01", False)])
    def test_an_offer_that_is_over_is_an_error(self, last, is_found):
        assert ("offer_over" in codes(offering(valid_until=last), "email", today=TODAY)) is is_found

    @pytest.mark.parametrize(("days", "is_found"), [(8, True), (9, True), (11, True), (12, False)])
    def test_so_is_one_that_ends_before_or_soon_after_it_comes_by_post(self, days, is_found):
        last = (TODAY + timedelta(days=days)).isoformat()
        over = found(offering(valid_until=last), "print_mailing", code="offer_over", **POST)
        assert [(one.severity, one.path) for one in over] == [(ERROR, "offer.valid_until")] * is_found

    def test_it_is_the_letter_that_comes_too_late_and_not_the_mail(self):
        content = offering(valid_until=(TODAY + timedelta(days=3)).isoformat())
        over = found(content, "email", "print_mailing", code="offer_over", **POST)
        assert [one.channel for one in over] == ["print_mailing"]

    def test_the_day_of_the_named_offer_counts(self):
        builders.offer("baenke", kind="shared", code="BANK20", valid_until_on=TODAY - timedelta(days=1))
        assert "offer_over" in codes(offering(offer="baenke"), "email", today=TODAY)

    def test_an_offer_that_begins_later_is_a_warning(self):
        builders.offer("baenke", kind="shared", code="BANK20", valid_from_on=TODAY + timedelta(days=1))
        assert codes(offering(offer="baenke"), "email", today=TODAY) == {"offer_too_early"}
        assert codes(offering(offer="baenke"), "email", today=TODAY + timedelta(days=1)) == set()

    @pytest.mark.parametrize(("day", "is_found"), [("2026-12-04", True), ("2026-12-05", False)])
    def test_an_event_is_not_over_when_its_letter_comes(self, day, is_found):
        event = {"id": "event", "type": "place", "name": "Schau", "address": "Weg 1, 10115 Berlin", "date": day}
        assert ("event_over" in codes(good(event), "print_mailing", **POST)) is is_found


def test_a_withdrawn_offer_is_an_error():
    offer = builders.offer("baenke", kind="shared", code="BANK20")
    content = offering(offer="baenke")
    assert codes(content, "email") == set()
    offers.withdraw(offer)
    [gone] = found(content, "email")
    assert (gone.code, gone.severity) == ("offer_gone", ERROR)
