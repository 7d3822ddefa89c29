"""How fast, and in how much memory, a wave is planned: read, score, decide, write; against reading the ids alone.

    python -m benchmarks planning      CUSTOMERS=100000 for fewer than a million

The floor is the least that any plan needs: one COPY of the audience's ids out, and one row a customer in.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import _scratch
from benchmarks._report import Result
from steering import embedded
from steering.services import ensure_services

CUSTOMERS = 1_000_000
DATABASE = "benchmark_planning"
MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
CENTS_PER_CUSTOMER = 20  # of budget, so that prices have something to decide
COSTS = {"email": 1, "banner": 2, "social": 4, "print_mailing": 85, "direct_post": 12}
IDS_OUT = "COPY (SELECT id FROM campaigns_customer) TO STDOUT (FORMAT binary)"
ROWS_IN = "CREATE UNLOGGED TABLE floor AS SELECT id, 1 AS option FROM campaigns_customer"


def main() -> Result:
    """Makes the population, then measures in a fresh process whose peak of memory is that of planning."""
    customers = int(os.environ.get("CUSTOMERS", CUSTOMERS))
    ensure_services()
    with tempfile.TemporaryDirectory() as folder, _scratch.database(DATABASE) as url:
        environment = _scratch.environment(url, Path(folder)) | {"DJANGO_SETTINGS_MODULE": "steering.settings"}
        for command in (["migrate"], ["generate_population", "--customers", str(customers), "--seed", "1"]):
            subprocess.run([sys.executable, MANAGE, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
        told = subprocess.run(
            [sys.executable, "-m", __name__, "measure"], env=environment, check=True, stdout=subprocess.PIPE
        ).stdout
    _show(json.loads(told), customers)
    return _result(json.loads(told))


def _result(told: dict) -> Result:
    floor = told["seconds"].pop("floor")
    total = sum(told["seconds"].values())
    figures = {"total_seconds": total, "ratio": total / floor, "peak_mb": told["megabytes"]}
    return Result("planning", figures, {"total_seconds": floor})


def measure() -> None:
    import django

    django.setup()
    seconds: dict[str, float] = {}
    with _timed(seconds, "floor"):
        _floor()
    plan = _planned(seconds)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
                "eligible": plan.eligible,
                "gap": plan.gap,
            }
        )
    )


def _floor() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        with cursor.copy(IDS_OUT) as copy:
            for _ in copy:
                pass
        cursor.execute(ROWS_IN)


def _planned(seconds: dict[str, float]):
    """The steps of planning.make one by one, each timed."""
    from django.utils import timezone

    from campaigns import audiences
    from steering import features, people
    from steering.models import Plan
    from steering.planning import candidates, deciding, options, problem, writing
    from steering.planning.scoring import Scorer

    wave, now = _wave(), timezone.now()
    campaign = wave.campaign
    offers = options.of_campaign(campaign)
    # Features are read as for a model, though the priors score: what a model adds depends on the model.
    scorer = Scorer(names=features.known())
    with _timed(seconds, "read and score"):
        who = people.in_audience(audiences.query(campaign.audience, as_of_at=now))
        found, excluded = candidates.read(who, campaign=campaign, offers=offers, scorer=scorer, as_of_at=now)
    with _timed(seconds, "decide"):
        decision = deciding.decide(
            problem.build(campaign, offers, found),
            is_holdout=found.is_holdout,
            holdout_share=0.1,
            share=0.05,
            seed=1,
        )
    with _timed(seconds, "write"):
        plan = Plan(wave=wave, as_of_at=now, seed=1)
        return writing.write(plan, offers=offers, found=found, excluded=excluded, decision=decision)


def _wave():
    from campaigns.examples import EXAMPLE_BLOCKS
    from campaigns.models import Audience, Campaign, Content, Customer, Option
    from steering import waves

    campaign = Campaign.objects.create(
        name="benchmark",
        audience=Audience.objects.create(name="everybody", rule={"all": []}),
        content=Content.objects.create(name="example", blocks=EXAMPLE_BLOCKS),
        budget_cents=CENTS_PER_CUSTOMER * Customer.objects.count(),
    )
    for channel, cost in COSTS.items():
        Option.objects.create(campaign=campaign, channel=channel, unit_cost_cents=cost)
    return waves.create(campaign)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    seconds[name] = time.monotonic() - begun


def _show(told: dict, customers: int) -> None:
    seconds = told["seconds"]
    whole = sum(seconds.values()) - seconds["floor"]
    print(f"{customers:,} customers, {told['eligible']:,} eligible, {len(os.sched_getaffinity(0))} processors")
    print(f"{'':16}{'seconds':>9}{'x floor':>9}")
    for name, took in [*seconds.items(), ("planning", whole)]:
        print(f"{name:16}{took:9.1f}{took / seconds['floor']:9.1f}")
    print(f"peak memory {told['megabytes']} MB, gap {told['gap']:.2e}")
    path = embedded.places().var / "benchmarks" / "planning.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told | {"customers": customers, "planning": whole}, indent=2) + "\n")
    print(f"also in {path}")


if __name__ == "__main__":
    measure() if sys.argv[1:] == ["measure"] else main()
