"""What print vendors and social networks do with a wave: pull by HTTP, verify, print, post; fetch their lists."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from channels.models import AudienceFile, DispatchState, PrintItem
from channels.social import files, sync
from channels.vendor_client import Client

from .errors import DemoError

ROWS_AT_ONCE = 1000
CSV_FILES = {"print_mailing": "letters.csv", "direct_post": "areas.csv"}


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


def print_and_post(clients: dict[str, Client], *, wave_id: int, folder: Path) -> Printed:
    """Every vendor pulls its own jobs of the wave, verifies each file, and prints and posts what is in them."""
    pieces: dict[str, list[Piece]] = {channel: [] for channel in CSV_FILES}
    downloaded: list[Path] = []
    for client in clients.values():
        for job in client.jobs():
            if job["wave"] == wave_id:
                paths = _take(client, job, folder / f"job-{job['id']}")
                downloaded += paths
                pieces[job["channel"]] += _produce(client, job, paths)
    size = sum(path.stat().st_size for path in downloaded)
    return Printed(tuple(pieces["print_mailing"]), tuple(pieces["direct_post"]), len(downloaded), size)


def _take(client: Client, job: dict[str, Any], folder: Path) -> list[Path]:
    """Download and acknowledge; the client compares every checksum, and so does the platform."""
    folder.mkdir(parents=True)
    listed = client.files(job)
    paths = [client.download(job, file, folder) for file in listed]
    client.acknowledge(job, listed)
    return paths


def _produce(client: Client, job: dict[str, Any], paths: list[Path]) -> list[Piece]:
    client.start_production(job)
    pieces = list(_pieces(job, next(path for path in paths if path.name == CSV_FILES[job["channel"]])))
    for first in range(0, len(pieces), ROWS_AT_ONCE):
        _report(client, job, pieces[first : first + ROWS_AT_ONCE], state="produced", at=timezone.now())
    client.post(job, sum(piece.quantity for piece in pieces), timezone.now(), f"EL-{job['id']:06d}")
    return pieces


def _pieces(job: dict[str, Any], path: Path) -> Iterator[Piece]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Piece(
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


def return_letters(client: Client, letters: list[Piece], *, at: datetime) -> None:
    """Letters that the carrier brought back, reported row by row."""
    jobs = {job["id"]: job for job in client.jobs()}
    for job_id in Counter(letter.job_id for letter in letters):
        mine = [letter for letter in letters if letter.job_id == job_id]
        _report(client, jobs[job_id], mine, state="returned", at=at, reason="unknown at this address")


def _report(
    client: Client, job: dict[str, Any], pieces: list[Piece], *, state: str, at: datetime, reason: str = ""
) -> None:
    items = [
        {
            "event_id": f"{state}-{job['id']}-{piece.sequence}",
            "sequence": piece.sequence,
            "state": state,
            "reason": reason,
            "at": at.isoformat(),
        }
        for piece in pieces
    ]
    refused = [result for result in client.report(job, items)["results"] if result["result"] == "refused"]
    if refused:
        raise DemoError(f"{len(refused)} reports of job {job['id']} were refused: {refused[0]['reason']}")


def fetch_lists(wave_id: int) -> int:
    """The networks' connector takes the add lists of a wave; returns how many people they name."""
    listed = 0
    for file in AudienceFile.objects.filter(wave_id=wave_id, fetched_at=None):
        content = files.location(file).read_bytes()
        rows = len(content.splitlines()) - 1
        if hashlib.sha256(content).hexdigest() != file.sha256 or rows != file.rows:
            raise DemoError(f"the audience file {file.pk} is not as it was written")
        sync.fetched(file.pk)
        listed += rows
    return listed
