"""The response model of real people: what the experiment says, drawn together where it says little."""

import csv
from pathlib import Path

import numpy as np
import pytest

from steering.demo import assumed
from steering.population.behaviour import CHANNELS

EMAIL, BANNER, SOCIAL, LETTER, LEAFLET = range(len(CHANNELS))


@pytest.fixture
def experiment(tmp_path: Path) -> assumed.Experiment:
    """12,000 web buyers and 12,000 by phone: the web's buy 2 % alone and 6 % mailed, the phone's 1 % either way."""
    with (tmp_path / "experiment.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(assumed.COLUMNS)
        for number in range(24_000):
            medium, arm = ("Web", "Phone")[number % 2], ("Womens E-Mail", "No E-Mail")[number // 2 % 2]
            of_hundred = number // 4 % 100
            buys = of_hundred < {("Web", "Womens E-Mail"): 6, ("Web", "No E-Mail"): 2}.get((medium, arm), 1)
            history, newbie = (500 if of_hundred % 2 else 100), number // 400 % 2
            rows.writerow(
                [2, history, "Rural", newbie, medium, arm, int(of_hundred < 20), int(buys), 80 if buys else 0]
            )
    return assumed.read(tmp_path / "experiment.csv")


@pytest.fixture
def truth(experiment: assumed.Experiment):
    return assumed.truth_of(experiment, np.array([f"h-{number:06d}" for number in range(24_000)]))


def test_segments_keep_what_the_experiment_says_drawn_towards_the_mean(truth) -> None:
    web, phone = truth.baseline[0], truth.baseline[1]
    assert 0.015 < web < 0.02
    assert 0.01 < phone < 0.015
    assert 0.02 < truth.uplift[0, EMAIL] < 0.04
    assert 0 <= truth.uplift[1, EMAIL] < 0.015


def test_the_mean_of_all_is_kept(experiment: assumed.Experiment, truth) -> None:
    mailed = experiment.number("conversion")[experiment.is_mailed].mean()
    assert (truth.baseline + truth.uplift[:, EMAIL]).mean() == pytest.approx(mailed, rel=0.02)
    assert truth.basket_euro.mean() == pytest.approx(80)


def test_other_channels_are_multiples_of_the_mail_for_those_whom_they_suit(truth, experiment) -> None:
    mail = truth.uplift[:, EMAIL].mean()
    rich = experiment.number("history") > 200
    assert truth.uplift[rich, LETTER].mean() == pytest.approx(3 * 1.6 * mail, rel=0.01)
    assert truth.uplift[~rich, LETTER].mean() == pytest.approx(3 * 0.6 * mail, rel=0.01)
    assert truth.uplift[0, BANNER] > truth.uplift[1, BANNER]


def test_it_answers_like_any_truth(truth) -> None:
    answers = truth.draw_answers(np.full(24_000, EMAIL), seed=1)
    assert answers.bought.mean() == pytest.approx((truth.baseline + truth.uplift[:, EMAIL]).mean(), abs=0.005)


def test_what_is_assumed_is_said(truth) -> None:
    assert any(words.startswith("Assumed: ") for words in assumed.WORDS)
