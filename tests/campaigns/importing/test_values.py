"""Values of a mapping: where a cell comes from and what it becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.importing import values
from campaigns.importing.convert import Notation
from campaigns.importing.errors import CellError

POINT = Notation()


def value(spec, cells=None, *, row: int = 1, as_: str = "text", notation: Notation = POINT):
    return values.compiled(spec, as_=as_, notation=notation)(row, cells or {})


class TestOrigin:
    def test_a_name_is_a_column(self):
        assert value("city", {"city": " Köln "}) == "Köln"
        assert value({"column": "city"}, {"city": "Köln"}) == "Köln"

    @pytest.mark.parametrize("cell", [None, "", "  ", "\t\xa0"])
    def test_a_blank_cell_is_no_value_of_any_type(self, cell):
        for as_ in ("text", "cents", "integer", "boolean", "date", "datetime"):
            assert value({"column": "a", "default": ""}, {"a": cell}, as_=as_) is None

    def test_a_missing_key_of_a_json_object_is_no_value(self):
        assert value("city", {}) is None

    def test_a_constant_needs_no_cell(self):
        assert value({"constant": "2008-03-20"}, as_="date").isoformat() == "2008-03-20"
        assert value({"constant": False}, as_="boolean") is False

    def test_the_row_number_can_be_padded_and_repeated(self):
        assert value({"row": {}}, row=12) == "12"
        assert value({"row": {"digits": 6}}, row=12) == "000012"
        assert value({"row": {"modulo": 10, "digits": 2}}, row=12) == "02"

    def test_a_choice_goes_round_with_the_row_number(self):
        assert [value({"choose": ["a", "b"]}, row=row) for row in (1, 2, 3)] == ["b", "a", "b"]

    def test_a_blank_may_stand_between_what_is_joined(self):
        spec = {"join": ["street", {"constant": " "}, "number"]}
        assert value(spec, {"street": "Weg", "number": "1"}) == "Weg 1"

    def test_a_joined_value_lacks_nothing_or_is_none(self):
        spec = {"join": [{"constant": "K-"}, "number"]}
        assert value(spec, {"number": 7}) == "K-7"
        assert value(spec, {"number": ""}) is None


class TestMapAndDefault:
    SPEC = {"column": "channel", "map": {"Web": True, "Fax": None}, "default": False}

    @pytest.mark.parametrize(("cell", "expected"), [("Web", True), ("Fax", False), ("", False), (None, False)])
    def test_a_default_stands_in_for_blank_cells_and_for_what_is_mapped_to_nothing(self, cell, expected):
        assert value(self.SPEC, {"channel": cell}, as_="boolean") is expected

    def test_what_the_map_does_not_know_is_refused_in_spite_of_the_default(self):
        with pytest.raises(CellError, match="none of the values"):
            value(self.SPEC, {"channel": "Telex"}, as_="boolean")


class TestConversion:
    def test_the_value_may_say_itself_what_it_is_read_as(self):
        assert value({"column": "a", "as": "integer"}, {"a": "12"}) == 12
        assert value({"column": "a", "as": "number"}, {"a": "1,5"}, notation=Notation(decimal=",")) == 1.5

    def test_one_format_or_several(self):
        assert value({"column": "a", "format": "%d.%m.%Y"}, {"a": "01.02.2003"}, as_="date").month == 2
        both = {"column": "a", "format": ["%d.%m.%Y", "%Y/%m/%d"]}
        assert value(both, {"a": "2003/02/01"}, as_="date").month == 2

    def test_a_part_is_a_part_of_the_money(self):
        assert [value({"column": "a", "part": [n, 2]}, {"a": "0.05"}, as_="cents") for n in (1, 2)] == [2, 3]

    def test_months_before(self):
        spec = {"column": "a", "as": "months_before", "until": "2008-03-20"}
        assert value(spec, {"a": "10"}, as_="datetime").isoformat() == "2007-05-20T10:00:00+00:00"

    def test_text_has_the_length_of_its_field(self):
        read = values.compiled("a", as_="text", notation=POINT, longest=5)
        assert read(1, {"a": " 12345 "}) == "12345"
        with pytest.raises(CellError, match="longer than 5"):
            read(1, {"a": "123456"})


NAMES = st.sampled_from(["a", "b", "c"])
SPECS = st.recursive(
    st.one_of(
        NAMES,
        NAMES.map(lambda name: {"column": name}),
        st.text(max_size=3).map(lambda text: {"constant": text}),
        st.just({"row": {"digits": 2}}),
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"join": parts}),
    max_leaves=6,
)


def every_column(spec) -> set[str]:
    """Plainly: whatever is a text in the place of a column."""
    if isinstance(spec, str):
        return {spec}
    if "join" in spec:
        return set().union(*map(every_column, spec["join"]))
    return {spec["column"]} if "column" in spec else set()


@given(SPECS, st.dictionaries(NAMES, st.text(max_size=3)))
def test_only_the_columns_that_are_named_decide(spec, cells):
    named = every_column(spec)
    assert set(values.columns(spec)) == named
    try:
        expected = value(spec, {name: cell for name, cell in cells.items() if name in named})
    except CellError:
        with pytest.raises(CellError):
            value(spec, cells)
    else:
        assert value(spec, cells) == expected
