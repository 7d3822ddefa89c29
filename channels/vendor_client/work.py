"""A day of a vendor: take every open job, print it, tell what became of each piece, and destroy the files in the end."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from . import downloads
from .client import Client, Job, Refused
from .downloads import BadFileError, Downloaded
from .opening import Opener, OpeningError, plain_only, rows_of

TO_TAKE = ("ready", "downloaded", "acknowledged")
TO_PRINT = (*TO_TAKE, "in_production", "printed")
OVER = ("posted", "reconciled", "purged", "cancelled", "rejected", "expired")
FETCH_AGAIN = ("stale-revision", "withdrawals-pending")  # refusals after which there is something new to fetch
NOT_WANTED = ("withdrawn", "purged", "past-cut-off")
TABLE = "table"
MOST_TOLD = 20  # refused rows, of a job


def _say(job: Job, what: str) -> None:
    print(f"job {job['id']} ({job['channel']}): {what}", flush=True)  # noqa: T201 - the command's output


@dataclass(frozen=True)
class Desk:
    """One worker of a vendor. It may be stopped and started again at any point."""

    client: Client
    folder: Path
    opener: Opener = plain_only
    say: Callable[[Job, str], None] = _say

    def run(self, *, is_producing: bool = False) -> int:
        """Every open job; returns how many went wrong. One that does stops no other."""
        wrong = 0
        for job in self.client.jobs(*(TO_PRINT if is_producing else TO_TAKE)):
            try:
                with_lease = self._lease(job)
                if with_lease:
                    (self.produce if is_producing else self.take)(job)
            except (Refused, BadFileError, OpeningError, OSError) as error:
                is_gone = isinstance(error, Refused) and error.kind in NOT_WANTED
                self.say(job, f"{'is not wanted any more' if is_gone else 'went wrong'}: {error}")
                wrong += not is_gone
            finally:
                self._release(job)
        return wrong

    def take(self, job: Job) -> list[Downloaded]:
        """Have all files of the latest revision, verified and acknowledged; again if there is a new one meanwhile."""
        for tried in range(self.client.tries):
            try:
                self._heed_withdrawals(job)
                got = [self.download(job, file) for file in self.client.files(job)]
                if not got:
                    raise BadFileError("the job has no files")
                if not _is_acknowledged(self.client.job(job), got[0].revision):
                    self.client.acknowledge(job, got[0].revision, [one.check for one in got])
                    size = sum(one.bytes for one in got)
                    self.say(job, f"acknowledged {len(got)} files of revision {got[0].revision}, {size} bytes")
            except Refused as error:
                if error.kind not in FETCH_AGAIN:
                    raise
                self.client.pause_for(error, tried)
            else:
                downloads.forget_older(job, self.folder, than=got[0].revision)
                return got
        raise BadFileError(f"job {job['id']} gets new revisions faster than they can be downloaded")

    def download(self, job: Job, file: Mapping[str, Any]) -> Downloaded:
        return downloads.download(self.client, job, file, self.folder, opener=self.opener)

    def produce(self, job: Job) -> list[Downloaded]:
        """From the files to the carrier, as if this were a press; returns the files that were printed."""
        got = self.start(job)
        made = pieces(got)
        refused = self.client.report(job, _produced(job, made, self.client.now()))
        self.say(job, f"reported {len(made) - len(refused)} items produced, {len(refused)} refused")
        for row in refused[:MOST_TOLD]:
            self.say(job, f"row {row['row']} refused: {row['reason']}")
        if self.client.job(job)["state"] == "in_production":
            self.client.finish_printing(job)
        self.post(job, got)
        return got

    def start(self, job: Job) -> list[Downloaded]:
        """Nothing goes to the press while letters are being withdrawn: then the files are fetched again."""
        for tried in range(self.client.tries):
            got = self.take(job)
            if self.client.job(job)["state"] not in TO_TAKE:
                return got
            try:
                self.client.start_production(job, got[0].revision)
            except Refused as error:
                if error.kind not in FETCH_AGAIN:
                    raise
                self.say(job, f"not started, {error.kind}: fetching the files again")
                self.client.pause_for(error, tried)
                continue
            self.say(job, f"production started with revision {got[0].revision}")
            return got
        raise BadFileError(f"job {job['id']} gets new revisions faster than production can start")

    def post(self, job: Job, got: Iterable[Downloaded]) -> None:
        """What was withdrawn too late is taken out by hand before the carrier comes."""
        late = {one["sequence"] for one in self._heed_withdrawals(job) if not one["in_time"]}
        total = sum(quantity for sequence, quantity in pieces(got).items() if sequence not in late)
        answer = self.client.post(job, total, self.client.now(), f"receipt-{job['id']}")
        self.say(job, f"posted {total} pieces, {len(late)} taken out by hand; the job is {answer['state']}")

    def clear(self) -> int:
        """Destroy the files of jobs that are over and certify it; returns how many jobs those were.

        Raises Refused for the first certificate that the platform did not take, after all the others.
        """
        cleared, refused = 0, []
        for job in self.client.jobs(*OVER):
            if downloads.destroy(job, self.folder):
                try:
                    self.client.certify_deletion(job, self.client.now(), method="deleted by vendor_client")
                except Refused as error:
                    self.say(job, f"destroyed the files, but could not certify it: {error}")
                    refused.append(error)
                    continue
                downloads.forget(job, self.folder)
                self.say(job, "destroyed the files and certified it")
                cleared += 1
        if refused:
            raise refused[0]
        return cleared

    def _lease(self, job: Job) -> bool:
        """Whether the job is ours now; jobs that another worker has, or has done since they were listed, are left to it."""
        try:
            self.client.lease(job)
        except Refused as error:
            is_over = error.kind == "wrong-state" and error.body.get("state") in OVER
            if error.kind != "lease-held" and not is_over:
                raise
            self.say(job, f"it is {error.body['state']} by now" if is_over else "another worker has it")
            return False
        return True

    def _release(self, job: Job) -> None:
        try:
            self.client.release(job)
        except (Refused, OSError):  # it runs out by itself
            self.client.leases.pop(job["id"], None)

    def _heed_withdrawals(self, job: Job) -> list[dict[str, Any]]:
        """The whole list, acknowledged."""
        listed = self.client.withdrawals(job)
        if any(one["acknowledged_at"] is None for one in listed):
            self.client.acknowledge_withdrawals(job, listed[-1]["seq"])
            self.say(job, f"acknowledged withdrawals up to number {listed[-1]['seq']}")
        return listed


def pieces(got: Iterable[Downloaded]) -> dict[int, int]:
    """Quantity by sequence: one a letter, and as many as ordered for an area."""
    tables = [rows_of(file.plain, file.media_type) for file in got if file.kind == TABLE]
    return {int(row["sequence"]): int(row.get("quantity") or 1) for rows in tables for row in rows}


def _is_acknowledged(job: Job, revision: int) -> bool:
    return "acknowledge" not in job["allowed"] or job["acknowledged_revision"] == job["revision"] == revision


def _produced(job: Job, sequences: Iterable[int], now: datetime) -> Iterator[dict[str, Any]]:
    # The id says it all, so that the same report after a restart is known.
    for sequence in sequences:
        event_id = f"{job['id']}-{sequence}-produced"
        yield {"event_id": event_id, "sequence": sequence, "state": "produced", "at": now.isoformat()}
