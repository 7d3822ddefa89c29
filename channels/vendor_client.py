"""Reference client of the print vendor API, for vendors to use or to copy: the standard library only.

    VENDOR_KEY=... python -m channels.vendor_client --url https://steering.example.com --folder jobs [--produce]

takes every open job: downloads and verifies its files and acknowledges them. With --produce it also goes to the press:
starts production, reports every piece as produced, and the job as posted. Broken downloads go on where they broke off,
and it may be stopped and started again at any point. docs/vendor-api.md describes the API.
"""

import argparse
import csv
import hashlib
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BLOCK = 64 * 1024
ROWS_AT_ONCE = 1000
TO_TAKE = ("ready", "downloaded", "acknowledged")
NEW_REVISION = ("stale-revision", "withdrawals-pending")  # refusals after which the files must be fetched again
BROKEN = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
Job = Mapping[str, Any]


class Refused(Exception):  # noqa: N818 - the platform refuses a step
    """A problem that the platform answered with. `kind` is the stable part of its type; `body` is all of it."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.body = body
        self.kind = str(body.get("type", "")).removeprefix("urn:problem:")
        super().__init__(f"{status} {self.kind}: {body.get('detail', '')} {body.get('errors', '')}".strip())


class BadFileError(Exception):
    """What was downloaded is not what the platform listed."""


@dataclass(frozen=True)
class Downloaded:
    """A file as it was measured here, after the download."""

    path: Path
    revision: int
    name: str
    sha256: str
    bytes: int
    rows: int

    def check(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in ("path", "revision")}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The key must never follow a redirect to somebody else."""

    def redirect_request(self, *args: Any, **options: Any) -> None:
        return None


class Client:
    """One vendor's view of the API. Every method raises Refused for what the platform does not accept."""

    def __init__(self, url: str, key: str, *, timeout: float = 60, tries: int = 5, pause: float = 1) -> None:
        self.base = f"{url.rstrip('/')}/vendor/v1"
        self.key = key
        self.timeout = timeout
        self.tries = tries
        self.pause = pause  # seconds before the second try; twice as long before each next one
        self._opener = urllib.request.build_opener(_NoRedirects)

    def jobs(self, state: str = "") -> list[dict[str, Any]]:
        """All of them, page by page, or only those in a state."""
        found: list[dict[str, Any]] = []
        after: str | None = "0"
        while after is not None:
            page = self._call("GET", f"/jobs?after={after}" + (f"&state={state}" if state else ""))
            found += page["jobs"]
            after = page["next"]
        return found

    def job(self, job: Job) -> dict[str, Any]:
        """As it is now."""
        return self._call("GET", f"/jobs/{job['id']}")

    def files(self, job: Job) -> list[dict[str, Any]]:
        """Of the latest revision."""
        return self._call("GET", f"/jobs/{job['id']}/files")["files"]

    def withdrawals(self, job: Job) -> list[dict[str, Any]]:
        return self._call("GET", f"/jobs/{job['id']}/withdrawals")["withdrawals"]

    def download(self, job: Job, file: Mapping[str, Any], folder: Path | str) -> Downloaded:
        """Below `folder`/<job>/<revision>; verified. What is there already is verified and not fetched again."""
        name, revision = str(file["name"]), int(file["revision"])
        if Path(name).name != name:
            raise BadFileError(f"{name!r} is no file name")
        path = Path(folder) / str(job["id"]) / str(revision) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            partial = path.with_name(f"{name}.partial")
            self._fetch(f"/jobs/{job['id']}/files/{name}?revision={revision}", partial, file)
            partial.rename(path)
        return _verified(path, file)

    def acknowledge(self, job: Job, files: Sequence[Downloaded]) -> dict[str, Any]:
        body = {"revision": files[0].revision, "files": [file.check() for file in files]}
        return self._call("POST", f"/jobs/{job['id']}/acknowledge", body)

    def start_production(self, job: Job) -> dict[str, Any]:
        """With the revision that was acknowledged."""
        revision = self.job(job)["acknowledged_revision"] or job["revision"]
        return self._call("POST", f"/jobs/{job['id']}/production-start", {"revision": revision})

    def report(self, job: Job, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """What became of pieces: event_id, sequence, state, at, and a reason where one is due; one result each."""
        results: list[dict[str, Any]] = []
        for first in range(0, len(items), ROWS_AT_ONCE):
            batch = {"items": [dict(item) for item in items[first : first + ROWS_AT_ONCE]]}
            answer = self._call("POST", f"/jobs/{job['id']}/items", batch)
            results += [result | {"row": result["row"] + first} for result in answer["results"]]
        return results

    def post(self, job: Job, pieces: int, posted_at: datetime, receipt: str) -> dict[str, Any]:
        body = {"pieces": pieces, "posted_at": posted_at.isoformat(), "receipt": receipt}
        return self._call("POST", f"/jobs/{job['id']}/posted", body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A POST keeps its Idempotency-Key through all tries, so it is never done twice."""
        headers = {"Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        data = None if body is None else json.dumps(body).encode()

        def once() -> dict[str, Any]:
            with self._open(method, path, headers, data) as answer:
                return json.load(answer)

        return self._patiently(once)

    def _fetch(self, path: str, partial: Path, file: Mapping[str, Any]) -> None:
        def once() -> None:
            have = partial.stat().st_size if partial.exists() else 0
            # The ETag of a file is its SHA-256. Had the file changed, all of it would come.
            headers = {"Range": f"bytes={have}-", "If-Range": f'"{file["sha256"]}"'} if have else {}
            if have < file["bytes"]:
                with self._open("GET", path, headers) as answer:
                    _save(answer, partial, goes_on=answer.status == 206)
            if partial.stat().st_size < file["bytes"]:
                raise ConnectionError("the download broke off")

        self._patiently(once)

    def _open(self, method: str, path: str, headers: Mapping[str, str], data: bytes | None = None) -> Any:
        own = {"Authorization": f"Bearer {self.key}"} | dict(headers)
        request = urllib.request.Request(self.base + path, data, own, method=method)  # noqa: S310 - the user's own URL
        try:
            return self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from None

    def _patiently(self, once: Any) -> Any:
        """Again after a broken connection or an error of the server; what is refused is refused."""
        for left in reversed(range(self.tries)):
            try:
                return once()
            except (*BROKEN, Refused) as error:
                is_final = isinstance(error, Refused) and error.status < 500 and error.status != 429
                if is_final or left == 0:
                    raise
                time.sleep(self.pause * 2 ** (self.tries - 1 - left))
        raise AssertionError("at least one try")


def _refusal(error: urllib.error.HTTPError) -> Refused:
    try:
        body = json.load(error)
    except ValueError:
        body = {}
    return Refused(error.code, body if isinstance(body, dict) else {})


def _save(answer: Any, path: Path, *, goes_on: bool) -> None:
    with open(path, "ab" if goes_on else "wb") as out:
        while block := answer.read(BLOCK):
            out.write(block)


def _verified(path: Path, file: Mapping[str, Any]) -> Downloaded:
    """Rows are counted in CSV files; in a PDF they are its pages, which takes a PDF reader to count."""
    with open(path, "rb") as data:
        sha256 = hashlib.file_digest(data, "sha256").hexdigest()
    rows = len(rows_of(path)) if path.suffix == ".csv" else int(file["rows"])
    made = Downloaded(path, int(file["revision"]), str(file["name"]), sha256, path.stat().st_size, rows)
    for name, value in made.check().items():
        if value != file[name]:
            path.unlink()  # so that the next try fetches it again
            raise BadFileError(f"{path.name}: {name} should be {file[name]}, got {value}")
    return made


def rows_of(path: Path) -> list[dict[str, str]]:
    """A file of ours as a vendor reads it."""
    with open(path, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text, strict=True))


def take(client: Client, job: Job, folder: Path | str) -> list[Downloaded]:
    """Have all files of the latest revision, verified and acknowledged; again if there is a new one meanwhile."""
    for _ in range(client.tries):
        try:
            got = [client.download(job, file, folder) for file in client.files(job)]
            if not _is_acknowledged(client.job(job), got[0].revision):
                client.acknowledge(job, got)
                size = sum(one.bytes for one in got)
                _say(job, f"acknowledged {len(got)} files of revision {got[0].revision}, {size} bytes")
        except Refused as error:
            if error.kind not in NEW_REVISION:
                raise
        else:
            return got
    raise BadFileError(f"job {job['id']} gets new revisions faster than they can be downloaded")


def _is_acknowledged(job: Job, revision: int) -> bool:
    return "acknowledge" not in job["allowed"] or job["acknowledged_revision"] == job["revision"] == revision


def produce(client: Client, job: Job, folder: Path | str) -> None:
    """From the files to the carrier, as if this were a press."""
    got = _start(client, job, folder)
    pieces = _pieces(got)
    results = client.report(job, [_produced(job, sequence) for sequence in pieces])
    refused = [result for result in results if result["result"] == "refused"]
    _say(job, f"reported {len(results) - len(refused)} items produced, {len(refused)} refused")
    for result in refused:
        _say(job, f"row {result['row']} refused: {result['reason']}")
    late = {one["sequence"] for one in client.withdrawals(job) if not one["in_time"]}
    total = sum(quantity for sequence, quantity in pieces.items() if sequence not in late)
    answer = client.post(job, total, datetime.now(UTC), f"receipt-{job['id']}")
    _say(job, f"posted {total} pieces, {len(late)} taken out by hand; the job is {answer['state']}")


def _start(client: Client, job: Job, folder: Path | str) -> list[Downloaded]:
    """Nothing goes to the press while letters are being withdrawn: then the files are fetched again."""
    for _ in range(client.tries):
        got = take(client, job, folder)
        if client.job(job)["state"] == "in_production":
            return got
        try:
            client.start_production(job)
        except Refused as error:
            if error.kind not in NEW_REVISION:
                raise
            _say(job, f"not started, {error.kind}: fetching the files again")
            continue
        _say(job, f"production started with revision {got[0].revision}")
        return got
    raise BadFileError(f"job {job['id']} gets new revisions faster than production can start")


def _pieces(got: Iterable[Downloaded]) -> dict[int, int]:
    """Quantity by sequence: one a letter, and as many as ordered for an area."""
    tables = [rows_of(file.path) for file in got if file.path.suffix == ".csv"]
    return {int(row["sequence"]): int(row.get("quantity") or 1) for rows in tables for row in rows}


def _produced(job: Job, sequence: int) -> dict[str, Any]:
    # The id says it all, so that the same report after a restart is known.
    event_id = f"{job['id']}-{sequence}-produced"
    return {"event_id": event_id, "sequence": sequence, "state": "produced", "at": datetime.now(UTC).isoformat()}


def run(client: Client, folder: Path | str, *, is_producing: bool = False) -> int:
    """Every open job; returns how many went wrong. One that does stops no other."""
    wrong = 0
    wanted = (*TO_TAKE, "in_production") if is_producing else TO_TAKE
    for job in [one for one in client.jobs() if one["state"] in wanted]:
        try:
            (produce if is_producing else take)(client, job, folder)
        except (Refused, BadFileError, OSError) as error:
            is_gone = isinstance(error, Refused) and error.kind == "withdrawn"
            _say(job, f"{'is not wanted any more' if is_gone else 'went wrong'}: {error}")
            wrong += not is_gone
    return wrong


def _say(job: Job, what: str) -> None:
    print(f"job {job['id']} ({job['channel']}): {what}", flush=True)  # noqa: T201 - the command's output


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="vendor_client", description="Take print jobs from the vendor API.")
    parser.add_argument("--url", required=True, help="of the platform, e.g. https://steering.example.com")
    parser.add_argument("--folder", required=True, type=Path, help="where files go: <folder>/<job>/<revision>/")
    parser.add_argument("--produce", action="store_true", help="also report production and posting")
    options = parser.parse_args(arguments)
    key = os.environ.get("VENDOR_KEY", "")
    if not key:
        parser.error("the environment variable VENDOR_KEY must hold your key")
    return 1 if run(Client(options.url, key), options.folder, is_producing=options.produce) else 0


if __name__ == "__main__":
    sys.exit(main())
