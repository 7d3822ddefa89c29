"""Generate a population: people and their history to the database, the truth about them to a file."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction

from . import block as blocks
from . import plant, rows, shape, trial_write, trials, truth, write
from .block import Block
from .rows import Source
from .truth import Truth

MOST = 99_999_999  # customer numbers have eight digits


@dataclass(frozen=True)
class Generated:
    """How many rows went into each table, and where the truth lies."""

    rows: dict[str, int]
    truth: Path
    duplicates: Path | None = None  # who is in it twice


def generate(
    *,
    customers: int,
    seed: int,
    as_of_on: date,
    trial_waves: int = 0,
    duplicates: float = 0.0,
    progress: Callable[[int], None] = lambda written: None,
) -> Generated:
    """All or nothing. `progress` is told the number of customers written so far. Raises write.PopulationError.

    `duplicates`: the share of customers of whom there is a second record, beside the population, which stays the same.
    """
    _check(customers, trial_waves, duplicates)
    drawn = shape.draw(customers=customers, seed=seed)
    file = truth.path(settings.VAR, seed=seed, customers=customers)
    counts = Counter()
    bulk = write.bulk(as_of_on, also=trial_write.TABLES if trial_waves else ())
    # The truth is in place before the commit: without a population it does no harm, a population without it is useless.
    with transaction.atomic(), bulk as start, truth.writing(file, customers=customers) as write_truth:
        counts["campaigns_deliveryarea"] = write.areas(drawn, start)
        tried = trial_write.prepare(start, waves=trial_waves) if trial_waves else None
        garden = plant.Garden(drawn, duplicates)
        for number in drawn.blocks():
            source = Source(drawn, blocks.draw(drawn, number, this_year=as_of_on.year, trial_waves=trial_waves), start)
            counts.update(write.block(source))
            counts.update(garden.plant(source) if duplicates else {})
            if tried:
                counts.update(trial_write.block(source, tried))
            write_truth(_truth(source.block))
            progress(counts["campaigns_customer"])
        if tried:
            counts.update(trial_write.finish(tried))
        planted = plant.path(settings.VAR, seed=seed, customers=customers)
        return Generated(dict(counts), file, garden.write_truth(planted) if duplicates else None)


def _check(customers: int, trial_waves: int, duplicates: float) -> None:
    if not 0 <= duplicates <= 1:
        raise write.PopulationError(f"duplicates must be a share between 0 and 1, got {duplicates}")
    if not 1 <= customers <= MOST:
        raise write.PopulationError(f"customers must be between 1 and {MOST:,}, got {customers:,}")
    if not 0 <= trial_waves <= trials.MOST_WAVES:
        raise write.PopulationError(f"trial_waves must be between 0 and {trials.MOST_WAVES}, got {trial_waves}")


def _truth(block: Block) -> Truth:
    numbers = np.array([rows.customer_number(number) for number in block.people.numbers])
    return Truth(customer_numbers=numbers, **vars(block.response))
