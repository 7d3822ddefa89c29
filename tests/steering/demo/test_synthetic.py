"""How much of a past the made-up people of the demo have."""

import pytest

from steering.demo import synthetic


@pytest.mark.parametrize(("customers", "waves"), [(300, 12), (20_000, 12), (50_000, 8), (100_000, 4), (1_000_000, 4)])
def test_large_populations_were_tried_less_often_since_more_is_not_learned_from(customers: int, waves: int) -> None:
    assert synthetic.trial_waves(customers) == waves
