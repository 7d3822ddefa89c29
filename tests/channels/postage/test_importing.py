"""Price tables from CSV."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import postage
from channels.models import PostalProduct, PriceTable
from channels.postage import importing
from channels.postage.importing import PriceFileError
from tests.channels.postage import making

pytestmark = pytest.mark.django_db
HEADER = (
    "vendor,product,valid_from,part,from_pieces,country,zone,up_to_grams,depth,piece_cents,sheet_cents,setup_cents\n"
)
GOOD = HEADER + (
    "press,letter,2027-01-01,production,1,,,,,24,3,4900\n"
    "press,letter,2027-01-01,postage,1,DE,,20,,85,,\n"
    "press,letter,2027-01-01,postage,5000,DE,80,20,,38.5,,\n"
    "press,letter,2027-01-01,sorting,5000,,,,direct,1.5,,\n"
)


@pytest.fixture
def letter():
    return making.product(making.vendor(name="Press", slug="press"))


def refused(text):
    with pytest.raises(PriceFileError) as caught:
        importing.read(text.encode() if isinstance(text, str) else text)
    assert not PriceTable.objects.exists()
    return caught.value.problems


def test_a_file_becomes_a_table(letter):
    (table,) = importing.read(GOOD.encode())
    assert (table.production.count(), table.postage.count(), table.discounts.count()) == (1, 2, 1)
    assert float(postage.unit_cost(letter, 5000, postcode="80331", on=date(2027, 1, 1))) == 24 + 38.5


def test_semicolons_decimal_commas_and_a_byte_order_mark_are_read(letter):
    importing.read(b"\xef\xbb\xbf" + GOOD.replace(",", ";").replace("38.5", "38,5").encode())
    assert float(postage.unit_cost(letter, 5000, postcode="80331", on=date(2027, 1, 1))) == 24 + 38.5


def test_a_table_of_the_same_day_is_replaced_and_others_stay(letter):
    making.prices(letter)
    importing.read(GOOD.encode())
    importing.read(GOOD.replace(",24,", ",26,").encode())
    assert PriceTable.objects.count() == 2
    assert postage.unit_cost(letter, 1, on=date(2027, 1, 1)) == 26 + 85


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("other,letter,2027-01-01,production,1,,,,,24,,", "row 1, product: vendor 'other' has no postal product 'letter'"),
        ("press,letter,1.1.2027,production,1,,,,,24,,", "row 1, valid_from: must be a day as 2027-01-31, got '1.1.2027'"),
        ("press,letter,2027-01-01,paper,1,,,,,24,,", "row 1, part: must be one of production, postage, sorting, got 'paper'"),
        ("press,letter,2027-01-01,production,-1,,,,,24,,", "row 1, from_pieces: must be a whole number, got '-1'"),
        ("press,letter,2027-01-01,production,1,,,,,NaN,,", "row 1, piece_cents: must be a number with at most three decimals, got 'NaN'"),
        ("press,letter,2027-01-01,production,1,,,,,,,", "row 1, piece_cents: is missing"),
        ("press,letter,2027-01-01,production,1,DE,,,,24,,", "row 1, country: is not for production"),
        ("press,letter,2027-01-01,postage,1,DE,,,,24,,", "row 1, up_to_grams: is missing"),
        ("press,letter,2027-01-01,postage,1,de,,20,,24,,", "row 1, country: must be two capital letters, as DE"),
        ("press,letter,2027-01-01,postage,1,,80,20,,24,,", "row 1, zone: a zone needs its country"),
        ("press,letter,2027-01-01,sorting,1,,,,deep,24,,", "row 1, depth: Value 'deep' is not a valid choice."),
        ("press,letter,2027-01-01,production,1,,,,,24,,,9", "row 1, cells: there are more than the header names"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_with_field_and_reason_and_nothing_is_imported(letter, row, reason):
    assert refused(HEADER + row + "\n" + GOOD.removeprefix(HEADER)) == [reason]


def test_the_same_step_twice_is_named(letter):
    row = "press,letter,2027-01-01,production,1,,,,,24,,\n"
    assert refused(HEADER + row + row) == ["row 2, from_pieces: the same step stands in row 1"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER, "the file holds no prices"),
        ("", "the header lacks vendor"),
        ("vendor,colour\n", "the header lacks product"),
        (HEADER.replace("depth", "colour") + "", "unknown columns: colour"),
        (b"\xff\xfe", "not UTF-8: see byte 0"),
        (HEADER + "\0", "NUL"),
        (b"x" * (importing.LARGEST + 1), "larger than 10 MB"),
    ],
)
def test_a_file_that_is_no_price_table_is_refused(letter, text, reason):
    assert reason in refused(text)[0]


@settings(max_examples=60)
@given(cells=st.lists(st.lists(st.text(max_size=12), max_size=13), max_size=4))
def test_whatever_a_file_holds_it_is_read_or_refused(letter, cells):
    text = HEADER + "\n".join(",".join(row) for row in cells)
    try:
        importing.read(text.encode("utf-8", "surrogatepass"))
    except PriceFileError:
        assert not PriceTable.objects.exists()


def test_the_command_imports_and_says_what_is_wrong(letter, tmp_path, capsys):
    file = tmp_path / "prices.csv"
    file.write_text(GOOD)
    call_command("import_prices", str(file))
    assert "Press: Letter, from 2027-01-01" in capsys.readouterr().out
    file.write_text(GOOD.replace("85", "x"))
    with pytest.raises(CommandError, match=r"(?s)Nothing was imported.*row 2, piece_cents"):
        call_command("import_prices", str(file))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_prices", str(tmp_path / "none.csv"))


def test_the_examples_say_that_they_are_examples(letter):
    call_command("import_prices", examples="press")
    call_command("import_prices", examples="press")
    made = PostalProduct.objects.filter(vendor=letter.vendor, is_example=True)
    assert sorted(made.values_list("slug", flat=True)) == ["example-leaflet", "example-letter", "example-postcard"]
    assert all(table.is_example and "EXAMPLE" in table.note for table in PriceTable.objects.all())
    for product in made:
        assert len(postage.tiers(product)) >= 2
        product.full_clean()


def test_examples_for_a_vendor_that_is_not_there_are_refused():
    with pytest.raises(CommandError, match='no vendor "nobody"'):
        call_command("import_prices", examples="nobody")
