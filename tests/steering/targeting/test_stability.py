"""The stability index tells a change of the customers from chance, in chunks as in one piece."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.targeting.stability import Counts, Reference, index

RNG = np.random.default_rng(0)
THEN = np.column_stack([RNG.normal(size=20_000), RNG.random(20_000) < 0.02, np.full(20_000, 5.0)])
NAMES = ["spread", "rare", "constant"]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.of(THEN, NAMES)


def psi(reference: Reference, now: np.ndarray) -> dict[str, float]:
    return index(reference, Counts(reference).add(now))


def test_the_same_customers_are_stable(reference):
    assert psi(reference, THEN) == pytest.approx(dict.fromkeys(NAMES, 0.0))


def test_others_of_the_same_kind_are_stable_but_for_noise(reference):
    rng = np.random.default_rng(1)
    now = np.column_stack([rng.normal(size=5_000), rng.random(5_000) < 0.02, np.full(5_000, 5.0)])
    assert max(psi(reference, now).values()) < 0.02


@pytest.mark.parametrize(
    ("column", "shifted"), [("spread", THEN[:, 0] + 1), ("rare", THEN[:, 1] + 1), ("constant", THEN[:, 2] - 1)]
)
def test_what_has_changed_is_found_and_nothing_else(reference, column, shifted):
    now = THEN.copy()
    now[:, NAMES.index(column)] = shifted
    found = psi(reference, now)
    assert found.pop(column) > 0.5
    assert max(found.values()) == pytest.approx(0)


def test_a_known_shift_has_the_index_of_its_formula():
    reference = Reference.of(np.array([[0.0], [1.0]] * 500), ["half"])
    now = np.array([[0.0]] * 800 + [[1.0]] * 200)
    expected = 0.3 * np.log(0.8 / 0.5) + (-0.3) * np.log(0.2 / 0.5)
    assert psi(reference, now)["half"] == pytest.approx(expected, rel=0.01)


def test_missing_is_a_bin_of_its_own(reference):
    now = THEN.copy()
    now[:5_000, 0] = np.nan
    assert psi(reference, now)["spread"] > 1
    sparse = np.where(RNG.random((5_000, 1)) < 0.3, np.nan, 1.0)
    assert psi(Reference.of(sparse, ["sparse"]), sparse)["sparse"] == pytest.approx(0)


def test_a_column_that_nobody_had_is_stable_until_somebody_has_it():
    reference = Reference.of(np.full((100, 1), np.nan), ["new"])
    assert psi(reference, np.full((50, 1), np.nan))["new"] == pytest.approx(0)
    assert psi(reference, np.ones((50, 1)))["new"] > 1


def test_nobody_then_or_nobody_now_has_no_index(reference):
    assert np.isnan(list(psi(reference, np.empty((0, 3))).values())).all()
    assert np.isnan(psi(Reference.of(np.empty((0, 1)), ["x"]), np.ones((3, 1)))["x"])


@given(cuts=st.lists(st.integers(0, 20_000), max_size=5))
def test_chunks_count_as_the_whole(cuts):
    reference = Reference.of(THEN, NAMES)
    now = THEN + np.array([0.3, 0.0, 0.0])
    counts = Counts(reference)
    for chunk in np.split(now, sorted(cuts)):
        counts.add(chunk)
    assert index(reference, counts) == pytest.approx(psi(reference, now))


def test_every_tenth_counted_for_ten_is_nearly_the_whole(reference):
    now = THEN + np.array([0.3, 0.0, 0.0])
    counted = Counts(reference).add(now[::10], weight=10.0)
    assert counted.rows == 20_000
    assert index(reference, counted)["spread"] == pytest.approx(psi(reference, now)["spread"], abs=0.03)


def test_it_goes_through_json_and_several_workers_are_joined(reference):
    again = Reference.read(json.loads(json.dumps(reference.state)))
    assert again == reference
    first, second = Counts(again).add(THEN[:100]), Counts(again).add(THEN[100:] + 0.1)
    whole = Counts(again).add(THEN[:100]).add(THEN[100:] + 0.1)
    first.join(Counts.read(again, json.loads(json.dumps(second.state))))
    assert index(again, first) == pytest.approx(index(again, whole))


def test_bad_input_is_refused_by_name(reference):
    with pytest.raises(ValueError, match=r"matrix must have shape \(customers, 3\), got \(5, 2\)"):
        Counts(reference).add(np.ones((5, 2)))
    with pytest.raises(ValueError, match="bins must be at least 2, got 1"):
        Reference.of(THEN, NAMES, bins=1)
