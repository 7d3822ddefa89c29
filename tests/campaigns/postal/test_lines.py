"""Address lines as envelopes have them, at home and abroad; nothing of an address is ever left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import identity
from campaigns.postal.lines import MOST_LINES, Place, Recipient, country_name, lines

HOME = Place("Weg 1", "10115", "Berlin", "DE")
ERIKA = Recipient("frau", "Dr.", "Erika", "Muster")


def written(to: Recipient = ERIKA, at: Place = HOME, *, sent_from: str = "DE") -> tuple[str, ...]:
    return lines(to, at, sent_from=sent_from)


@pytest.mark.parametrize(
    ("to", "first"),
    [
        (ERIKA, ("Frau Dr. Erika Muster",)),
        (Recipient("herr", "", "Max", "Muster"), ("Herrn Max Muster",)),
        (Recipient("familie", last_name="Muster"), ("Familie Muster",)),
        (Recipient(first_name="Kim", last_name="Muster"), ("Kim Muster",)),
        (Recipient("firma", last_name="Muster GmbH"), ("Muster GmbH",)),
        (Recipient("firma", first_name="Frau Weber", last_name="Muster GmbH"), ("Muster GmbH", "Frau Weber")),
        (Recipient("frau", "", "Erika", "Muster", company="Werk AG"), ("Werk AG", "Frau Erika Muster")),
        (Recipient(company="Werk AG"), ("Werk AG",)),
        (Recipient("frau", "", "Erika", "Muster", care_of="Weber"), ("Frau Erika Muster", "c/o Weber")),
        (Recipient("frau", "", "Erika", "Muster", care_of="bei Weber"), ("Frau Erika Muster", "bei Weber")),
    ],
)
def test_whom_it_is_for_stands_above_the_street(to, first):
    assert written(to) == (*first, "Weg 1", "10115 Berlin")


@pytest.mark.parametrize("street", ["c/o Weber, Weg 1", "Weg 1, c/o Weber", "C/O Weber; Weg 1"])
def test_care_of_within_the_street_gets_a_line_of_its_own(street):
    made = written(at=Place(street, "10115", "Berlin", "DE"))
    assert [line.casefold() for line in made[1:]] == ["c/o weber", "weg 1", "10115 berlin"]


def test_a_box_and_a_district():
    at = Place("Postfach 12 34", "10115", "Berlin", "DE", district="Mitte")
    assert written(at=at)[1:] == ("Mitte", "Postfach 12 34", "10115 Berlin")


@pytest.mark.parametrize(
    ("country", "postcode", "city", "below"),
    [
        ("AT", "1010", "Wien", ("1010 WIEN", "ÖSTERREICH")),
        ("CH", "8001", "Zürich", ("8001 Zürich", "SCHWEIZ")),
        ("US", "62704", "Springfield", ("SPRINGFIELD 62704", "VEREINIGTE STAATEN")),
        ("JP", "100-0001", "Tokyo", ("100-0001 Tokyo", "JAPAN")),
        ("BR", "01310-100", "São Paulo", ("SÃO PAULO", "01310-100", "BRASILIEN")),
        ("CN", "200000", "Shanghai", ("Shanghai", "200000", "CHINA")),
        ("HK", "", "Hong Kong", ("Hong Kong", "SONDERVERWALTUNGSREGION HONGKONG")),
        ("TR", "34000", "İstanbul", ("34000 İSTANBUL", "TÜRKEI")),
        ("XX", "1", "Nowhere", ("1 Nowhere", "XX")),
    ],
)
def test_abroad_in_that_countrys_order_and_with_its_name_in_ours(country, postcode, city, below):
    assert written(at=Place("Rue 1", postcode, city, country))[1:] == ("Rue 1", *below)


@pytest.mark.parametrize(("country", "postcode"), [("LU", "1234"), ("LI", "9490"), ("FI", "00100")])
def test_no_letters_stand_before_a_postcode_abroad(country, postcode):
    assert lines(Recipient(last_name="Muster"), Place("Rue 1", postcode, "Ort", country), sent_from="DE")[2] == (
        f"{postcode} ORT"
    )


def test_letters_that_are_part_of_a_postcode_stay():
    assert "RIGA, LV-1010" in lines(Recipient(), Place("Iela 1", "LV-1010", "Riga", "LV"), sent_from="DE")


def test_what_is_written_in_the_letters_of_china_stands_from_large_to_small():
    made = lines(Recipient(last_name="王"), Place("中山路1号", "200000", "上海市", "CN"), sent_from="DE")
    assert made == ("王", "200000", "上海市", "中山路1号", "CHINA")


@pytest.mark.parametrize(
    ("to", "first"),
    [
        (Recipient("herr", "Herr Dr.", "Max", "Muster"), "Herrn Dr. Max Muster"),
        (Recipient("frau", "", "Frau Erika", "Muster"), "Frau Erika Muster"),
        (Recipient("familie", last_name="Familie Muster"), "Familie Muster"),
        (Recipient("herr", last_name="Herr"), "Herrn Herr"),
    ],
)
def test_frau_and_herrn_stand_there_once(to, first):
    assert written(to)[0] == first


def test_nobodys_name_is_no_form_of_address():
    assert lines(Recipient(form="herr"), Place("Weg 1", "10115", "Berlin", "DE"), sent_from="DE") == (
        "Weg 1",
        "10115 Berlin",
    )


@pytest.mark.parametrize("care_of", ["c/oWeber", "C/O: Weber"])
def test_care_of_is_said_once_however_it_is_written(care_of):
    to = Recipient(last_name="Muster", care_of=care_of)
    assert lines(to, Place("Weg 1", "10115", "Berlin", "DE"), sent_from="DE")[1] == care_of


@pytest.mark.parametrize(("home", "name"), [("DE", "FRANKREICH"), ("GB", "FRANCE"), ("IT", "FRANCIA"), ("", "FR")])
def test_the_country_is_named_in_the_language_of_where_it_is_posted(home, name):
    assert country_name("FR", sent_from=home) == name


TEXT = st.text(st.characters(categories=("L", "N"), max_codepoint=0x24F), min_size=1, max_size=12)
MAYBE = TEXT | st.just("")


@given(
    st.builds(Recipient, st.sampled_from(["frau", "herr", "familie", "firma", ""]), MAYBE, MAYBE, TEXT, MAYBE, MAYBE),
    st.builds(Place, TEXT, TEXT, TEXT, st.sampled_from(["DE", "AT", "FR", "GB", "JP", "US", "BR", "XX"]), MAYBE),
)
def test_six_lines_at_most_none_empty_and_nothing_is_lost(to, at):
    made = lines(to, at, sent_from="DE")
    assert 0 < len(made) <= MOST_LINES
    assert all(made)
    said = "\n".join(made).casefold()
    for part in (
        to.title,
        to.first_name,
        to.last_name,
        to.company,
        to.care_of,
        at.street,
        at.postcode,
        at.city,
        at.district,
    ):
        is_replaced = to.form == "firma" and to.company and part in (to.title, to.first_name, to.last_name)
        assert part.casefold() in said or is_replaced


@given(TEXT, TEXT)
def test_a_names_key_is_its_own_key_and_keeps_every_letter_and_figure(first, last):
    key = identity.name_key(first, last)
    assert identity.name_key(key, "") == key
    assert sum(map(str.isalnum, key)) >= sum(map(str.isalnum, f"{first}{last}"))


@given(TEXT, st.integers(1, 999))
def test_a_street_key_is_its_own_key(street, number):
    key = identity.street_key(f"{street} {number}")
    assert identity.street_key(key) == key
