"""A print vendor's worker in the demo: the reference client, with a line that breaks and people who change their minds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.vendor_client import Client, Desk, Downloaded, Job, of_age, rows_of
from channels.vendor_client.work import TABLE

from .errors import DemoError


class BreakingClient(Client):
    """Its connection breaks in the middle of the first file that is long enough, once for each call of `break_next`."""

    breaks = False
    broke: list[tuple[int, int]]  # bytes that had come, of how many

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key, pause=0.1)
        self.broke = []

    def break_next(self) -> None:
        self.breaks = True

    def _save(self, answer: Any, path: Path, *, goes_on: bool) -> None:
        length = int(answer.headers.get("Content-Length", 0))
        if not self.breaks or goes_on or length < 2:
            super()._save(answer, path, goes_on=goes_on)
            return
        self.breaks = False
        path.write_bytes(answer.read(length // 2))
        self.broke.append((path.stat().st_size, length))
        raise ConnectionError("the line broke")


@dataclass(frozen=True)
class Piece:
    """One row of a mailing file or an area order, as the vendor read it."""

    job_id: int
    item_id: int
    sequence: int
    quantity: int
    coupon: str
    link: str  # behind the QR code


@dataclass
class Press:
    """One vendor. `identity` is the file with its secret key, to which its files are encrypted."""

    client: BreakingClient
    identity: Path
    said: list[str] = field(default_factory=list)

    def produce(
        self, job: Job, folder: Path, *, before_production: Callable[[list[Piece]], None]
    ) -> tuple[list[Piece], list[Downloaded]]:
        """Lease, download, acknowledge, print, report and post one job; returns what was printed and what was pulled."""
        desk = Desk(self.client, folder, of_age(self.identity), say=lambda _, what: self.said.append(what))
        self.client.lease(job)
        before_production(pieces_of(job, desk.take(job)))
        pulled = desk.produce(job)
        self.client.release(job)
        return pieces_of(job, pulled), pulled


def pieces_of(job: Job, files: list[Downloaded]) -> list[Piece]:
    """What is in the tables of these files. Raises DemoError if they came unencrypted."""
    open_ones = [file.name for file in files if file.path == file.plain]
    if open_ones:
        raise DemoError(f"{open_ones[0]} of job {job['id']} was not encrypted")
    tables = [rows_of(file.plain, file.media_type) for file in files if file.kind == TABLE]
    return [_piece(job, row) for rows in tables for row in rows]


def _piece(job: Job, row: dict[str, str]) -> Piece:
    return Piece(
        job_id=job["id"],
        item_id=int(row["item_id"]),
        sequence=int(row["sequence"]),
        quantity=int(row.get("quantity") or 1),
        coupon=row.get("coupon_code", ""),
        link=row.get("qr_link", ""),
    )
