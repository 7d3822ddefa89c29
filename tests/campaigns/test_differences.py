"""What changed between two versions of a content."""

from copy import deepcopy
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import differences
from campaigns.differences import Change, Kind, between
from tests.builders import BLOCKS


def told(before, after) -> list[tuple[str, str]]:
    return [(one.kind.value, one.block_id) for one in between(before, after)]


def changed(**fields) -> list[dict]:
    blocks = deepcopy(BLOCKS)
    blocks[0] |= fields
    return blocks


def test_the_same_blocks_differ_in_nothing():
    assert between(BLOCKS, deepcopy(BLOCKS)) == []


def test_a_new_block_is_told_with_all_that_it_says():
    new = {"id": "more", "type": "text", "text": "Und noch etwas."}
    [difference] = between(BLOCKS, [*BLOCKS, new])
    assert str(difference) == "Text “more” was added"
    assert difference.changes == (Change("text", "Text", "", "Und noch etwas."),)


def test_a_block_that_is_gone_is_told_with_what_it_said():
    [difference] = between(BLOCKS, BLOCKS[1:])
    assert (difference.kind, difference.block_id) == (Kind.REMOVED, "headline")
    assert difference.changes == (Change("text", "Headline", "Neues für Sie", ""),)


def test_a_changed_field_is_told_before_and_after():
    [difference] = between(BLOCKS, changed(text="Altes für Sie"))
    assert difference.changes == (Change("text", "Headline", "Neues für Sie", "Altes für Sie"),)


def test_what_other_channels_and_languages_say_is_told_in_words():
    after = changed(
        languages={"en": {"overrides": {"banner": {"text": "News"}}}}, overrides={"social": {"hidden": True}}
    )
    [difference] = between(BLOCKS, after)
    fields = {change.field: change.after for change in difference.changes}
    assert fields == {"Headline, in English, on banner": "News", "Left out, on social": "yes"}


def test_a_condition_is_told_as_a_whole():
    condition = {"all": [{"field": "attribute_tier", "is": "one_of", "values": ["gold"]}]}
    [difference] = between(BLOCKS, changed(only_if=condition))
    assert difference.changes[0].after == "all field attribute_tier, is one_of, values gold"


def test_one_block_that_goes_to_the_end_is_the_only_one_that_moved():
    [difference] = between(BLOCKS, [*BLOCKS[1:], BLOCKS[0]])
    assert str(difference) == "Headline “headline” was moved to place 4"


def test_a_block_that_moved_and_changed_is_told_twice():
    after = [*BLOCKS[1:], BLOCKS[0] | {"text": "Altes"}]
    assert told(BLOCKS, after) == [("moved", "headline"), ("changed", "headline")]


def test_an_emptied_field_and_one_that_never_was_are_the_same():
    assert between(changed(subject=""), BLOCKS) == []


def test_what_older_code_has_written_without_ids_is_told_too():
    assert told([{"text": "a"}], [{"text": "b"}]) == [("changed", "#1")]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_did_not_move_stands_in_the_same_order(order):
    after = [BLOCKS[place] for place in order]
    moved = {one.block_id for one in between(BLOCKS, after)}
    staying = [block["id"] for block in BLOCKS if block["id"] not in moved]
    assert [block["id"] for block in after if block["id"] not in moved] == staying


@given(st.lists(st.integers(0, 9), unique=True, max_size=8), st.lists(st.integers(0, 9), unique=True, max_size=8))
def test_who_takes_out_adds_and_moves_what_is_told_gets_the_newer_version(old, new):
    def blocks(ids):
        return [{"id": str(id_), "type": "text", "text": "x"} for id_ in ids]

    found = told(blocks(old), blocks(new))
    touched = {id_ for _, id_ in found}
    assert [id_ for id_ in map(str, old) if id_ not in touched] == [id_ for id_ in map(str, new) if id_ not in touched]
    assert {id_ for kind, id_ in found if kind == "added"} == {str(id_) for id_ in new if id_ not in old}
    assert {id_ for kind, id_ in found if kind == "removed"} == {str(id_) for id_ in old if id_ not in new}


def test_unknown_fields_are_named_as_they_are():
    assert differences.words(("colour",), "text") == "colour"
