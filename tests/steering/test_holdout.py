"""The holdout is stable, of the wanted size, and keeps what must stay together together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steering import holdout

IDS = np.arange(1, 50_001)


def test_the_same_customer_is_always_held_out_of_the_same_campaign():
    first = holdout.is_held_out(IDS, campaign_id=7, share=0.1)
    again = holdout.is_held_out(IDS[::-1].copy(), campaign_id=7, share=0.1)[::-1]
    assert first.tolist() == again.tolist()


def test_draws_stay_the_same_in_every_version():
    assert holdout.draw(np.array([1, 2, -3]), salt=7).tolist() == pytest.approx(
        [0.15589407130731636, 0.8743632626454936, 0.42056992093657886], abs=1e-12
    )


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_about_the_wanted_share_is_held_out(share):
    assert holdout.is_held_out(IDS, campaign_id=3, share=share).mean() == pytest.approx(share, abs=0.01)


def test_a_larger_share_only_adds_customers():
    small, large = (holdout.is_held_out(IDS, campaign_id=3, share=share) for share in (0.1, 0.2))
    assert not (small & ~large).any()


def test_campaigns_hold_out_others():
    first, second = (holdout.is_held_out(IDS, campaign_id=id_, share=0.5) for id_ in (1, 2))
    assert (first == second).mean() == pytest.approx(0.5, abs=0.02)


def test_an_area_is_held_out_as_a_whole():
    areas = IDS // 100
    held = holdout.is_held_out(holdout.unit_of(IDS, areas, by_area=True), campaign_id=5, share=0.3)
    assert all(held[areas == area].all() or not held[areas == area].any() for area in np.unique(areas)[:200])


def test_without_an_area_option_customers_are_drawn_alone():
    assert holdout.unit_of(IDS, IDS // 100, by_area=False).tolist() == IDS.tolist()


@given(st.integers(1, 2**62), st.integers(0, 2**62))
def test_customers_and_areas_are_never_one_unit(customer, area):
    alone = holdout.unit_of(np.array([customer]), np.array([-1]), by_area=True)
    together = holdout.unit_of(np.array([customer]), np.array([area]), by_area=True)
    assert alone[0] > 0 > together[0]


PAIRS = np.arange(1, 40_001).reshape(-1, 2)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.5, 0.8, 1.0])
def test_of_pairs_each_area_is_held_out_with_the_share(share):
    held = holdout.held_in_pairs(PAIRS, campaign_id=3, share=share)
    assert held.mean(axis=0) == pytest.approx([share, share], abs=0.015)
    assert not (held.all(axis=1).any() and share <= 0.5)


def test_a_larger_share_holds_out_the_same_areas_and_more():
    small, large = (holdout.held_in_pairs(PAIRS, campaign_id=3, share=share) for share in (0.1, 0.7))
    assert (large >= small).all()


def test_an_area_alone_is_drawn_alone():
    alone = np.column_stack([np.arange(1, 20_001), np.full(20_000, -1)])
    held = holdout.held_in_pairs(alone, campaign_id=3, share=0.2)
    assert held[:, 0].mean() == pytest.approx(0.2, abs=0.01)
    assert not held[:, 1].any()
