"""The product's own way on its synthetic population: features by its query, answers drawn from the truth, effects learned."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import _scratch

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
SEED = 1
UNSEEN = 0.25
MARGIN = 0.4
COSTS = np.array([1.0, 2.0, 4.0, 85.0, 17.0])  # cents per contact


def measured(customers: int) -> dict[str, float]:
    """A database is made for it and dropped."""
    from steering.services import ensure_services

    ensure_services()
    with tempfile.TemporaryDirectory() as folder, _scratch.database("benchmark_uplift") as url:
        environment = _scratch.environment(url, Path(folder)) | {"DJANGO_SETTINGS_MODULE": "steering.settings"}
        for command in (["migrate"], ["generate_population", "--customers", str(customers), "--seed", str(SEED)]):
            subprocess.run([sys.executable, MANAGE, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
        file = Path(folder) / "features.npz"
        command = [sys.executable, "-m", "benchmarks._uplift_population", str(file), str(customers)]
        subprocess.run(command, env=environment, check=True, cwd=MANAGE.parent)
        with np.load(file) as read:
            return _told(dict(read))


def _read(file: Path, customers: int) -> None:
    """In a process of its own, in that database."""
    import django

    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from campaigns import audiences
    from campaigns.models import Audience, Customer
    from steering import features, people
    from steering.population import truth

    known = truth.load(truth.path(Path(settings.VAR), seed=SEED, customers=customers))
    now = timezone.now()
    who = people.in_audience(audiences.query(Audience(name="all", rule={"all": []}), as_of_at=now))
    chunks = list(people.read(who, names=features.known(), as_of_at=now))
    numbers = dict(Customer.objects.values_list("id", "customer_number"))
    rows = known.rows([numbers[id_] for chunk in chunks for id_ in chunk.customer_ids])
    choice = np.random.default_rng(SEED).integers(-1, len(COSTS), len(known.baseline))
    answers = known.draw_answers(choice, seed=SEED)
    np.savez(
        file,
        X=np.concatenate([chunk.features for chunk in chunks]),
        treatment=(choice + 1)[rows],
        outcome=answers.value_cents[rows].astype(float),
        uplift=known.uplift_cents(1.0)[rows],
    )


def _told(read: dict[str, np.ndarray]) -> dict[str, float]:
    from steering.targeting import UpliftModel

    n, m = read["uplift"].shape
    unseen = np.random.default_rng(SEED + 1).random(n) < UNSEEN
    model = UpliftModel().fit(
        read["X"][~unseen], read["treatment"][~unseen], read["outcome"][~unseen], np.full((~unseen).sum(), 1 / (m + 1))
    )
    uplift, known = model.predict(read["X"][unseen]), read["uplift"][unseen]
    mean = np.tile(known.mean(axis=0), (len(known), 1))
    oracle = _earned(known, known)
    figures = {
        "population_policy_share": _earned(uplift, known) / oracle,
        "population_policy_share_of_means": _earned(mean, known) / oracle,
    }
    for option in range(m):
        figures[f"population_correlation_{option}"] = float(np.corrcoef(uplift[:, option], known[:, option])[0, 1])
    print(
        f"\nsynthetic population, {(~unseen).sum():,} random decisions learned from, {unseen.sum():,} customers judged"
    )
    for name, number in figures.items():
        print(f"{name:36}{number:8.3f}")
    return figures


def _earned(uplift: np.ndarray, known: np.ndarray) -> float:
    """True margin per customer in cents when everybody gets what `uplift` says earns most, if anything does; no budget."""
    rows, best = np.arange(len(known)), (MARGIN * uplift - COSTS).argmax(axis=1)
    pays = (MARGIN * uplift - COSTS)[rows, best] > 0
    return float(np.where(pays, (MARGIN * known - COSTS)[rows, best], 0.0).mean())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
    _read(Path(sys.argv[1]), int(sys.argv[2]))
