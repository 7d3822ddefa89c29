"""Rows of reports are read strictly: what is wrong is named with field and reason, and nothing wrong comes through."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from channels.print_jobs.reported import ADDRESS, COLUMNS, FIELDS, Report, RowError, of_cells, read

RETURNED = {"event_id": "r-1", "sequence": 3, "state": "returned", "reason": "unknown", "at": "2026-11-25T22:00:00Z"}
ADDRESSED = {"street": "Weg 1", "postcode": "10115", "city": "Berlin"}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def wrong(**changes) -> dict[str, str]:
    with pytest.raises(RowError) as error:
        read(RETURNED | changes)
    return dict(error.value.errors)


def test_a_row_as_it_should_be():
    assert read(RETURNED) == Report("r-1", 3, "returned", datetime(2026, 11, 25, 22, tzinfo=UTC), reason="unknown")


def test_numbers_may_be_written_as_text_as_in_csv():
    assert read(RETURNED | {"sequence": "3"}) == read(RETURNED)


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"event_id": ""}, "event_id", "is needed"),
        ({"event_id": "x" * 81}, "event_id", "must be at most 80 characters, got 81"),
        ({"event_id": "a\x00"}, "event_id", "must not have control characters"),
        ({"event_id": "a\ud800"}, "event_id", "is not valid UTF-8"),
        ({"event_id": 7}, "event_id", "must be text"),
        ({"sequence": 0}, "sequence", "must be a whole number from 1"),
        ({"sequence": True}, "sequence", "must be a whole number"),
        ({"sequence": 1.5}, "sequence", "must be a whole number"),
        ({"sequence": 2**31}, "sequence", "must be a whole number"),
        ({"sequence": "٣"}, "sequence", "must be a whole number"),
        ({"state": "shredded"}, "state", "must be one of produced, damaged"),
        ({"state": "withdrawn"}, "state", "must be one of"),
        ({"at": "yesterday"}, "at", "must be a time by ISO 8601"),
        ({"at": "2026-13-01T00:00:00Z"}, "at", "must be a time"),
        ({"at": "1999-12-31T00:00:00Z"}, "at", "is before the year 2000"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at", "is before the year 2000"),
        ({"reason": "lost"}, "reason", "must be one of moved, unknown"),
        ({"reason": ""}, "reason", "must be one of"),
        ({"reason": "other"}, "text", "is needed where the reason is other"),
        ({"state": "moved"}, "new_address", "is needed for a moved addressee"),
        ({"state": "posted", "new_address": ADDRESSED}, "new_address", "belongs to a moved or returned piece only"),
        ({"new_address": {"street": "Weg 1"}}, "new_address.postcode", "is missing"),
        ({"new_address": {"city": "Berlin", "postcode": "10115"}}, "new_address.street", "is needed"),
        ({"new_address": ADDRESSED | {"e-mail": "a@b.de"}}, "new_address.e-mail", "is no part of an address"),
        ({"new_address": ADDRESSED | {"postcode": "1"}}, "new_address.postcode", ""),
        ({"new_address": "Weg 1, Berlin"}, "new_address", "must be an object"),
        ({"state": "distributed", "week": "2026-W48"}, "quantity", "is needed"),
        ({"state": "distributed", "quantity": 5}, "week", "is needed"),
        ({"state": "distributed", "quantity": 5, "week": "2026-W54"}, "week", "must be an ISO week"),
        ({"state": "distributed", "quantity": 5, "week": "2027-W53"}, "week", "must be an ISO week"),
        ({"state": "distributed", "quantity": -1, "week": "2026-W48"}, "quantity", "must be a whole number from 0"),
        ({"sequenz": 3}, "sequenz", "is no field of a report"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(changes, field, reason):
    errors = wrong(**changes)
    assert field in errors
    assert errors[field].startswith(reason)


def test_all_that_is_wrong_is_named_at_once():
    assert wrong(event_id="", sequence="x", state="x", at="x").keys() == {"event_id", "sequence", "state", "at"}


def test_the_future_is_not_believed_but_clocks_may_differ():
    assert wrong(at=(timezone.now() + timedelta(minutes=6)).isoformat()) == {"at": "is in the future"}
    read(RETURNED | {"at": (timezone.now() + timedelta(minutes=4)).isoformat()})


def test_offsets_that_the_database_does_not_know_are_turned_into_utc():
    assert read(RETURNED | {"at": "2026-11-20T22:00:00-17:42"}).at.utcoffset() == timedelta(0)


def test_somebody_moved_with_a_new_address():
    assert read(RETURNED | {"state": "moved", "reason": "", "new_address": ADDRESSED}).new_address == ADDRESSED


def test_somebody_moved_to_a_country_without_postcodes():
    abroad = {"street": "1 Queen's Road", "city": "Central", "country": "HK"}
    assert read(RETURNED | {"state": "moved", "reason": "", "new_address": abroad}).new_address == abroad


def test_cells_become_a_row_and_empty_ones_are_none():
    cells = {
        "event_id": "r-1",
        "sequence": "3",
        "state": "returned",
        "reason": "moved",
        "text": "",
        "at": "2026-11-25T22:00:00Z",
    }
    cells |= {f"new_{part}": ADDRESSED.get(part, "") for part in ADDRESS}
    assert of_cells(cells) == {name: cells[name] for name in ("event_id", "sequence", "state", "at", "reason")} | {
        "new_address": ADDRESSED
    }
    assert read(of_cells(cells)).new_address == ADDRESSED


def judged(row) -> Report | dict[str, str]:
    try:
        return read(row)
    except RowError as error:
        return dict(error.errors)


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING) | ANYTHING)
def test_whatever_comes_is_a_report_or_named(row):
    said = judged(row)
    assert said
    assert isinstance(said, dict) or (said.event_id and said.sequence and said.at.tzinfo)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text()))
def test_whatever_cells_come(cells):
    assert judged(of_cells(cells))


def test_blanks_of_any_kind_around_a_number_are_no_part_of_it():
    assert read(RETURNED | {"sequence": " 3\x1f"}).sequence == 3
