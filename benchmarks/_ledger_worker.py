"""One worker of the benchmark of the ledger: moves so many dispatches from queued to sent, and prints how long each step took.

    python -m benchmarks._ledger_worker ours|bare DISPATCHES BATCH STEP      both on the database that the environment names

`ours` calls the ledger as delivery does. `bare` runs the same statements with the same parameters by psycopg alone.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from uuid import uuid4

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
django.setup()

from channels import ledger, registry  # noqa: E402
from channels.base import Receipt, ReceiptState  # noqa: E402
from channels.ledger import sending  # noqa: E402
from channels.ledger.sql import array, numbered  # noqa: E402

CHANNEL = "email"


class Ours:
    def claim(self, size: int) -> list[int]:
        self._held = ledger.claim(CHANNEL, size)
        return [id_ for ids in self._held.waves.values() for id_ in ids]

    def turn(self, over: Sequence[int], then: dict[int, str]) -> None:
        answers = [Receipt(id_, ReceiptState.SENT, provider_id=provider_id(id_)) for id_ in over]
        done = ledger.turn(self._held, answers, then)
        assert len(done.begun) == len(then)


class Bare:
    """What is sent to PostgreSQL is recorded from the ledger once; from then on there is nothing but psycopg."""

    def __init__(self) -> None:
        self._claim, self._claim_params = _heard(lambda: ledger.claim(CHANNEL, 0), "rows")
        self._turn, self._turn_params = _heard(lambda: ledger.turn(ledger.Claim(uuid4(), CHANNEL), []), "prepared")
        self._own = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        self._own.prepare_threshold = 0

    def claim(self, size: int) -> list[int]:
        self._token = uuid4()
        params = self._claim_params | {"size": size, "token": self._token}
        return sorted(row[0] for row in psycopg.ClientCursor(self._own).execute(self._claim, params).fetchall())

    def turn(self, over: Sequence[int], then: dict[int, str]) -> None:
        told = {
            "ids": array(over),
            "states": array(["sent"] * len(over)),
            "provider_ids": array(provider_id(id_) for id_ in over),
            "codes": array([""] * len(over)),
            "answers": array([""] * len(over)),
            "tries": array([1] * len(over)),
        }
        asked = {"next": array(then), "recipients": array(then.values()), "token": self._token}
        params = self._turn_params | told | asked
        sql, names = numbered(self._turn)
        done = psycopg.RawCursor(self._own).execute(sql, [params[name] for name in names]).fetchall()
        assert len(done) == len(over) + len(then)


def provider_id(id_: int) -> str:
    return f"<dispatch-{id_}.0123456789abcdef@steering.example.com>"


def _heard(call, function: str) -> tuple[str, dict]:
    """The statement that a call of the ledger runs, and its parameters."""
    heard: list[tuple[str, dict]] = []
    real = getattr(sending, function)

    def listening(sql: str, params):
        if not isinstance(params, list):  # those of the small question before a claim
            heard.append((sql, params))
        return real(sql, params)

    setattr(sending, function, listening)
    try:
        call()
    finally:
        setattr(sending, function, real)
    return heard[0]


def work(how: Ours | Bare, dispatches: int, batch: int, step: int) -> dict[str, float]:
    """Each step records those of the step before and begins the next, as connections of a worker do."""
    recipients = _recipients()
    claims = turns = 0.0
    done = 0
    while done < dispatches:
        begun = time.perf_counter()
        ids = how.claim(min(batch, dispatches - done))
        claimed = time.perf_counter()
        over: list[int] = []
        for first in range(0, len(ids), step):
            then = ids[first : first + step]
            how.turn(over, {id_: recipients[id_] for id_ in then})
            over = then
        how.turn(over, {})
        turns += time.perf_counter() - claimed
        claims += claimed - begun
        done += len(ids)
        if not ids:
            break
    return {"dispatches": done, "claim_seconds": claims, "turn_seconds": turns}


def _recipients() -> dict[int, str]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as own:
        return dict(
            own.execute(
                "SELECT d.id, i.value FROM channels_dispatch d JOIN campaigns_identifier i USING (customer_id)"
                " WHERE d.state = 'queued'"
            ).fetchall()
        )


if __name__ == "__main__":
    assert registry.get(CHANNEL)
    name, *numbers = sys.argv[1:]
    print(json.dumps(work(Ours() if name == "ours" else Bare(), *map(int, numbers))))
