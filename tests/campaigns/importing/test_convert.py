"""Cells become values, or are refused by a reason that does not repeat them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.importing import convert
from campaigns.importing.convert import Notation
from campaigns.importing.errors import CellError

POINT = Notation()
COMMA = Notation(decimal=",")
UTC_FILE = Notation(time_zone="UTC")
AMOUNTS = st.integers(-(10**14), 10**14)
CELLS = st.one_of(
    st.text(max_size=80),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)


def written(cents: int, *, decimal: str, group: str) -> str:
    whole, fraction = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}".replace(",", group) + f"{decimal}{fraction:02d}"


class TestText:
    @pytest.mark.parametrize(
        ("cell", "expected"),
        [
            ("  Anna \xa0", "Anna"),
            (12, "12"),
            (10115.0, "10115"),
            (1.5, "1.5"),
            (True, "true"),
            (date(2024, 5, 1), "2024-05-01"),
            (datetime(2024, 5, 1), "2024-05-01"),
            (datetime(2024, 5, 1, 12), "2024-05-01T12:00:00"),
            (Decimal("1.10"), "1.10"),
        ],
    )
    def test_it_is_what_people_would_write(self, cell, expected):
        assert convert.text(cell) == expected

    @pytest.mark.parametrize(
        ("cell", "reason"),
        [
            ("a\x00b", "NUL"),
            ("Anna\r\nBcc: x@example.com", "line break"),
            ("\u202egnp.exe", "reading direction"),
            ("\udcff", "not valid text"),
            ("a\x07b", "control character"),
            ("x" * 501, "longer than 500"),
            (["a"], "not a list"),
            ({"a": 1}, "not a list"),
            (None, "not a list"),
        ],
    )
    def test_what_must_not_be_kept_is_refused(self, cell, reason):
        with pytest.raises(CellError, match=reason):
            convert.text(cell)


class TestMoney:
    @pytest.mark.parametrize(
        ("cell", "notation", "cents"),
        [
            ("1234.56", POINT, 123456),
            ("1,234.5", POINT, 123450),
            ("1.234,56", COMMA, 123456),
            ("-0,01", COMMA, -1),
            ("19,99 €", COMMA, 1999),
            ("EUR 5", POINT, 500),
            ("+3", POINT, 300),
            (29.99, POINT, 2999),
            (0.1 + 0.2, POINT, 30),  # as a sheet computes it
            (7, COMMA, 700),
            (Decimal("0.10"), POINT, 10),
        ],
    )
    def test_it_is_cents(self, cell, notation, cents):
        assert convert.cents(cell, notation=notation) == cents

    @pytest.mark.parametrize(
        ("cell", "notation", "reason"),
        [
            ("1,5", POINT, "not a number"),
            ("1.5", COMMA, "not a number"),
            ("12,34,567", POINT, "not a number"),
            ("1.005", POINT, "fractions of a cent"),
            ("1e5", POINT, "not a number"),
            ("٣", POINT, "not a number"),
            ("", POINT, "not a number"),
            ("9" * 20, POINT, "too much"),
            (float("nan"), POINT, "finite"),
            (float("inf"), POINT, "finite"),
            (True, POINT, "not a number"),
        ],
    )
    def test_anything_else_is_refused(self, cell, notation, reason):
        with pytest.raises(CellError, match=reason):
            convert.cents(cell, notation=notation)

    @given(AMOUNTS)
    def test_no_amount_is_changed_by_writing_and_reading_it(self, cents):
        assert convert.cents(written(cents, decimal=".", group=","), notation=POINT) == cents
        assert convert.cents(written(cents, decimal=",", group="."), notation=COMMA) == cents

    @given(AMOUNTS, st.integers(1, 50))
    def test_the_parts_of_an_amount_are_the_amount_and_hardly_differ(self, amount, of):
        parts = [convert.part(amount, number=number, of=of) for number in range(1, of + 1)]
        assert sum(parts) == amount
        assert max(parts) - min(parts) <= 1


class TestNumber:
    def test_whole_numbers_are_whole(self):
        assert convert.number("3.0", notation=POINT) == 3
        assert isinstance(convert.number("3.0", notation=POINT), int)
        assert convert.number("3,25", notation=COMMA) == 3.25

    def test_an_integer_has_no_fraction(self):
        assert convert.integer(12.0, notation=POINT) == 12
        with pytest.raises(CellError, match="whole"):
            convert.integer("1.5", notation=POINT)

    def test_it_has_a_limit(self):
        with pytest.raises(CellError, match="large"):
            convert.number(10**16, notation=POINT)


class TestBoolean:
    @pytest.mark.parametrize("cell", ["1", "Ja", " TRUE ", "x", 1, True, 1.0])
    def test_yes(self, cell):
        assert convert.boolean(cell) is True

    @pytest.mark.parametrize("cell", ["0", "nein", "False", "-", 0, False])
    def test_no(self, cell):
        assert convert.boolean(cell) is False

    @pytest.mark.parametrize("cell", ["maybe", "2", "", 2])
    def test_neither(self, cell):
        with pytest.raises(CellError, match="neither yes nor no"):
            convert.boolean(cell)


class TestDay:
    def test_it_is_read_as_iso_or_by_the_formats_of_the_mapping(self):
        assert convert.day("1980-02-29") == date(1980, 2, 29)
        assert convert.day("29.02.1980", formats=("%d.%m.%y", "%d.%m.%Y")) == date(1980, 2, 29)
        assert convert.day(datetime(1980, 2, 29, 11)) == date(1980, 2, 29)

    @pytest.mark.parametrize(
        ("cell", "formats", "reason"),
        [
            ("1980-02-30", (), "not a date"),
            ("1.2.1980", (), "not a date"),
            ("1980-02-01", ("%d.%m.%Y",), "not a date like %d.%m.%Y"),
            ("1889-12-31", (), "before 1890"),
            (datetime.now(UTC).date() + timedelta(days=2), (), "future"),
        ],
    )
    def test_what_is_no_day_of_a_life_is_refused(self, cell, formats, reason):
        with pytest.raises(CellError, match=reason):
            convert.day(cell, formats=formats)


class TestMoment:
    @pytest.mark.parametrize(
        ("cell", "expected"),
        [
            ("2024-07-01T12:00", datetime(2024, 7, 1, 10, tzinfo=UTC)),  # summer time in Berlin
            ("2024-01-01", datetime(2023, 12, 31, 23, tzinfo=UTC)),
            ("2024-07-01T12:00:00Z", datetime(2024, 7, 1, 12, tzinfo=UTC)),
            ("2024-07-01T12:00:00+05:30", datetime(2024, 7, 1, 6, 30, tzinfo=UTC)),
            (date(2024, 1, 1), datetime(2023, 12, 31, 23, tzinfo=UTC)),
            (datetime(2024, 1, 1, 12), datetime(2024, 1, 1, 11, tzinfo=UTC)),
        ],
    )
    def test_it_is_in_utc_and_without_a_zone_in_that_of_the_file(self, cell, expected):
        assert convert.moment(cell, notation=POINT) == expected

    @pytest.mark.parametrize("cell", ["0001-01-01", "9999-12-31", "1889-01-01T00:00"])
    def test_absurd_years_are_refused_and_do_not_overflow(self, cell):
        with pytest.raises(CellError, match=r"before 1890|future"):
            convert.moment(cell, notation=POINT)

    def test_nothing_happened_in_the_future_but_clocks_differ(self):
        now = datetime.now(UTC)
        assert convert.moment((now + timedelta(minutes=4)).isoformat(), notation=POINT)
        with pytest.raises(CellError, match="future"):
            convert.moment((now + timedelta(minutes=6)).isoformat(), notation=POINT)

    @given(st.datetimes(datetime(1891, 1, 1), datetime(2025, 1, 1)))
    def test_no_moment_is_changed_by_writing_and_reading_it(self, moment):
        assert convert.moment(moment.isoformat(), notation=UTC_FILE) == moment.replace(tzinfo=UTC)


class TestMonthsBefore:
    @pytest.mark.parametrize(
        ("months", "expected"),
        [(0, "2008-03-31"), (1, "2008-02-29"), ("12", "2007-03-31"), (4, "2007-11-30"), (3, "2007-12-31")],
    )
    def test_it_is_the_same_day_or_the_last_of_a_shorter_month_at_noon(self, months, expected):
        found = convert.months_before(months, until=date(2008, 3, 31), notation=UTC_FILE)
        assert found.isoformat() == f"{expected}T12:00:00+00:00"

    @pytest.mark.parametrize("months", [-1, 1201, "1.5"])
    def test_other_numbers_are_refused(self, months):
        with pytest.raises(CellError):
            convert.months_before(months, until=date(2008, 3, 31), notation=POINT)


def test_a_table_maps_words_and_refuses_others():
    assert convert.mapped(" Web ", {"Web": True}) is True
    assert convert.mapped(1, {"1": "one"}) == "one"
    with pytest.raises(CellError, match="none of the values"):
        convert.mapped("Fax", {"Web": True})


CONVERSIONS = [
    convert.text,
    convert.boolean,
    convert.day,
    lambda cell: convert.moment(cell, notation=POINT),
    lambda cell: convert.cents(cell, notation=POINT),
    lambda cell: convert.cents(cell, notation=COMMA),
    lambda cell: convert.number(cell, notation=POINT),
    lambda cell: convert.integer(cell, notation=POINT),
    lambda cell: convert.months_before(cell, until=date(2020, 1, 1), notation=POINT),
    lambda cell: convert.mapped(cell, {"a": 1}),
]


@given(CELLS, st.sampled_from(CONVERSIONS))
def test_whatever_stands_in_a_cell_it_is_converted_or_refused_without_being_quoted(cell, conversion):
    reason = ""
    try:
        conversion(cell)
    except CellError as error:
        reason = str(error)
    assert not (isinstance(cell, str) and len(cell.strip()) > 12 and cell in reason)
