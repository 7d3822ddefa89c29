"""New customers of made-up areas: as many as the truth says, written once, and found by the model."""

from datetime import date

import numpy as np
import pytest

from campaigns.models import Customer, Event, Wave
from steering.areas import features, training
from steering.models import PlanArea
from steering.population import generate, newcomers, settling, shape

DAY = date(2026, 6, 1)


def known(customers: int = 20_000) -> newcomers.Newcomers:
    return newcomers.of(shape.draw(customers=customers, seed=1), first_area_id=7)


def test_leaflets_bring_more_where_few_are_customers_and_leaflets_are_read():
    truth = known()
    drawn = shape.draw(customers=20_000, seed=1)
    ours = np.bincount(drawn.area, minlength=len(drawn.areas)) / drawn.areas.households
    assert np.corrcoef(truth.added, ours)[0, 1] < -0.2
    assert np.corrcoef(truth.added, drawn.areas.effect)[0, 1] > 0.3
    assert 0 < truth.added.min() < truth.added.max() < newcomers.MOST


def test_as_many_come_as_the_truth_says_and_the_same_come_anyway():
    truth, everywhere = known(), set(known().area_ids.tolist())
    without = np.mean([truth.draw(set(), seed=seed) for seed in range(60)], axis=0)
    with_leaflets = np.mean([truth.draw(everywhere, seed=seed) for seed in range(60)], axis=0)
    assert without.sum() == pytest.approx((truth.households * truth.base).sum(), rel=0.05)
    assert (with_leaflets - without).sum() == pytest.approx((truth.households * truth.added).sum(), rel=0.05)
    one, other = truth.draw(set(), seed=3), truth.draw({7, 8}, seed=3)
    assert (one[2:] == other[2:]).all()


def test_what_they_are_worth_is_their_margin():
    truth = known()
    [worth] = truth.worth_cents(truth.area_ids[:1], margin_share=0.5)
    assert worth == pytest.approx(truth.households[0] * truth.added[0] * 7200 * 0.5 * np.exp(0.45**2 / 2))


@pytest.mark.django_db(transaction=True)
def test_of_trials_they_come_after_each_wave_and_are_learned_from(settings, tmp_path):
    settings.VAR = tmp_path
    generate.generate(customers=3000, seed=1, as_of_on=DAY, trial_waves=3)
    truth, came = settling.settle(customers=3000, seed=1)
    people = Customer.objects.filter(source=newcomers.SOURCE)
    assert people.count() == came > 5
    assert Event.objects.filter(source=newcomers.SOURCE, kind="purchased").count() == came
    waves = list(Wave.objects.order_by("number"))
    assert len(waves) == 3
    for wave in waves:
        mine = people.filter(customer_number__startswith=f"N{wave.pk:05d}")
        since = list(mine.values_list("customer_since_on", flat=True))
        assert all(0 < (day - wave.started_at.date()).days <= 13 for day in since)
        opened = PlanArea.objects.filter(plan__wave=wave, chosen=True).count()
        assert opened / PlanArea.objects.filter(plan__wave=wave).count() == pytest.approx(0.15, abs=0.15)
    version = training.train()
    assert version.trained_on_rows == PlanArea.objects.count()
    names = features.known_names()
    assert features.read(names, as_of_at=waves[0].started_at).values.shape == (len(truth.area_ids), len(names))
