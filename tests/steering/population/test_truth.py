"""The truth in its file, and answers that are drawn as often as it says."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering.population import truth
from steering.population.truth import BANNER, DIRECT_POST, EMAIL, NO_CONTACT, PRINT_MAILING, SOCIAL, Truth

CHANNELS = range(5)


def known(customers: int, **columns: float) -> Truth:
    """Everybody alike, in round numbers."""
    alike = {"baseline": 0.1, "basket_euro": 50.0, "open_rate": 0.4, "online": 0.3} | columns
    uplift = alike.pop("uplift", 0.2)
    return Truth(
        customer_numbers=np.array([f"P{n:08d}" for n in range(1, customers + 1)]),
        uplift=np.full((customers, 5), uplift, dtype=np.float32),
        **{name: np.full(customers, value, dtype=np.float32) for name, value in alike.items()},
    )


CROWD = known(40_000)


def everybody(choice: int, of: Truth = CROWD) -> np.ndarray:
    return np.full(len(of.baseline), choice)


def is_about(share: float, drawn: np.ndarray) -> bool:
    """Within four standard errors."""
    return abs(drawn.mean() - share) <= 4 * np.sqrt(max(share * (1 - share), 1e-9) / len(drawn))


class TestAnswers:
    @pytest.mark.parametrize("choice", [NO_CONTACT, *CHANNELS])
    def test_people_buy_as_often_as_the_probability_says(self, choice):
        bought = CROWD.draw_answers(everybody(choice), seed=1).bought
        assert is_about(CROWD.purchase_probability(everybody(choice)).mean(), bought)
        reached = 1.0 if choice == NO_CONTACT else truth.REACHED[choice]
        assert is_about(0.1 + (0 if choice == NO_CONTACT else 0.2 * reached), bought)

    def test_without_contact_nothing_of_a_contact_happens(self):
        answers = CROWD.draw_answers(everybody(NO_CONTACT), seed=1)
        for name in ("reached", "bounced", "returned", "opened", "clicked", "scanned", "redeemed"):
            assert not getattr(answers, name).any(), name

    def test_who_is_not_reached_bounces_or_comes_back_and_buys_as_without_contact(self):
        mailed, posted = (CROWD.draw_answers(everybody(choice), seed=1) for choice in (EMAIL, PRINT_MAILING))
        alone = CROWD.draw_answers(everybody(NO_CONTACT), seed=1)
        assert is_about(0.01, mailed.bounced)
        assert np.array_equal(mailed.bounced, ~mailed.reached)
        assert np.array_equal(posted.returned, ~posted.reached)
        assert not mailed.returned.any()
        assert not posted.bounced.any()
        assert np.array_equal(mailed.bought[mailed.bounced], alone.bought[mailed.bounced])

    @pytest.mark.parametrize(("choice", "rate"), [(EMAIL, 0.4), (BANNER, 0.7), (SOCIAL, 0.7)])
    def test_who_does_not_buy_because_of_it_sees_it_as_often_as_the_rate_says(self, choice, rate):
        answers = CROWD.draw_answers(everybody(choice), seed=2)
        others = answers.reached & ~answers.bought
        assert is_about(rate, answers.opened[others])

    @pytest.mark.parametrize("choice", [EMAIL, BANNER, SOCIAL])
    def test_who_buys_because_of_it_has_seen_it(self, choice):
        contacted, alone = (CROWD.draw_answers(everybody(each), seed=2) for each in (choice, NO_CONTACT))
        because = contacted.bought & ~alone.bought
        assert because.any()
        assert contacted.opened[because].all()

    @pytest.mark.parametrize("choice", CHANNELS)
    def test_only_who_has_seen_it_clicks_or_redeems_and_only_buyers_redeem(self, choice):
        answers = CROWD.draw_answers(everybody(choice), seed=3)
        saw = answers.opened if choice <= SOCIAL else answers.reached
        assert answers.redeemed.any()
        assert not (answers.redeemed & ~(saw & answers.bought)).any()
        assert not (answers.clicked & ~saw).any()
        assert answers.clicked.any() == (choice <= SOCIAL)
        assert answers.scanned.any() == (choice in (PRINT_MAILING, DIRECT_POST))
        assert is_about(truth.REDEEM_RATE[choice], answers.redeemed[saw & answers.bought])

    def test_buyers_follow_a_contact_more_often_than_others(self):
        answers = CROWD.draw_answers(everybody(EMAIL), seed=3)
        assert is_about(0.5, answers.clicked[answers.opened & answers.bought])
        assert is_about(0.1, answers.clicked[answers.opened & ~answers.bought])

    def test_purchases_are_worth_the_basket_on_average_and_lie_within_the_goal_window(self):
        answers = CROWD.draw_answers(everybody(PRINT_MAILING), seed=4)
        values = answers.value_cents[answers.bought]
        assert abs(values.mean() / 5000 - 1) < 0.02
        assert not answers.value_cents[~answers.bought].any()
        assert is_about(0.3, answers.bought_online[answers.bought])
        assert not answers.bought_online[~answers.bought].any()
        assert 1 <= answers.days_later.min() <= answers.days_later.max() <= 13

    def test_a_contact_may_put_people_off(self):
        hated = known(40_000, uplift=-0.05)
        answers = hated.draw_answers(everybody(EMAIL, hated), seed=1)
        assert is_about(0.1 - 0.05 * 0.99, answers.bought)
        assert not (answers.bought & ~hated.draw_answers(everybody(NO_CONTACT, hated), seed=1).bought).any()


class TestLuck:
    @given(seed=st.integers(0, 2**32), choices=st.lists(st.integers(-1, 4), min_size=1, max_size=40))
    def test_the_same_seed_and_choice_give_the_same_answers(self, seed, choices):
        some = known(len(choices))
        first, second = (some.draw_answers(np.array(choices), seed=seed) for _ in range(2))
        assert all(np.array_equal(getattr(first, f.name), getattr(second, f.name)) for f in fields(first))

    @given(seed=st.integers(0, 2**32), choices=st.lists(st.integers(-1, 4), min_size=1, max_size=40))
    def test_a_customer_s_answer_does_not_depend_on_what_others_get(self, seed, choices):
        some, mixed = known(len(choices)), np.array(choices)
        answers = some.draw_answers(mixed, seed=seed)
        for choice in set(choices):
            alike, rows = some.draw_answers(everybody(choice, some), seed=seed), mixed == choice
            for f in fields(answers):
                assert np.array_equal(getattr(answers, f.name)[rows], getattr(alike, f.name)[rows]), f.name

    def test_who_buys_anyway_buys_with_any_contact_that_puts_nobody_off(self):
        alone = CROWD.draw_answers(everybody(NO_CONTACT), seed=6).bought
        for choice in CHANNELS:
            assert CROWD.draw_answers(everybody(choice), seed=6).bought[alone].all()

    def test_another_seed_is_other_luck(self):
        first, second = (CROWD.draw_answers(everybody(EMAIL), seed=seed).bought for seed in (1, 2))
        assert not np.array_equal(first, second)


class TestExpectation:
    def test_the_margin_is_that_of_the_basket_times_the_probability(self):
        some = known(3)
        margin = some.expected_margin_cents(np.array([NO_CONTACT, EMAIL, DIRECT_POST]), margin_share=0.4)
        assert margin == pytest.approx([2000 * 0.1, 2000 * (0.1 + 0.2 * 0.99), 2000 * 0.3])

    def test_what_a_channel_adds_is_the_difference_to_no_contact(self):
        some, nobody = known(3), np.full(3, NO_CONTACT)
        for choice in CHANNELS:
            added = some.expected_margin_cents(everybody(choice, some), 0.4) - some.expected_margin_cents(nobody, 0.4)
            assert some.uplift_cents(0.4)[:, choice] == pytest.approx(added)

    @pytest.mark.parametrize(
        ("choice", "message"),
        [([0, 1], r"one entry for each of 3 customers, got \(2,\)"), ([0, 1, 5], "between -1 and 4"), ([0, 0, -2], "between -1 and 4")],
    )  # fmt: skip
    def test_a_choice_that_makes_no_sense_is_refused(self, choice, message):
        for refuses in (known(3).purchase_probability, lambda given: known(3).draw_answers(given, seed=1)):
            with pytest.raises(ValueError, match=message):
                refuses(np.array(choice))


class TestRows:
    @given(st.lists(st.integers(0, 29)))
    def test_the_rows_of_customers_are_found_in_any_order(self, wanted):
        some = known(30)
        assert some.rows(some.customer_numbers[wanted]).tolist() == wanted
        assert some.rows([f"P{row + 1:08d}" for row in wanted]).tolist() == wanted

    @pytest.mark.parametrize("stranger", ["P00000031", "P00000000", "A", "Z", "", "P000000012", "P0000001"])
    def test_a_stranger_is_refused_by_name(self, stranger):
        with pytest.raises(KeyError, match=f"customer {stranger} is not in this population"):
            known(30).rows(["P00000002", stranger])


class TestFile:
    def test_what_is_saved_is_what_is_loaded(self, tmp_path: Path):
        some = replace(known(5), baseline=np.random.default_rng(1).random(5).astype(np.float32))
        some.save(tmp_path / "folder" / "truth.npy")
        loaded = truth.load(tmp_path / "folder" / "truth.npy")
        for field in fields(some):
            before, after = getattr(some, field.name), getattr(loaded, field.name)
            assert (before.dtype, before.tolist()) == (after.dtype, after.tolist())

    def test_it_replaces_an_older_one_and_leaves_nothing_beside_it(self, tmp_path: Path):
        for customers in (5, 3):
            known(customers).save(tmp_path / "truth.npy")
        assert len(truth.load(tmp_path / "truth.npy").baseline) == 3
        assert [path.name for path in tmp_path.iterdir()] == ["truth.npy"]

    def test_a_failure_leaves_the_older_one(self, tmp_path: Path):
        path = tmp_path / "truth.npy"
        known(5).save(path)
        with pytest.raises(ValueError, match="9 characters"), truth.writing(path, customers=6) as write:
            write(replace(known(1), customer_numbers=np.array(["P000000001"])))
        assert len(truth.load(path).baseline) == 5
        assert [each.name for each in tmp_path.iterdir()] == ["truth.npy"]

    def test_a_customer_number_that_has_no_room_is_refused(self, tmp_path: Path):
        with pytest.raises(ValueError, match="at most 9 characters"):
            replace(known(1), customer_numbers=np.array(["P000000001"])).save(tmp_path / "truth.npy")
