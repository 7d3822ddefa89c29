"""What depends on each other is done in its order, and everything else at once."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from campaigns.postal.turns import in_turns

TOUCHED = st.lists(st.sets(st.integers(0, 8), max_size=4), max_size=12)


def test_nothing_is_done_in_no_turn():
    assert in_turns([]) == []


def test_who_touches_nothing_of_another_is_in_the_first():
    assert in_turns([{"a"}, {"b"}, set(), {"a", "c"}, {"c"}]) == [[0, 1, 2], [3], [4]]


@given(touched=TOUCHED)
def test_everybody_has_a_turn_and_of_two_who_touch_the_same_the_first_is_earlier(touched):
    turns = in_turns(touched)
    turn_of = {position: number for number, turn in enumerate(turns) for position in turn}
    assert sorted(turn_of) == list(range(len(touched)))
    for second, things in enumerate(touched):
        assert all(turn_of[first] < turn_of[second] for first in range(second) if touched[first] & things)


@given(touched=TOUCHED)
def test_nobody_waits_for_no_reason(touched):
    turns = in_turns(touched)
    for before, turn in pairwise(turns):
        assert all(any(touched[first] & touched[second] for first in before) for second in turn)
