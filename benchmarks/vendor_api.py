"""Fifty vendors poll and pull at once, their downloads cut off again and again: requests a second, and is every byte right.

    python -m benchmarks vendor_api     VENDORS=50, CUTS=10000 interrupted downloads, FILE_BYTES=200000, WEB_WORKERS=4

It runs gunicorn as docs/operations.md does, on a database of its own. The floor, in the same run: requests a second that the
same gunicorn answers without doing anything, to connections that are closed after each as a vendor's are.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import _load, _scratch, _vendor_load, _web
from benchmarks._report import Result
from benchmarks._vendor_load import Asked, Told
from steering.services import ensure_services

DATABASE = "benchmark_vendor_api"
JOBS = 2  # of each vendor
MOST_SECONDS = 600
NOTHING_SECONDS = 5


def main() -> Result:
    vendors, cuts, size = (_number(*pair) for pair in (("VENDORS", 50), ("CUTS", 10_000), ("FILE_BYTES", 200_000)))
    ensure_services()
    with tempfile.TemporaryDirectory() as name, _scratch.database(DATABASE) as url:
        folder = Path(name)
        environment = _scratch.environment(url, folder) | {"DJANGO_SETTINGS_MODULE": "steering.settings"}
        _scratch.run(environment, "manage.py", "migrate", "--verbosity", "0")
        _scratch.run(environment, "-m", "benchmarks._vendor_data", vendors, JOBS, size, folder / "keys")
        nothing = _nothing(environment, folder, vendors)
        with _web.serving(environment, "steering.wsgi") as web:
            told = _vendor_load.run(
                Asked(_web.PORT, (folder / "keys").read_text().splitlines(), cuts=cuts, seconds=MOST_SECONDS)
            )
            processor = _web.processor_seconds(web)
    return _result(told, nothing, processor)


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


def _nothing(environment: Mapping[str, str], folder: Path, vendors: int) -> _load.Told:
    (folder / "nothing").write_text("/vendor/v1/jobs")
    with _web.serving(environment, "benchmarks._nothing:application"):
        asked = _load.Asked(_web.PORT, str(folder / "nothing"), connections=vendors, seconds=NOTHING_SECONDS)
        return _load.run(asked)


def _result(told: Told, nothing: _load.Told, processor: float) -> Result:
    times = sorted(told.listing_ms + told.first_byte_ms)
    per_second, p99 = told.requests / told.seconds, _quantile(times, 0.99)
    print(f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}; the goal is stated for 4")
    print(
        f"{told.requests:,} requests in {told.seconds:.1f} s, {per_second:,.0f} a second; answers {dict(told.statuses)}"
    )
    print(
        f"{1000 * processor / told.requests:.2f} ms of a processor a request; {told.bytes / told.seconds / 1e6:.0f} MB/s"
    )
    print(f"listings    p50 {_quantile(told.listing_ms, 0.5):.1f} ms, p99 {_quantile(told.listing_ms, 0.99):.1f} ms")
    print(
        f"first byte  p50 {_quantile(told.first_byte_ms, 0.5):.1f} ms, p99 {_quantile(told.first_byte_ms, 0.99):.1f} ms"
    )
    print(f"{told.cuts:,} downloads broke off, {told.files:,} files came whole, {told.integrity_errors} of them wrong")
    print(f"nothing     {nothing.per_second:,.0f} a second, p99 {nothing.p99_ms:.1f} ms")
    figures = {
        "requests_per_second": per_second,
        "p99_ms": p99,
        "integrity_errors": float(told.integrity_errors),
        "interrupted_downloads": float(told.cuts),
        "processor_ms": 1000 * processor / told.requests,
        "megabytes_per_second": told.bytes / told.seconds / 1e6,
    }
    return Result("vendor_api", figures, {"requests_per_second": nothing.per_second, "p99_ms": nothing.p99_ms})


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))] if values else 0.0
