"""One vendor's view of the API: a method a call, patient with what breaks, and never doing a thing twice."""

import http.client
import json
import os
import random
import socket
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from .answers import Refused, StrangeAnswerError, moment, refusal, require_file

ROWS_AT_ONCE, BYTES_AT_ONCE = 50_000, 8 * 1024 * 1024  # of a report
LONGEST_WAIT = 60  # seconds
BROKEN = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
CLOCK_MAY_DIFFER = timedelta(minutes=1)
JSON, JSON_LINES = "application/json", "application/jsonl"
Job = Mapping[str, Any]
Answer = TypeVar("Answer")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The key must never follow a redirect to somebody else."""

    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


class Client:
    """Every method raises Refused for what the platform does not accept, and OSError for what stays broken.

    `holder` is the name under which it leases jobs; two workers of a vendor need two.
    """

    def __init__(
        self, url: str, key: str, *, holder: str = "", timeout: float = 60, tries: int = 5, pause: float = 1
    ) -> None:
        self.base = f"{url.rstrip('/')}/vendor/v1"
        self.key = key
        self.holder = holder or f"{socket.gethostname()}-{os.getpid()}"
        self.timeout = timeout
        self.tries = tries
        self.pause = pause  # seconds before the second try; twice as long before each next one
        self.leases: dict[int, str] = {}  # tokens by job
        self.clock_differs: timedelta | None = None  # of the platform, from ours; None: not known yet
        self._opener = urllib.request.build_opener(_NoRedirects)

    def now(self) -> datetime:
        """By the platform's clock where ours is wrong, or it would refuse what happens in its future."""
        return datetime.now(UTC) + (self.clock_differs or timedelta())

    def jobs(self, *states: str) -> list[dict[str, Any]]:
        """All of them, page by page, or only those in one of these states."""
        found: list[dict[str, Any]] = []
        after: str | None = "0"
        while after is not None:
            page = self._read("/jobs", after=after, **({"state": ",".join(states)} if states else {}))
            found += page["jobs"]
            after = page["next"]
        return found

    def job(self, job: Job) -> dict[str, Any]:
        """As it is now."""
        return self._read(_path(job))

    def files(self, job: Job) -> list[dict[str, Any]]:
        """Of the latest revision."""
        return self._read(_path(job, "files"))["files"]

    def withdrawals(self, job: Job, *, after: int = 0) -> list[dict[str, Any]]:
        """Those with a higher `seq`."""
        found: list[dict[str, Any]] = []
        following: str | None = str(after)
        while following is not None:
            page = self._read(_path(job, "withdrawals"), after=following)
            found += page["withdrawals"]
            following = page["next"]
        return found

    def lease(self, job: Job) -> dict[str, Any]:
        """Keep other workers from it, or renew the lease; later calls carry its token. Refused: lease-held."""
        taken = self._post(job, "lease", {"holder": self.holder})
        self.leases[job["id"]] = taken["token"]
        return taken

    def release(self, job: Job) -> None:
        if job["id"] in self.leases:
            self._patiently(lambda: self._open("DELETE", _path(job, "lease"), self._lease_of(job)).close())
            del self.leases[job["id"]]

    def acknowledge(self, job: Job, revision: int, files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """`files`: name, sha256, bytes and rows of each, as they were measured here."""
        return self._post(job, "acknowledge", {"revision": revision, "files": [dict(file) for file in files]})

    def reject(self, job: Job, reason: str, details: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        return self._post(job, "reject", {"reason": reason, "details": [dict(one) for one in details]})

    def acknowledge_withdrawals(self, job: Job, seq: int) -> dict[str, Any]:
        """All up to this one."""
        return self._post(job, f"withdrawals/{seq}/acknowledge", {})

    def start_production(self, job: Job, revision: int) -> dict[str, Any]:
        return self._post(job, "production-start", {"revision": revision})

    def finish_printing(self, job: Job) -> dict[str, Any]:
        return self._post(job, "printed", {})

    def post(self, job: Job, pieces: int, posted_at: datetime, receipt: str, **more: Any) -> dict[str, Any]:
        """Several add up. `more`: postage_cents of these pieces, and more_follows where the rest is posted later."""
        body = {"pieces": pieces, "posted_at": posted_at.isoformat(), "receipt": receipt} | more
        return self._post(job, "posted", body)

    def report(self, job: Job, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """What became of pieces, any number of them: event_id, sequence, state, at, and what a state needs beside.

        Returns the rows that were refused, with row (from 1), event_id and reason.
        """
        refused: list[dict[str, Any]] = []
        first = 0
        for batch in _batches(rows):
            answer = self._send(_path(job, "items"), b"".join(batch), JSON_LINES)
            refused += [one | {"row": one["row"] + first} for one in answer["results"] if one["result"] == "refused"]
            first += len(batch)
        return refused

    def certify_deletion(self, job: Job, deleted_at: datetime, *, method: str = "") -> dict[str, Any]:
        return self._post(job, "deletion-certificate", {"deleted_at": deleted_at.isoformat(), "method": method})

    def fetch(self, job: Job, file: Mapping[str, Any], partial: Path) -> None:
        """The rest of a file into `partial`, which may hold its beginning already."""
        path = f"{_path(job, 'files', file['name'])}?{urlencode({'revision': file['revision']})}"

        def some() -> None:
            """Bytes that came count, even if the connection then broke."""
            have = _size(partial)
            # The ETag of a file is its SHA-256. Had the file changed, all of it would come.
            headers = {"Range": f"bytes={have}-", "If-Range": f'"{file["sha256"]}"'} if have else {}
            try:
                with self._open("GET", path, headers) as answer:
                    require_file(answer, file)
                    self._save(answer, partial, goes_on=answer.status == 206)
            except BROKEN:
                if _size(partial) <= have:
                    raise
            if _size(partial) <= have:
                raise ConnectionError("the download broke off")

        partial.touch()
        while _size(partial) < file["bytes"]:
            self._patiently(some)

    def _save(self, answer: Any, path: Path, *, goes_on: bool) -> None:
        with open(path, "ab" if goes_on else "wb") as out:
            while block := answer.read(64 * 1024):
                out.write(block)

    def _read(self, path: str, **query: str) -> dict[str, Any]:
        address = f"{path}?{urlencode(query)}" if query else path
        return self._patiently(lambda: self._told("GET", address, {}))

    def _post(self, job: Job, step: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._send(_path(job, step), json.dumps(body).encode(), JSON, **self._lease_of(job))

    def _send(self, path: str, body: bytes, media_type: str, **headers: str) -> dict[str, Any]:
        """The Idempotency-Key stays the same through all tries, so nothing is done twice."""
        own = {"Content-Type": media_type, "Idempotency-Key": str(uuid.uuid4())} | headers
        return self._patiently(lambda: self._told("POST", path, own, body))

    def _lease_of(self, job: Job) -> dict[str, str]:
        return {"Lease-Token": self.leases[job["id"]]} if job["id"] in self.leases else {}

    def _told(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> dict[str, Any]:
        with self._open(method, path, {"Accept": JSON} | dict(headers), body) as answer:
            try:
                return json.load(answer)
            except ValueError as error:
                kind = answer.headers.get("Content-Type", "no type")
                raise StrangeAnswerError(
                    f"{self.base} answered with {kind}, not JSON: is it a proxy's page?"
                ) from error

    def _open(self, method: str, path: str, headers: Mapping[str, str], data: bytes | None = None) -> Any:
        own = {"Authorization": f"Bearer {self.key}"} | dict(headers)
        request = urllib.request.Request(self.base + path, data, own, method=method)  # noqa: S310 - the user's own URL
        try:
            answer = self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise refusal(error) from None
        self._compare_clocks(answer.headers)
        return answer

    def _compare_clocks(self, headers: Mapping[str, str]) -> None:
        """Once, so that times follow each other; a little is nothing, as the header has whole seconds."""
        said = moment(headers.get("Date"))
        if self.clock_differs is None and said is not None:
            differs = said - datetime.now(UTC)
            self.clock_differs = differs if abs(differs) > CLOCK_MAY_DIFFER else timedelta()

    def _patiently(self, once: Callable[[], Answer]) -> Answer:
        """Again after a broken connection or an error of the server; what is refused is refused."""
        for left in reversed(range(self.tries)):
            try:
                return once()
            except (*BROKEN, Refused) as error:
                is_final = isinstance(error, Refused) and error.is_final
                if is_final or left == 0:
                    raise _for_good(error) from None
                time.sleep(self._wait(error, self.tries - 1 - left))
        raise AssertionError("at least one try")

    def pause_for(self, refused: Refused, tried: int) -> None:
        """Before files are asked for once more that are being written anew."""
        if refused.kind == "withdrawals-pending":
            time.sleep(self._wait(refused, tried))

    def _wait(self, error: Exception, tried: int) -> float:
        """As long as the platform says, else longer each time, and never all clients at the same moment."""
        asked = getattr(error, "retry_after", None)
        wait = self.pause * 2**tried if asked is None else asked
        return min(wait, LONGEST_WAIT) * random.uniform(1, 1.25)  # noqa: S311


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _path(job: Job, *parts: str) -> str:
    return "/".join((f"/jobs/{int(job['id'])}", *(quote(part) for part in parts)))


def _for_good(error: Exception) -> Exception:
    """Errors of HTTP itself are none of OSError's."""
    if isinstance(error, Refused | OSError):
        return error
    return ConnectionError(f"the answer broke off, or was no HTTP ({type(error).__name__})")


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[bytes]]:
    """Lines, as many as the platform takes at once; it hangs up on whoever sends it more."""
    batch: list[bytes] = []
    size = 0
    for row in rows:
        line = json.dumps(dict(row)).encode() + b"\n"
        if batch and (len(batch) >= ROWS_AT_ONCE or size + len(line) > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch
