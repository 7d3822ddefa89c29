"""What an option says about weeks is read, or refused by name."""

import pytest

from channels.direct_post import spread
from channels.direct_post.spread import Spread


def test_without_settings_everything_goes_at_once():
    assert spread.of({}).is_at_once
    assert spread.of({"vendor": "press"}) == Spread()


def test_settings_are_read():
    settings = {"weeks": 4, "spread": "stores", "radius_km": 12, "days_ahead": 10}
    assert spread.of(settings) == Spread(4, "stores", 12.0, 10)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"weeks": 0}, "weeks: must be a whole number between 1 and 26, got '0'"),
        ({"weeks": True}, "weeks: must be a whole number"),
        ({"weeks": "3"}, "weeks: must be a whole number"),
        ({"spread": "odd"}, "spread: must be even or stores, got 'odd'"),
        ({"radius_km": 5}, 'radius_km: needs "spread": "stores"'),
        ({"spread": "stores", "radius_km": -1}, "radius_km: must be above 0 and at most 500, got '-1'"),
        ({"spread": "stores", "radius_km": float("nan")}, "radius_km: must be above 0"),
        ({"days_ahead": 181}, "days_ahead: must be a whole number between 0 and 180"),
    ],
)
def test_what_makes_no_sense_is_refused(said, message):
    with pytest.raises(ValueError, match=message):
        spread.of(said)
