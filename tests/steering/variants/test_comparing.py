"""How the variants of an option stand, counted from what really happened in the database."""

import pytest

from campaigns import variants
from campaigns.models import Comparison
from steering.variants import offer, report, shares_now, tallies
from tests import builders
from tests.steering.variants.outcomes import NOW, buy, crowd, give, give_to, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def comparison() -> Comparison:
    return builders.comparison()


def test_customers_goals_and_money_are_counted_by_variant(comparison):
    wave = started(comparison, days_ago=20)
    give(wave, comparison, 1, customers=40, buyers=4)
    give(wave, comparison, 2, customers=60, buyers=12, cents=1000)
    first, second = report(comparison, now=NOW).standings
    assert (first.customers, first.hits, first.rate, first.cents) == (40, 4, pytest.approx(0.1), pytest.approx(500))
    assert (second.customers, second.hits, second.rate, second.cents) == (
        60,
        12,
        pytest.approx(0.2),
        pytest.approx(200),
    )
    assert first.rate_interval.low < 0.1 < first.rate_interval.high
    assert first.cents_interval.low < 500 < first.cents_interval.high


def test_only_goals_in_time_count(comparison):
    wave = started(comparison, days_ago=20)
    people = give(wave, comparison, 1, customers=3, buyers=0)
    for hours in (-1, 14 * 24 + 1):
        buy(people, wave, hours=hours)
    give(wave, comparison, 2, customers=3, buyers=1)
    assert [one.hits for one in report(comparison, now=NOW).standings] == [0, 1]


def test_what_never_left_does_not_count(comparison):
    wave = started(comparison, days_ago=20)
    give(wave, comparison, 1, customers=5, buyers=2)
    for state in ("suppressed", "queued", "cancelled", "expired", "failed"):
        give_to(crowd(2), wave, comparison, 2, state=state)
    assert [one.customers for one in report(comparison, now=NOW).standings] == [5, 0]


def test_with_fixed_shares_a_customer_counts_once_with_the_first_message(comparison):
    first, second = started(comparison, days_ago=40), started(comparison, days_ago=20)
    people = give(first, comparison, 1, customers=10, buyers=2)
    give_to(people, second, comparison, 1)
    buy(people, second)
    give(second, comparison, 2, customers=10, buyers=1)
    found = {
        (one.wave_number, one.variant): (one.customers, one.hits) for one in tallies.of_option(comparison, now=NOW)
    }
    assert found == {(1, 1): (10, 2), (1, 2): (0, 0), (2, 1): (0, 0), (2, 2): (10, 1)}


def test_where_shares_follow_results_every_message_counts():
    comparison = builders.comparison(sharing="thompson")
    first, second = started(comparison, days_ago=40), started(comparison, days_ago=20)
    people = give(first, comparison, 1, customers=10, buyers=2)
    give_to(people, second, comparison, 2)
    buy(people[:3], second)
    found = {(one.wave_number, one.variant): one.hits for one in tallies.of_option(comparison, now=NOW)}
    assert (found[1, 1], found[2, 2]) == (2, 3)


def test_a_variant_that_got_more_in_good_weeks_does_not_look_better_for_it():
    """Both are equal in each wave: 20 % in a good one of which B got most, 5 % in a bad one of which A got most."""
    comparison = builders.comparison(sharing="thompson")
    good, bad = started(comparison, days_ago=60), started(comparison, days_ago=30)
    for wave, rate, numbers in ((good, 0.2, (100, 900)), (bad, 0.05, (900, 100))):
        for variant, number in enumerate(numbers, 1):
            wave.contents.filter(variant=variant).update(share=number / 1000)
            give(wave, comparison, variant, customers=number, buyers=round(number * rate))
    first, second = report(comparison, now=NOW).standings
    assert (first.rate, second.rate) == (pytest.approx(0.125), pytest.approx(0.125))
    assert first.rate_interval.high - first.rate_interval.low > 2 * 1.5 * (0.125 * 0.875 / 1000) ** 0.5


def test_a_clear_winner_is_decided_when_the_goal_days_are_over(comparison):
    wave = started(comparison, days_ago=20)
    give(wave, comparison, 1, customers=500, buyers=40)
    give(wave, comparison, 2, customers=500, buyers=120)
    found = report(comparison, now=NOW)
    assert (found.winner, found.waves_over, found.pairs[0].better) == (2, 1, 2)
    assert found.standings[1].best > 0.99


def test_nothing_is_decided_while_goals_still_count(comparison):
    wave = started(comparison, days_ago=3)
    give(wave, comparison, 1, customers=500, buyers=40)
    give(wave, comparison, 2, customers=500, buyers=120)
    found = report(comparison, now=NOW)
    assert (found.winner, found.waves, found.waves_over, found.pairs[0].difference) == (None, 1, 0, None)
    assert found.standings[1].hits == 120


def test_the_best_of_three_has_to_beat_both():
    comparison = builders.comparison(texts=("Eins", "Zwei", "Drei"))
    wave = started(comparison, days_ago=20)
    for variant, buyers in ((1, 40), (2, 150), (3, 140)):
        give(wave, comparison, variant, customers=500, buyers=buyers)
    found = report(comparison, now=NOW)
    assert found.winner is None
    assert {(pair.a, pair.b): pair.better for pair in found.pairs} == {(1, 2): 2, (1, 3): 3, (2, 3): None}


def test_waves_in_which_a_variant_took_no_part_are_left_out(comparison):
    wave = started(comparison, days_ago=40)
    give(wave, comparison, 1, customers=5, buyers=1)
    variants.add(comparison, builders.content(), by=None)
    assert (report(comparison, now=NOW).waves, report(comparison, now=NOW).left_out) == (0, 1)
    started(comparison, days_ago=20)
    assert (report(comparison, now=NOW).waves, report(comparison, now=NOW).left_out) == (1, 1)


def test_nothing_sent_yet_is_no_error(comparison):
    assert report(comparison, now=NOW).standings == ()
    started(comparison, days_ago=1)
    assert [one.customers for one in report(comparison, now=NOW).standings] == [0, 0]


class TestShares:
    def test_fixed_ones_are_as_staff_said(self, comparison):
        variants.share_out(comparison, {1: 3, 2: 1}, by=None)
        assert [(one.number, share) for one, share in shares_now(comparison)] == [(1, 0.75), (2, 0.25)]

    def test_by_thompson_the_first_wave_is_even_and_later_ones_follow_what_was_seen(self):
        comparison = builders.comparison(sharing="thompson")
        assert [share for _, share in shares_now(comparison, now=NOW)] == pytest.approx([0.5, 0.5], abs=0.02)
        wave = started(comparison, days_ago=20)
        give(wave, comparison, 1, customers=300, buyers=9)
        give(wave, comparison, 2, customers=300, buyers=60)
        assert [share for _, share in shares_now(comparison, now=NOW)] == pytest.approx([0.05, 0.95], abs=0.01)

    def test_what_a_wave_uses_is_written_down_with_it(self):
        comparison = builders.comparison(sharing="thompson")
        wave = started(comparison, days_ago=20)
        assert sum(wave.contents.values_list("share", flat=True)) == pytest.approx(1)
        assert [one.version.blocks[0]["text"] for one in wave.contents.order_by("variant")] == ["Eins", "Zwei"]


def test_a_network_that_shows_everybody_the_same_cannot_compare():
    option = builders.campaign(channels=("social",)).options.get()
    with pytest.raises(variants.VariantsError, match="everybody the same"):
        offer(option, {builders.content(): 1, builders.content(): 1}, by=None)
