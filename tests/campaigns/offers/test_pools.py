"""Pools are filled by drawing or by a shop's file, and read out again; nothing is half done."""

from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from campaigns import offers
from campaigns.models import Coupon, Offer
from campaigns.offers import CodesRefusedError, OfferError, generating
from tests import builders


@pytest.fixture
def offer(db) -> Offer:
    return builders.offer("herbst")


def written(tmp_path: Path, text: str, name: str = "codes.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


class TestGenerating:
    def test_adds_as_many_as_asked_in_groups(self, offer):
        assert offers.generate(offer, 1_000) == 1_000
        assert offers.counts(offer)["free"] == 1_000
        code, key = offer.coupons.values_list("code", "key").first()
        assert (code.replace("-", ""), len(code)) == (key, 14)

    @pytest.mark.parametrize("count", [0, -1, generating.MOST + 1])
    def test_refuses_a_number_that_makes_no_sense(self, offer, count):
        with pytest.raises(OfferError, match="codes at once"):
            offers.generate(offer, count)

    def test_a_shared_offer_has_no_pool(self, db):
        with pytest.raises(OfferError, match="one code for everybody"):
            offers.generate(builders.offer("alle", kind="shared", code="ALLE10"), 1)

    def test_what_exists_already_is_drawn_anew(self, offer, monkeypatch):
        first, second = generating.drawn(20), generating.drawn(20)
        turns = iter([first, first, second])
        monkeypatch.setattr(generating, "drawn", lambda count: next(turns))
        assert (offers.generate(offer, 20), offers.generate(offer, 20)) == (20, 20)
        assert offers.counts(offer)["free"] == 40


class TestImporting:
    def test_takes_a_shops_codes_as_they_are_written(self, offer, tmp_path):
        path = written(tmp_path, "\ufeffcode;note\nabc-1234;x\n XYZ 9999 ;y\n")
        assert offers.import_codes(offer, path) == 2
        assert list(offer.coupons.order_by("id").values_list("code", "key")) == [
            ("abc-1234", "ABC1234"),
            ("XYZ 9999", "XYZ9999"),
        ]

    def test_names_every_bad_row_and_imports_nothing(self, offer, tmp_path):
        offers.import_codes(offer, written(tmp_path, "code\nHERE-1\n"))
        builders.offer("alle", kind="shared", code="ALLE-10")
        path = written(tmp_path, "code\nGOOD-1\n\n=cmd()\nA-B\ngood1\nHERE1\nalle10\n" + "X" * 41 + "\n")
        with pytest.raises(CodesRefusedError) as refused:
            offers.import_codes(offer, path)
        assert [(one.row, one.field, one.reason) for one in refused.value.problems] == [
            (2, "code", "must be letters and digits, with blanks . _ / - between them"),
            (3, "code", "has fewer than 4 letters and digits"),
            (4, "code", "is the same code as in row 1"),
            (5, "code", "exists already, in this pool"),
            (6, "code", "is a shared code already"),
            (7, "code", "is longer than 40 characters"),
        ]
        assert offers.counts(offer)["free"] == 1

    def test_another_pools_code_is_named(self, offer, tmp_path):
        offers.import_codes(builders.offer("other"), written(tmp_path, "code\nTHEIRS\n"))
        with pytest.raises(CodesRefusedError, match="row 1: code exists already, in another pool"):
            offers.import_codes(offer, written(tmp_path, "code\ntheirs\n"))

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "has no header"),
            ("number\n1\n", "the header lacks code"),
            ("code,code\nABCD,ABCD\n", "more than one code"),
            ("code\n", "has no codes"),
            ("code\n\n\n", "has no codes"),
            ('code\n"ABCD\n', "is not proper CSV"),
            ("code\nABCD,EFGH\n", "has 2 fields"),
        ],
    )
    def test_a_file_that_is_none_is_refused(self, offer, tmp_path, text, reason):
        with pytest.raises(OfferError, match=reason):
            offers.import_codes(offer, written(tmp_path, text))
        assert not offer.coupons.exists()

    def test_no_message_repeats_a_code(self, offer, tmp_path):
        with pytest.raises(CodesRefusedError) as refused:
            offers.import_codes(offer, written(tmp_path, "code\nSECRET-1\nsecret1\nSECRET-%\n"))
        assert "SECRET" not in str(refused.value).upper()


class TestReadingOut:
    def test_is_a_file_that_a_spreadsheet_opens_safely(self, db, tmp_path):
        offer = builders.offer("herbst", valid_until_on="2027-12-31")
        offer.refresh_from_db()
        offers.import_codes(offer, written(tmp_path, "code\nABCD-1\n"))
        Coupon.objects.update(code="=1+1")
        assert "".join(offers.lines(offer)) == (
            "code,state,offer,valid_from,valid_until\r\n'=1+1,free,herbst,,2027-12-31\r\n"
        )

    def test_of_many_codes_has_a_row_each(self, offer, monkeypatch):
        monkeypatch.setattr("campaigns.offers.exporting.AT_ONCE", 7)
        offers.generate(offer, 20)
        assert len("".join(offers.lines(offer)).splitlines()) == 21


class TestWithdrawing:
    def test_an_offer_takes_its_open_codes_along(self, offer):
        offers.generate(offer, 5)
        assert offers.withdraw(offer) == 5
        assert offers.counts(offer)["withdrawn"] == 5
        with pytest.raises(OfferError, match="withdrawn already"):
            offers.withdraw(offer)

    def test_one_code(self, offer):
        offers.generate(offer, 2)
        key = offer.coupons.values_list("key", flat=True).first()
        offers.withdraw_code(offer, key)
        assert offers.counts(offer)["free"] == 1
        with pytest.raises(OfferError, match="a code that is withdrawn"):
            offers.withdraw_code(offer, key)
        with pytest.raises(OfferError, match="no such code"):
            offers.withdraw_code(offer, "NOSUCH")


class TestTheDatabase:
    """What no mistake of ours gets past."""

    @pytest.fixture
    def coupon(self, offer) -> Coupon:
        offers.generate(offer, 1)
        coupon = offer.coupons.get()
        dispatch = builders.dispatch(builders.wave())
        move(coupon, state="reserved", wave_id=dispatch.wave_id, customer_id=dispatch.customer_id)
        move(coupon, state="given", dispatch_id=dispatch.pk)
        return coupon

    @pytest.mark.parametrize(
        "change",
        [
            {"dispatch_id": 4711},
            {"dispatch_id": None, "state": "free", "wave_id": None, "customer_id": None},
            {"state": "reserved", "dispatch_id": None},
            {"state": "free"},
            {"key": "OTHER"},
        ],
    )
    def test_a_code_that_was_given_stays_with_its_message(self, coupon, change):
        with pytest.raises(IntegrityError, match="stays with its message"), transaction.atomic():
            move(coupon, **change)

    def test_a_code_is_there_once(self, coupon, offer):
        with pytest.raises(IntegrityError), transaction.atomic():
            Coupon.objects.create(offer=builders.offer("other"), code="other", key=coupon.key)

    def test_nobody_gets_two_of_a_pool_in_a_wave(self, coupon, offer):
        offers.generate(offer, 1)
        with pytest.raises(IntegrityError, match="one_code_of_an_offer_per_wave"), transaction.atomic():
            move(
                offer.coupons.get(state="free"),
                state="reserved",
                wave_id=coupon_column(coupon, "wave_id"),
                customer_id=coupon_column(coupon, "customer_id"),
            )

    def test_a_code_cannot_be_given_without_a_message(self, offer):
        offers.generate(offer, 1)
        coupon = offer.coupons.get()
        move(coupon, state="reserved", wave_id=1, customer_id=1)
        with pytest.raises(IntegrityError, match="code_given_with_a_message"), transaction.atomic():
            move(coupon, state="given")


def move(coupon: Coupon, **change) -> None:
    Coupon.objects.filter(pk=coupon.pk).update(**change)


def coupon_column(coupon: Coupon, name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM campaigns_coupon WHERE id = %s", [coupon.pk])  # noqa: S608
        return cursor.fetchone()[0]
