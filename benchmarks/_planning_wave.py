"""What the planning benchmark plans: a campaign over everybody, and a model trained on outcomes that hang on features."""

import numpy as np
from django.db import connection
from django.utils import timezone

from campaigns import audiences, versions
from campaigns.examples import EXAMPLE_BLOCKS
from campaigns.models import Audience, Campaign, Content, Customer, Option, Wave
from steering import features, people, priors, waves
from steering.models import ModelVersion
from steering.planning import options
from steering.targeting import UpliftModel, dumps
from steering.targeting.stability import Reference
from steering.treatments import channel_of

CENTS_PER_CUSTOMER = 20  # of budget, so that prices have something to decide
COSTS = {"email": 1, "banner": 2, "social": 4, "print_mailing": 85, "direct_post": 12}
LEARNED_FROM = 10_000
TRIM = """
    DELETE FROM campaigns_event WHERE id IN (
        SELECT id FROM campaigns_event ORDER BY hashint8(id) LIMIT greatest(0, %s - %s * (SELECT count(*) FROM campaigns_customer))
    )
"""


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        return cursor.fetchone()[0]


def trim(events: int) -> None:
    """So many events a customer in the mean, or as many as there are."""
    with connection.cursor() as cursor:
        cursor.execute(TRIM, [count("campaigns_event"), events])
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def make() -> Wave:
    campaign = Campaign.objects.create(
        name="benchmark",
        audience=Audience.objects.create(name="everybody", rule={"all": []}),
        content=Content.objects.create(name="example", blocks=EXAMPLE_BLOCKS),
        budget_cents=CENTS_PER_CUSTOMER * Customer.objects.count(),
    )
    for channel, cost in COSTS.items():
        Option.objects.create(campaign=campaign, channel=channel, unit_cost_cents=cost)
    versions.adopt(campaign.content)
    return waves.create(campaign)


def train() -> ModelVersion:
    """On the features of some customers, with drawn treatments and sales that grow with some features."""
    names = features.known()
    treatments = [offer.treatment for offer in options.of_campaign(Campaign.objects.get())]
    everybody = people.in_audience(audiences.query(Audience.objects.get()))
    ids = people.ids(everybody)[:LEARNED_FROM]
    known = people.Reading.of(names, (), as_of_at=timezone.now()).of_ids(ids).features
    treatment, outcome = _drawn(known, len(treatments))
    model = UpliftModel(
        priors=[priors.uplift_cents(channel_of(name)) for name in treatments],
        prior_strength=priors.STRENGTH,
        random_state=1,
    ).fit(known, treatment, outcome, np.full(len(ids), 1 / (1 + len(treatments))))
    scores = model.predict(known)
    return ModelVersion.objects.create(
        number=1, trained_on_rows=len(ids), known_until_at=timezone.now(), fingerprint="", treatments=treatments,
        features=names, model=dumps(model),
        reference={
            "features": Reference.of(known, names).state,
            "scores": {name: Reference.of(scores[:, [n]], [name]).state for n, name in enumerate(treatments)},
        },
    )  # fmt: skip


def _drawn(known: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Who gets what, evenly; whether they buy hangs on ranks of two features an option, and on nothing for the rest."""
    rng = np.random.default_rng(1)
    treatment = rng.integers(0, count + 1, len(known))
    chance = np.full(len(known), 0.1)
    for option in range(count):
        varied = np.flatnonzero(np.nan_to_num(known).std(axis=0) > 0)
        columns = known[:, varied[[7 * option % varied.size, (11 * option + 3) % varied.size]]]
        ranks = np.nan_to_num(columns).argsort(axis=0).argsort(axis=0) / len(known)
        chance += np.where(treatment == option + 1, 0.3 * ranks.mean(axis=1), 0.0)
    buys = rng.random(len(known)) < chance
    return treatment, np.where(buys, rng.lognormal(8.0, 0.5, len(known)).round(), 0.0)
