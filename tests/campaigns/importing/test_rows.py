"""One row of a file becomes rows to stage, or says everything that is wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import identity
from campaigns.importing.customer_rows import CustomerRows
from campaigns.importing.errors import RowError
from campaigns.importing.event_rows import EventRows
from tests.campaigns.importing.files import CUSTOMER, CUSTOMERS, EVENT, EVENTS

ANNA = {
    "number": "K1",
    "email": "Anna@Example.com",
    "phone": "030 901820",
    "card": "l-12 34",
    "first_name": "Anna",
    "last_name": "Groß",
    "street": "Lange Straße 1",
    "postcode": "10115",
    "city": "Berlin",
    "agreed_at": "2024-01-01T12:00:00Z",
}
BOUGHT = {"number": "K1", "email": "", "kind": "purchased", "at": "2024-05-01T12:00", "value": "19.99", "key": ""}


def staged(definition, cells, *, table: str, checker=CustomerRows) -> list[tuple]:
    return [values for name, values in checker(definition).check(7, cells) if name == table]


def problems(definition, cells, *, checker=CustomerRows) -> dict[str, str]:
    with pytest.raises(RowError) as refused:
        checker(definition).check(7, cells)
    return dict(refused.value.problems)


class TestIdentifiers:
    def test_they_are_normalised_and_hashed(self):
        found = {kind: (value, digest) for _, kind, value, digest in staged(CUSTOMERS, ANNA, table="import_identifier")}
        assert found["email"] == ("anna@example.com", identity.digest("email", "anna@example.com"))
        assert found["phone"][0] == "+4930901820"
        assert found["loyalty_card"][0] == "L1234"

    def test_name_and_address_are_one_too(self):
        found = {kind: value for _, kind, value, _ in staged(CUSTOMERS, ANNA, table="import_identifier")}
        assert found["postal_address"] == "anna gross|de|10115|berlin|lange str 1"

    @pytest.mark.parametrize("missing", ["last_name", "street"])
    def test_without_a_name_or_a_street_there_is_no_such_identifier(self, missing):
        cells = ANNA | {missing: ""} | ({"postcode": "", "city": ""} if missing == "street" else {})
        kinds = [kind for _, kind, _, _ in staged(CUSTOMERS, cells, table="import_identifier")]
        assert "postal_address" not in kinds

    def test_the_same_one_in_two_columns_is_one(self):
        twice = CUSTOMERS | {"identifiers": [{"kind": "email", "value": name} for name in ("email", "email2")]}
        cells = ANNA | {"email2": "ANNA@example.com"}
        assert len(staged(twice, cells, table="import_identifier")) == 2  # with the address

    def test_a_phone_number_is_read_as_one_of_the_file_s_country(self):
        found = staged(CUSTOMERS | {"country": "AT"}, ANNA | {"phone": "01 58858", "postcode": "1010", "city": "Wien"},
                       table="import_identifier")  # fmt: skip
        assert "+43158858" in [value for _, _, value, _ in found]

    def test_a_row_of_nobody_is_refused(self):
        nobody = dict.fromkeys(CUSTOMER, "")
        assert problems(CUSTOMERS, nobody) == {"customer_number": "is missing, and there is no identifier either"}


class TestFields:
    def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_repeated(self):
        bad = {"email": "anna@", "phone": "12", "postcode": "1011", "agreed_at": "soon", "first_name": "x" * 81}
        found = problems(CUSTOMERS, ANNA | bad)
        assert set(found) == {"email", "phone", "postcode", "consents.email.given_at", "first_name"}
        assert not any(cell in " ".join(found.values()) for cell in ("anna@", "soon", "xxx"))

    @pytest.mark.parametrize(("cell", "kept"), [("Frau", "frau"), (" HERR ", "herr"), ("", None)])
    def test_a_salutation_is_one_that_we_know(self, cell, kept):
        definition = CUSTOMERS | {"fields": {"salutation": "salutation"}}
        assert staged(definition, ANNA | {"salutation": cell}, table="import_row")[0][3] == kept

    @pytest.mark.parametrize(
        ("field", "cell"), [("salutation", "Mx"), ("time_zone", "Mars/Base"), ("born_on", "2999-01-01")]
    )
    def test_others_are_refused_by_name(self, field, cell):
        assert list(problems(CUSTOMERS | {"fields": {field: field}}, ANNA | {field: cell})) == [field]

    def test_attributes_keep_their_types_and_blank_ones_are_left_out(self):
        definition = CUSTOMERS | {
            "attributes": {
                "size": {"column": "size", "as": "integer"},
                "vip": {"column": "vip", "as": "boolean"},
                "first_visit": {"column": "visit", "as": "date"},
                "note": "note",
            }
        }
        cells = ANNA | {"size": "42", "vip": "ja", "visit": "2020-01-01", "note": " "}
        attributes = next(
            value for value in staged(definition, cells, table="import_row")[0] if isinstance(value, dict)
        )
        assert attributes == {"size": 42, "vip": True, "first_visit": "2020-01-01"}


class TestConsents:
    def test_the_time_says_by_itself_whether_there_is_one(self):
        (given_,) = staged(CUSTOMERS, ANNA, table="import_consent")
        assert given_[1:4] == ("email", "advertising", "consent")
        assert not staged(CUSTOMERS, ANNA | {"agreed_at": ""}, table="import_consent")

    def test_a_condition_may_say_it_and_then_the_time_is_needed(self):
        definition = CUSTOMERS | {"consents": [{"channel": "email", "if": "agreed", "given_at": "agreed_at"}]}
        assert not staged(definition, ANNA | {"agreed": "no"}, table="import_consent")
        assert staged(definition, ANNA | {"agreed": "yes"}, table="import_consent")
        found = problems(definition, ANNA | {"agreed": "yes", "agreed_at": ""})
        assert found == {"consents.email.given_at": "is missing"}

    def test_an_objection_is_to_one_channel_or_to_all(self):
        definition = CUSTOMERS | {"objections": [{"if": "no_ads"}, {"channel": "email", "if": "no_mail"}]}
        found = staged(definition, ANNA | {"no_ads": "1", "no_mail": "1"}, table="import_objection")
        assert found == [(7, ""), (7, "email")]
        assert not staged(definition, ANNA | {"no_ads": "0", "no_mail": ""}, table="import_objection")


class TestEvents:
    def test_one_row_may_tell_several(self):
        online = EVENTS["events"][0] | {"medium": {"constant": "web"}, "is_online": {"constant": True}}
        definition = EVENTS | {"events": [EVENTS["events"][0], online]}
        found = staged(definition, BOUGHT, table="import_event", checker=EventRows)
        assert [(event[2], event[3]) for event in found] == [("store", False), ("web", True)]

    def test_a_condition_leaves_one_out(self):
        definition = EVENTS | {"events": [EVENTS["events"][0] | {"if": "counts"}]}
        assert not staged(definition, BOUGHT | {"counts": "no"}, table="import_event", checker=EventRows)
        assert staged(definition, BOUGHT | {"counts": "yes"}, table="import_event", checker=EventRows)

    @pytest.mark.parametrize(
        ("change", "field"),
        [({"kind": "paid"}, "kind"), ({"kind": ""}, "kind"), ({"at": ""}, "occurred_at"), ({"value": "much"}, "value_cents"),
         ({"key": "k" * 81}, "source_key"), ({"number": ""}, "customer_number")],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, change, field):
        assert list(problems(EVENTS, BOUGHT | change, checker=EventRows)) == [field]

    def test_an_event_without_a_key_is_known_by_its_content(self):
        def key(**change):
            return staged(EVENTS, BOUGHT | change, table="import_event", checker=EventRows)[0][7]

        assert key() == key(value="19.990") != key(value="20")
        assert key(number="K2") != key()
        assert key(key="R-1") is None


CELLS = st.one_of(
    st.text(max_size=20), st.none(), st.integers(), st.floats(), st.booleans(), st.lists(st.none(), max_size=1)
)


@given(st.fixed_dictionaries(dict.fromkeys({*CUSTOMER, *EVENT}, CELLS)))
def test_whatever_a_row_holds_it_is_staged_or_refused(cells):
    for checker, definition in ((CustomerRows, CUSTOMERS), (EventRows, EVENTS)):
        try:
            checker(definition).check(1, cells)
        except RowError as error:
            found = error.problems
        else:
            found = []
        assert all(isinstance(field, str) and isinstance(reason, str) for field, reason in found)
