"""The least that a plan of everybody could take: its SQL, its model and its rows, each bare."""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from django.db import connection

from campaigns import audiences
from steering import people, streaming
from steering.models import Assignment, Plan
from steering.people import Reading, Who
from steering.planning import options, parts, scoring

BLOCK = 1 << 20
WARM_UP = 4  # parts that are read before, so that what they read lies in memory as it did for the plan


def measure(plan: Plan, *, connections: int) -> dict[str, float]:
    """Seconds of each part, one after the other."""
    campaign = plan.wave.campaign
    scorer = scoring.scorer(plan.model_version)
    channels = parts.channels_of(options.of_campaign(campaign))
    reading = Reading.of(scorer.names, channels, as_of_at=plan.as_of_at, campaign_id=campaign.pk)
    everybody = people.in_audience(audiences.query(campaign.audience, as_of_at=plan.as_of_at))
    split = people.parts(people.ids(everybody))
    for ids in split[:WARM_UP]:
        reading.of_ids(ids)
    seconds = {
        "sql": _to_nowhere(reading, everybody, split, connections=1),
        "sql at once": _to_nowhere(reading, everybody, split, connections=connections),
    }
    seconds["predict"] = sum(_predicted(scorer.model, reading.of_ids(ids).features) for ids in split)
    seconds["copy"] = _copied(plan.wave_id)
    return seconds


def _to_nowhere(reading: Reading, everybody: Who, split: list[np.ndarray], *, connections: int) -> float:
    begun = time.monotonic()
    people.ids(everybody)
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda every: _read(reading, split[every::connections]), range(connections)))
    return time.monotonic() - begun


def _read(reading: Reading, split: list[np.ndarray]) -> None:
    for ids in split:
        with connection.cursor() as cursor, cursor.copy(streaming.statement(*reading.bound(ids))) as copy:
            for _ in copy:
                pass
    connection.close()


def _predicted(model: object, features: np.ndarray) -> float:
    begun = time.monotonic()
    model.predict(features)
    return time.monotonic() - begun


def _copied(wave_id: int) -> float:
    """The same bytes into a table without index, key or check."""
    columns = ", ".join(field.column for field in Assignment._meta.concrete_fields if not field.primary_key)
    rows = f"SELECT {columns} FROM steering_assignment WHERE wave_id = {int(wave_id)}"  # noqa: S608
    with connection.cursor() as cursor, tempfile.TemporaryFile() as file:
        with cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT binary)") as copy:
            file.writelines(copy)
        cursor.execute(f"CREATE TABLE floor AS {rows} WITH NO DATA")
        file.seek(0)
        begun = time.monotonic()
        with cursor.copy("COPY floor FROM STDIN (FORMAT binary)") as copy:
            for block in _blocks(file):
                copy.write(block)
        return time.monotonic() - begun


def _blocks(file: object) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block
