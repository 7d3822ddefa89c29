"""A row that crashes rendering, and one that kills its worker: each is given up after three tries, and the rest go out."""

from pathlib import Path

from channels import ledger
from channels.models import Attempt, Dispatch
from tests.faults.staging import Stage

SABOTAGE = str(Path(__file__).parent / "sabotage")
PEOPLE = 60


def some(wave) -> Dispatch:
    return Dispatch.objects.filter(wave=wave).order_by("id")[7]


def hurry() -> None:
    """Nobody waits here for the minutes between tries."""
    Dispatch.objects.filter(state="queued").update(due_at="2024-01-01T00:00:00Z")


def test_a_row_that_crashes_rendering(stage: Stage):
    wave = stage.wave(PEOPLE)
    poison = some(wave)
    with stage.worker(env={"PYTHONPATH": SABOTAGE, "FAULT_CRASHES": str(poison.pk)}):
        stage.wake()
        states = stage.await_end(wave, between=hurry)
    assert states == {"sent": PEOPLE - 1, "failed": 1}
    assert list(Attempt.objects.filter(dispatch=poison).order_by("id").values_list("outcome", "code")) == [
        ("queued", "crash"), ("queued", "crash"), ("failed", "crash"),
    ]  # fmt: skip
    stage.check_mails(wave)
    stage.check_invariants()


def test_a_row_that_kills_its_worker(stage: Stage, settings):
    settings.DELIVERY_LEASE_SECONDS = 8
    wave = stage.wave(PEOPLE)
    poison = some(wave)
    with stage.worker(env={"PYTHONPATH": SABOTAGE, "FAULT_KILLS": str(poison.pk)}):
        stage.wake()
        states = stage.await_end(wave, between=hurry)
    poison.refresh_from_db()
    assert states == {"sent": PEOPLE - 1, "failed": 1}
    assert (poison.state, poison.lost, poison.reason) == ("failed", ledger.MOST_LOST, "its worker died 3 times")
    stage.check_mails(wave)
    stage.check_invariants()
