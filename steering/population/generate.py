"""Generate a population: people and their history to the database, the truth about them to a file."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction

from campaigns import journey

from . import block as blocks
from . import rows, shape, truth, write
from .behaviour import Response
from .rows import Source
from .truth import Truth


@dataclass(frozen=True)
class Generated:
    """How many rows went into each table, and where the truth lies."""

    rows: dict[str, int]
    truth: Path


def generate(
    *, customers: int, seed: int, as_of_on: date, progress: Callable[[int], None] = lambda written: None
) -> Generated:
    """All or nothing. `progress` is told the number of customers written so far. Raises write.PopulationError."""
    if customers < 1:
        raise write.PopulationError(f"customers must be at least 1, got {customers}")
    drawn = shape.draw(customers=customers, seed=seed)
    counts, responses = Counter(), []
    file = truth.path(settings.VAR, seed=seed)
    with transaction.atomic():
        start = write.begin(as_of_on=as_of_on)
        counts["campaigns_deliveryarea"] = write.areas(drawn, start)
        for number in drawn.blocks():
            block = blocks.draw(drawn, number, this_year=as_of_on.year)
            counts.update(write.block(Source(drawn, block, start)))
            responses.append(block.response)
            progress(counts["campaigns_customer"])
        write.finish()
        journey.refresh(as_of_at=datetime.combine(as_of_on, time(), UTC))
        _truth(responses).save(file)
    return Generated(dict(counts), file)


def _truth(responses: list[Response]) -> Truth:
    def whole(name: str) -> np.ndarray:
        return np.concatenate([getattr(response, name) for response in responses]).astype(np.float32)

    baseline = whole("baseline")
    numbers = np.array([rows.customer_number(number) for number in range(len(baseline))], dtype="U9")
    others = {name: whole(name) for name in ("uplift", "basket_euro", "open_rate", "online")}
    return Truth(customer_numbers=numbers, baseline=baseline, **others)
