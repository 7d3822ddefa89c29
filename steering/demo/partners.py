"""What print vendors and social networks do with a wave: pull by HTTP, verify, print, post; fetch their lists."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from channels.models import AudienceFile, DispatchState, PrintItem
from channels.social import sync
from channels.vendor_client import Client, Downloaded, Job, rows_of

from .errors import DemoError


@dataclass(frozen=True)
class Piece:
    """One row of a mailing file or an area order, as the vendor read it."""

    job_id: int
    item_id: int
    sequence: int
    quantity: int
    coupon: str
    link: str  # behind the QR code


@dataclass(frozen=True)
class Printed:
    """What the vendors made of a wave."""

    letters: tuple[Piece, ...]
    areas: tuple[Piece, ...]
    files: int
    bytes: int


def print_and_post(clients: Iterable[Client], *, wave_id: int, folder: Path) -> Printed:
    """Every vendor pulls its own jobs of the wave, verifies each file, and prints and posts what is in them."""
    pieces: dict[str, list[Piece]] = {"print_mailing": [], "direct_post": []}
    downloaded: list[Downloaded] = []
    for client in clients:
        for job in client.jobs(state="ready"):
            if job["wave"] == wave_id:
                files = [client.download(job, file, folder) for file in client.files(job)]
                client.acknowledge(job, files)
                pieces[job["channel"]] += _produce(client, job, files)
                downloaded += files
    size = sum(file.bytes for file in downloaded)
    return Printed(tuple(pieces["print_mailing"]), tuple(pieces["direct_post"]), len(downloaded), size)


def _produce(client: Client, job: Job, files: list[Downloaded]) -> list[Piece]:
    client.start_production(job)
    tables = [rows_of(file.path) for file in files if file.path.suffix == ".csv"]
    pieces = [_piece(job, row) for rows in tables for row in rows]
    _report(client, job, pieces, state="produced", at=timezone.now())
    client.post(job, sum(piece.quantity for piece in pieces), timezone.now(), f"EL-{job['id']:06d}")
    return pieces


def _piece(job: Job, row: dict[str, str]) -> Piece:
    return Piece(
        job_id=job["id"],
        item_id=int(row["item_id"]),
        sequence=int(row["sequence"]),
        quantity=int(row.get("quantity", 1)),
        coupon=row.get("coupon_code", ""),
        link=row.get("qr_link", ""),
    )


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


def return_letters(client: Client, letters: Iterable[Piece], *, at: datetime) -> None:
    """Letters that the carrier brought back, reported row by row."""
    by_job: dict[int, list[Piece]] = {}
    for letter in letters:
        by_job.setdefault(letter.job_id, []).append(letter)
    for job_id, some in by_job.items():
        _report(client, {"id": job_id}, some, state="returned", at=at, reason="unknown at this address")


def _report(client: Client, job: Job, pieces: list[Piece], *, state: str, at: datetime, reason: str = "") -> None:
    items = [
        {
            "event_id": f"{state}-{piece.item_id}",
            "sequence": piece.sequence,
            "state": state,
            "reason": reason,
            "at": at.isoformat(),
        }
        for piece in pieces
    ]
    refused = [result for result in client.report(job, items) if result["result"] == "refused"]
    if refused:
        raise DemoError(f"{len(refused)} reports of job {job['id']} were refused: {refused[0]['reason']}")


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
