"""Which contents an option compares, and with which shares."""

from decimal import Decimal

import pytest

from campaigns import variants
from campaigns.models import Comparison, Option
from campaigns.variants import VariantsError
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def option() -> Option:
    return builders.campaign().options.get()


@pytest.fixture
def contents() -> list:
    return [builders.content() for _ in range(3)]


@pytest.fixture
def comparison(option, contents) -> Comparison:
    return variants.compare(option, {contents[0]: 1, contents[1]: 1}, by=None)


def shares(comparison: Comparison) -> dict[int, float]:
    return {one.number: float(one.share) for one in comparison.variants.all()}


def test_only_the_ratio_of_shares_counts(option, contents):
    made = variants.compare(option, dict(zip(contents, [2, 1, 1], strict=True)), by=None)
    assert shares(made) == {1: 0.5, 2: 0.25, 3: 0.25}
    assert [str(one)[0] for one in made.variants.all()] == ["A", "B", "C"]


def test_shares_add_up_whatever_rounding_leaves():
    assert variants.normalised([1, 1, 1]) == [Decimal("0.334"), Decimal("0.333"), Decimal("0.333")]


@pytest.mark.parametrize("shares", [[0, 0], [1, -1], [1, "x"], [1, float("nan")], [1, float("inf")], [999, 1], []])
def test_what_are_no_shares_is_refused(shares):
    with pytest.raises(VariantsError):
        variants.normalised(shares)


def test_a_comparison_needs_two_contents(option, contents):
    with pytest.raises(VariantsError, match="at least two"):
        variants.compare(option, {contents[0]: 1}, by=None)


def test_an_option_compares_once(comparison, contents):
    with pytest.raises(VariantsError, match="already"):
        variants.compare(comparison.option, {contents[0]: 1, contents[2]: 1}, by=None)


def test_a_content_that_is_an_option_of_its_own_is_not_compared_as_well(option, contents):
    Option.objects.create(campaign=option.campaign, channel=option.channel, content=contents[1])
    with pytest.raises(VariantsError, match="line of its own"):
        variants.compare(option, {contents[0]: 1, contents[1]: 1}, by=None)


def test_one_more_gets_an_equal_part(comparison, contents):
    variants.add(comparison, contents[2], by=None)
    assert shares(comparison) == pytest.approx({1: 0.334, 2: 0.333, 3: 0.333}, abs=0.002)
    with pytest.raises(VariantsError, match="compared already"):
        variants.add(comparison, contents[2], by=None)


def test_a_variant_without_a_share_is_not_used_any_more(comparison, contents):
    variants.add(comparison, contents[2], by=None)
    variants.share_out(comparison, {1: 3, 2: 0, 3: 1}, by=None)
    assert [one.number for one in variants.active(comparison)] == [1, 3]


def test_every_variant_needs_a_share_to_be_said(comparison):
    with pytest.raises(VariantsError, match="every variant"):
        variants.share_out(comparison, {1: 1}, by=None)


def test_a_promoted_variant_is_the_only_one_until_it_is_compared_again(comparison):
    boss = builders.user("campaigns.change_comparison")
    variants.promote(comparison, 2, by=boss)
    comparison.refresh_from_db()
    assert ([one.number for one in variants.active(comparison)], comparison.promoted_by) == ([2], boss)
    variants.reopen(comparison, by=boss)
    comparison.refresh_from_db()
    assert len(variants.active(comparison)) == 2


def test_what_is_not_there_is_not_promoted(comparison):
    with pytest.raises(VariantsError, match="no such variant"):
        variants.promote(comparison, 3, by=None)


@pytest.mark.parametrize(
    "change",
    [
        lambda of, by: variants.promote(of, 1, by=by),
        lambda of, by: variants.reopen(of, by=by),
        lambda of, by: variants.share_by(of, "thompson", by=by),
        lambda of, by: variants.share_out(of, {1: 1, 2: 1}, by=by),
    ],
)
def test_who_may_not_change_comparisons_changes_none(comparison, change):
    with pytest.raises(VariantsError, match="may not"):
        change(comparison, builders.user())


def test_how_shares_are_found_does_not_change_once_a_wave_has_used_it(comparison):
    variants.share_by(comparison, "thompson", by=None)
    builders.compared_wave(comparison)
    with pytest.raises(VariantsError, match="does not change any more"):
        variants.share_by(comparison, "fixed", by=None)
