"""A few delivery areas with customers, and a model of new customers that knows one feature."""

from datetime import timedelta

import numpy as np
from django.utils import timezone

from campaigns.models import Campaign, DeliveryArea
from steering import planning
from steering.models import AreaModel, Plan
from steering.targeting import dumps
from steering.targeting.areas import NewCustomers
from steering.targeting.observed import Observed
from tests import builders

PER_HOUSEHOLD = 0.02  # new customers that a leaflet brings


def areas(count: int = 12, *, residents: int = 2, **fields) -> list[DeliveryArea]:
    """From west to east, two postcodes; each with so many customers."""
    made = []
    for number in range(count):
        people = [builders.customer(consents=("email",), household=True) for _ in range(residents)]
        place = {"latitude": 52.0, "longitude": 8.0 + number / 10, "region": f"R{number % 2}"}
        made.append(
            builders.area(*people, **({"households": 100 + number, "refusing_households": 10} | place | fields))
        )
    return made


def campaign(**fields) -> Campaign:
    defaults = {"budget_cents": 10_000_000, "exploration_share": 0, "holdout_share": 0, "margin_share": "0.5"}
    return builders.campaign(channels=("email", "direct_post"), **(defaults | fields))


def plan(of: Campaign, **fields) -> Plan:
    made = builders.wave(of, **({"state": "draft", "started_at": None} | fields))
    return planning.make(made, version=None, as_of_at=timezone.now())


def area_model(*, reason: str = "") -> AreaModel:
    """Of a world in which leaflets bring PER_HOUSEHOLD new customers everywhere, worth 40 euro each."""
    rng, n = np.random.default_rng(1), 400
    treated = np.arange(n) % 2 == 0
    arrived = 10.0 + 500 * PER_HOUSEHOLD * treated
    features = rng.random((n, 1))
    model = NewCustomers().fit(Observed(features, np.full(n, 500.0), arrived, treated, np.full(n, 0.5), np.arange(n)))
    return AreaModel.objects.create(
        number=AreaModel.objects.count() + 1, known_until_at=timezone.now() - timedelta(days=1), trained_on_rows=n,
        features=["penetration"], new_customer_cents=4000, model=dumps(model), reason=reason,
    )  # fmt: skip
