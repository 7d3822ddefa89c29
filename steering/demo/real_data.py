"""The demo on the Hillstrom file: its customers, their purchases, and the randomised experiment as a first wave."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path

import numpy as np
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns.models import Customer
from steering import experiments

from . import assumed, time_machine
from .errors import DemoError
from .stages import Stages
from .world import World, meet

MAPPING, HISTORY = "hillstrom", "hillstrom_history"
EXPERIMENT = experiments.EXPERIMENTS[MAPPING]


def check(path: Path) -> None:
    """Before anything is emptied. Raises DemoError for a file that is not this one."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError) as error:
        raise DemoError(f"--data: {path} cannot be read ({error})") from error
    if missing := [name for name in assumed.COLUMNS if name not in header]:
        raise DemoError(f"--data must be the Hillstrom file; {path.name} has no column {missing[0]}")


def populate(path: Path, stages: Stages) -> World:
    with stages.stage(f"import the customers of {path.name}"):
        stages.tell(_imported("import_customers", path, MAPPING))
    with stages.stage("import their purchases"):
        stages.tell(_imported("import_events", path, HISTORY))
    with stages.stage("import the randomised e-mail experiment"):
        stages.tell(_recorded(path))
    with stages.stage("move 2008 to the weeks before today"):
        ended_at = EXPERIMENT.started_at + timedelta(days=EXPERIMENT.days)
        stages.tell(f"{time_machine.travel(ended_at - timezone.now()):,} rows moved")
    return _world(path)


def _imported(command: str, path: Path, mapping: str) -> str:
    said = StringIO()
    try:
        call_command(command, path, mapping=mapping, stdout=said, stderr=StringIO())
    except CommandError as error:
        raise DemoError(f"{command}: {error}") from error
    return said.getvalue().strip()


def _recorded(path: Path) -> str:
    try:
        done = experiments.record(path, mapping=MAPPING)
    except experiments.ExperimentError as error:
        raise DemoError(str(error)) from error
    return f"{done.contacted:,} of {done.customers:,} mailed, {done.purchases:,} purchases"


def _world(path: Path) -> World:
    """Customers are numbered by the rows of the file."""
    numbers = sorted(Customer.objects.values_list("customer_number", flat=True))
    experiment = assumed.read(path)
    if len(numbers) != len(experiment.is_mailed):
        raise DemoError(f"{path.name} has {len(experiment.is_mailed)} rows, the database {len(numbers)} customers")
    truth = assumed.truth_of(experiment, np.array(numbers))
    return meet(truth, data=path.name, assumptions=assumed.WORDS, currency=EXPERIMENT.currency)
