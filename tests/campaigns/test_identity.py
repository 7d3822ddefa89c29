"""Identifiers have one normal form; what is none is refused by field and reason."""

import unicodedata

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import identity
from campaigns.identity import IdentityError


def refusal(kind: str, value: str) -> str:
    with pytest.raises(IdentityError) as caught:
        identity.normalise(kind, value)
    assert caught.value.field == kind
    assert not value or value not in caught.value.reason
    return caught.value.reason


class TestEmail:
    def test_case_and_blanks_make_no_difference(self):
        assert identity.normalise("email", "  Anna.Muster@Example.COM ") == "anna.muster@example.com"

    def test_a_domain_has_one_form_whether_written_in_ascii_or_not(self):
        assert identity.normalise("email", "a@xn--mller-kva.de") == identity.normalise("email", "a@Müller.de")

    def test_made_up_addresses_under_example_are_accepted(self):
        assert identity.normalise("email", "customer-1@hillstrom.example") == "customer-1@hillstrom.example"

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "anna",
            "@example.com",
            "a@b@example.com",
            "a b@example.com",
            "a@localhost",
            "a@x.invalid",
            "ü@example.com",
        ],
    )
    def test_others_are_refused(self, value):
        assert refusal("email", value) == "is not an e-mail address"

    @given(st.emails())
    def test_the_fast_way_agrees_with_the_library(self, value):
        try:
            checked = email_validator.validate_email(value.lower(), check_deliverability=False, allow_smtputf8=False)
        except email_validator.EmailNotValidError:
            with pytest.raises(IdentityError):
                identity.normalise("email", value)
        else:
            assert identity.normalise("email", value) == checked.normalized.lower()


class TestPhone:
    @pytest.mark.parametrize("value", ["030 23125 100", "+49 (30) 23125-100", "0049 30 23125100"])
    def test_every_way_of_writing_is_one_number(self, value):
        assert identity.normalise("phone", value) == "+493023125100"

    def test_the_country_reads_numbers_without_one(self):
        assert identity.normalise("phone", "01 53454000", country="AT").startswith("+43")

    def test_an_extension_is_refused_because_it_would_merge_colleagues(self):
        assert "extension" in refusal("phone", "030 23125100 ext. 5")

    @pytest.mark.parametrize("value", ["", "abc", "123", "+49 1"])
    def test_others_are_refused(self, value):
        assert "phone number" in refusal("phone", value)


class TestOtherKinds:
    def test_a_loyalty_card_has_no_blanks_or_dashes(self):
        assert identity.normalise("loyalty_card", "ab 12-34") == "AB1234"

    def test_a_cookie_keeps_its_case(self):
        assert identity.normalise("cookie", "aB3_x") == "aB3_x"

    def test_a_social_handle_names_its_network(self):
        assert identity.normalise("social_handle", "Instagram:@Anna.M") == "instagram:anna.m"
        assert "must match" in refusal("social_handle", "@anna")

    def test_a_product_keeps_its_dashes(self):
        assert identity.normalise("product", "sn-00 12") == "SN-0012"

    def test_an_unknown_kind_is_refused(self):
        with pytest.raises(IdentityError, match="must be one of"):
            identity.normalise("telex", "1")


@pytest.mark.parametrize("kind", identity.NORMALISERS)
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a\x00b@example.com", "NUL"),
        ("anna@example.com\r\nBcc: all@example.com", "line break"),
        ("anna\u202e@example.com", "reading direction"),
        ("anna\ud800@example.com", "not valid text"),
        ("anna\x1b@example.com", "control character"),
        ("a" * 10_000_000, "longer than 320"),
    ],
    ids=["nul", "line break", "override", "surrogate", "escape", "10 MB"],
)
def test_text_that_could_do_harm_is_refused_for_every_kind(kind, value, reason):
    assert reason in refusal(kind, value)


@pytest.mark.parametrize("kind", identity.NORMALISERS)
@given(value=st.text(max_size=60) | st.emails() | st.from_regex(r"[a-z]{2,9}:@?[A-Z]{1,9}|[+0-9 ()-]{5,14}"))
def test_a_normal_form_is_its_own_normal_form(kind, value):
    try:
        normal = identity.normalise(kind, value)
    except IdentityError:
        return  # refused, so there is no normal form
    assert identity.normalise(kind, normal) == normal


class TestDigest:
    def test_it_depends_on_kind_value_and_key(self, settings):
        one = identity.digest("email", "a@example.com")
        assert len(one) == 32
        assert one == identity.digest("email", "a@example.com")
        assert one != identity.digest("cookie", "a@example.com")
        settings.SUPPRESSION_KEY = "another"
        assert one != identity.digest("email", "a@example.com")


class TestAddress:
    @pytest.mark.parametrize(
        "street",
        ["Müllerstraße 12a", "Müllerstr. 12 a", "MUELLERSTRASSE 12A", " Muellerstr  12a ", "Mu\u0308llerstraße 12a"],
    )
    def test_every_usual_way_of_writing_is_one_household(self, street):
        key = identity.address_key(street=street, postcode="10115", city="Berlin")
        assert key == "de|10115|berlin|muellerstr 12a"

    @pytest.mark.parametrize(
        ("one", "others"),
        [
            ("Weg 12a-c", ["Weg 12 a-c", "Weg 12 A - C", "Weg 12 a \u2013 c", "Weg\u200b 12a-c"]),
            ("Weg 12-14", ["Weg 12 - 14", "Weg 12\u201314"]),
            ("Weg 1 1/2", ["Weg 1½"]),
            ("Q7, 24", ["Q 7, 24", "q7 24", "Q 7 24"]),
        ],
    )
    def test_so_are_ranges_halves_and_the_squares_of_mannheim(self, one, others):
        assert {identity.street_key(identity.plain_text.clean(other, longest=99)) for other in others} == {
            identity.street_key(one)
        }
        assert identity.street_key("Weg 12a") != identity.street_key("Weg 12a-c") != identity.street_key("Weg 12c")

    @pytest.mark.parametrize(
        ("written", "country", "kept"),
        [("D-10115", "DE", "10115"), ("A-1010", "AT", "1010"), ("ch-8001", "CH", "8001"), ("LV-1010", "LV", "LV-1010"),
         ("100-0001", "JP", "100-0001"), ("\ufeff10115", "DE", "10115")],
    )  # fmt: skip
    def test_what_stands_before_postcodes_by_an_old_custom_is_none_of_them(self, written, country, kept):
        assert identity.address(street="Weg 1", postcode=written, city="Ort", country=country).postcode == kept

    @pytest.mark.parametrize(("postcode", "country"), [("A-10115", "DE"), ("D-1011", "DE"), ("D-10115", "AT")])
    def test_of_another_country_it_is_refused(self, postcode, country):
        with pytest.raises(IdentityError, match="is not a postcode of this country"):
            identity.address(street="Weg 1", postcode=postcode, city="Ort", country=country)

    @pytest.mark.parametrize(
        ("country", "one", "other"),
        [("GB", "SW1A 1AA", "sw1a1aa"), ("NL", "1012 AB", "1012AB"), ("SE", "111 22", "11122")],
    )
    def test_blanks_in_a_postcode_make_no_other_household(self, country, one, other):
        keys = {
            identity.address_key(street="Weg 1", postcode=postcode, city="X", country=country)
            for postcode in (one, other)
        }
        assert len(keys) == 1

    @pytest.mark.parametrize(
        ("written", "typed"),
        [("Y\u0131ld\u0131z", "Yildiz"), ("Łąkowa", "Lakowa"), ("Ørsted", "Oersted"), ("Đorđe", "Dorde")],
    )
    def test_letters_that_no_german_keyboard_has_are_the_ones_that_are_typed(self, written, typed):
        assert identity.name_key(written, "") == identity.name_key(typed, "")

    def test_a_country_without_postcodes_needs_none_and_one_that_is_a_town_names_none(self):
        assert identity.address_key(street="Weg 1", postcode="", city="Dubai", country="AE") == "ae||dubai|weg 1"
        assert identity.address_key(street="Weg 1", postcode="238880", city="", country="SG") == "sg|238880||weg 1"

    def test_different_houses_are_different(self):
        houses = {
            identity.address_key(street=f"Weg {n}", postcode="10115", city="Berlin") for n in ("1", "11", "1-1", "1/1")
        }
        assert len(houses) == 4

    @pytest.mark.parametrize(
        ("part", "value", "field"),
        [
            ("postcode", "1011", "postcode"),
            ("postcode", "", "postcode"),
            ("city", "", "city"),
            ("street", "", "street"),
            ("street", "---", "street"),
            ("street", "Weg\x001", "street"),
            ("country", "ZZ", "country"),
            ("country", "../DE", "country"),
        ],
    )
    def test_the_bad_part_is_named(self, part, value, field):
        parts = {"street": "Weg 1", "postcode": "10115", "city": "Berlin", "country": "DE"} | {part: value}
        with pytest.raises(IdentityError) as caught:
            identity.address_key(**parts)
        assert caught.value.field == field

    @given(street=st.text(max_size=40), city=st.text(max_size=40), name=st.text(max_size=30))
    def test_keys_are_their_own_keys(self, street, city, name):
        try:
            key = identity.address_key(street=street, postcode="10115", city=city)
        except IdentityError:
            return  # refused, so there is no normal form
        value = identity.postal_identifier(identity.name_key(name, ""), key)
        assert identity.normalise("postal_address", value) == value

    def test_a_name_is_the_same_with_and_without_accents(self):
        assert identity.name_key("Jörg", "Müller-Lüdenscheid") == identity.name_key("JOERG", "Mueller Luedenscheid")
        decomposed = unicodedata.normalize("NFD", "Zoë")
        assert identity.name_key(decomposed, "Ray") == identity.name_key("Zoë", "Ray")
