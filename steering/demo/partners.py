"""What print vendors and social networks do with a wave: pull by HTTP, verify, print, post; fetch their lists."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from campaigns import consent
from campaigns.postal import ReturnReason
from channels.models import AudienceFile, DispatchState, PrintItem
from channels.social import sync

from .errors import DemoError
from .press import Piece, Press

LETTERS, LEAFLETS = "print_mailing", "direct_post"
OBJECTED = "demo: a call"
MISSED = 2  # leaflets of an area that find no letter box
REASONS = (ReturnReason.UNKNOWN, ReturnReason.MOVED, ReturnReason.NO_SUCH_NUMBER)


@dataclass(frozen=True)
class Printed:
    """What the vendors made of a wave."""

    letters: tuple[Piece, ...]
    areas: tuple[Piece, ...]
    files: int
    bytes: int
    broke: tuple[tuple[int, int], ...]  # downloads that broke off: bytes that had come, of how many
    objected: int  # people who objected when their letters had been pulled, and before they were printed


def print_and_post(presses: Iterable[Press], *, wave_id: int, folder: Path) -> Printed:
    """Every vendor pulls its own jobs of the wave, decrypts and verifies each file, and prints and posts what is in them.

    One of each vendor's downloads breaks off. When the first job of letters was pulled, one person objects.
    """
    pieces: dict[str, list[Piece]] = {LETTERS: [], LEAFLETS: []}
    files, broke = [], []
    change = ChangeOfMind()
    for press in presses:
        press.client.break_next()
        for job in press.client.jobs("ready"):
            if job["wave"] == wave_id:
                made, pulled = press.produce(job, folder, before_production=change.of_one_reader)
                pieces[job["channel"]] += made
                files += pulled
        broke += press.client.broke
        press.client.broke.clear()
    size = sum(file.bytes for file in files)
    return Printed(
        tuple(pieces[LETTERS]), tuple(pieces[LEAFLETS]), len(files), size, tuple(broke), len(change.customers)
    )


class ChangeOfMind:
    """The first reader of the first letters calls and wants no more advertising."""

    def __init__(self) -> None:
        self.customers: list[int] = []

    def of_one_reader(self, pieces: list[Piece]) -> None:
        if self.customers:
            return
        items = PrintItem.objects.filter(pk__in=[piece.item_id for piece in pieces], dispatch__isnull=False)
        found = items.order_by("pk").values_list("dispatch__customer_id", flat=True).first()
        if found is not None:
            consent.object_to(customer_id=found, source=OBJECTED)
            self.customers.append(found)


def compare_letters(letters: Iterable[Piece], wave_id: int) -> None:
    """The vendors printed every letter that the ledger calls sent, once, and no other. Raises DemoError."""
    posted = PrintItem.objects.filter(dispatch__wave=wave_id, dispatch__state=DispatchState.SENT)
    printed, expected = Counter(letter.item_id for letter in letters), set(posted.values_list("id", flat=True))
    kinds = {
        "missing": expected - printed.keys(),
        "not in the ledger": printed.keys() - expected,
        "doubled": {id_ for id_, count in printed.items() if count > 1},
    }
    found = [f"{len(ids)} {words} (item {min(ids)})" for words, ids in kinds.items() if ids]
    if found:
        raise DemoError(f"letters and ledger differ: {'; '.join(found)}")


def return_letters(press: Press, letters: Iterable[Piece], *, at: datetime) -> None:
    """Letters that the carrier brought back, reported row by row. Raises DemoError for a row that is refused."""
    _report(press, [(letter, _returned(reason)) for letter, reason in zip(letters, cycle(REASONS))], at=at)


def prove_distribution(press: Press, areas: Iterable[Piece], *, at: datetime) -> int:
    """Leaflets that the carrier delivered, reported area by area, MISSED short of each; returns how many."""
    told = [(area, _distributed(area, at)) for area in areas]
    _report(press, told, at=at)
    return sum(row["quantity"] for _, row in told)


def _report(press: Press, told: Iterable[tuple[Piece, dict[str, Any]]], *, at: datetime) -> None:
    by_job: dict[int, list[dict[str, Any]]] = {}
    for piece, row in told:
        by_job.setdefault(piece.job_id, []).append(row | {"sequence": piece.sequence, "at": at.isoformat()})
    for job_id, rows in by_job.items():
        if refused := press.client.report({"id": job_id}, [row | _event(job_id, row) for row in rows]):
            raise DemoError(f"{len(refused)} reports of job {job_id} were refused: {refused[0]['reason']}")


def _event(job_id: int, row: dict[str, Any]) -> dict[str, str]:
    return {"event_id": f"{row['state']}-{job_id}-{row['sequence']}"}


def _returned(reason: ReturnReason) -> dict[str, Any]:
    return {"state": "returned", "reason": reason.value}


def _distributed(area: Piece, at: datetime) -> dict[str, Any]:
    year, week, _ = at.isocalendar()
    return {"state": "distributed", "quantity": max(area.quantity - MISSED, 0), "week": f"{year}-W{week:02d}"}


def fetch_lists(wave_id: int) -> int:
    """The networks' connector takes the add lists of a wave; returns how many people they name."""
    listed = 0
    for file in AudienceFile.objects.filter(wave_id=wave_id, fetched_at=None):
        content = sync.fetch(file.pk).read_bytes()
        rows = len(content.splitlines()) - 1
        if hashlib.sha256(content).hexdigest() != file.sha256 or rows != file.rows:
            raise DemoError(f"audience file {file.pk} is not as it was written")
        listed += rows
    return listed
