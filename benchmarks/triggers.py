"""How fast events are taken in with and without triggers, and how soon what they start is queued.

    python -m benchmarks triggers      CUSTOMERS=50000 who are known, EVENTS=10000 of the burst

The floor, in the same run: the same events taken in with the database's own note of triggers switched off, which is what
knowing of no triggers at all would cost.
"""

import json
import os
import tempfile
from pathlib import Path

from benchmarks import _scratch
from benchmarks._report import Result
from steering.services import ensure_services

DATABASE = "benchmark_triggers"
WORDS = {
    "off": "the note switched off (floor)",
    "none": "no trigger",
    "other": "a trigger of another kind of event",
    "concerned": "a trigger of this kind: each event is noted",
}


def main() -> Result:
    customers, burst = os.environ.get("CUSTOMERS", "50000"), os.environ.get("EVENTS", "10000")
    ensure_services()
    with tempfile.TemporaryDirectory() as folder, _scratch.database(DATABASE) as url:
        environment = _scratch.environment(url, Path(folder)) | {"DJANGO_SETTINGS_MODULE": "steering.settings"}
        _scratch.run(environment, "manage.py", "migrate", "--verbosity", "0")
        found = json.loads(_scratch.run(environment, "-m", "benchmarks._triggers_worker", customers, burst))
    _show(found, customers, burst)
    figures = {f"events a second, {name}": rate for name, rate in found["rates"].items()}
    figures |= {
        "seconds from POST to queued": found["post_seconds"],
        "seconds of the burst to all queued": found["burst_seconds"],
    }
    floor = found["rates"]["off"]
    return Result("triggers", figures, {name: floor for name in figures if name.startswith("events a second")})


def _show(found: dict, customers: str, burst: str) -> None:
    floor, load = found["rates"]["off"], os.getloadavg()[0]
    print(
        f"{customers} customers, load {load:.1f} on {len(os.sched_getaffinity(0))} processors, batches of 1,000 events"
    )
    for name, words in WORDS.items():
        rate = found["rates"][name]
        print(f"  {words:<46}{rate:>10,.0f} events a second{rate / floor:>8.0%} of the floor")
    print(f"  one POST of one event, until its dispatch is queued: {found['post_seconds'] * 1000:,.0f} ms")
    print("    beside the wait for the next call, two seconds at most")
    print(f"  a burst of {burst} events, all decided and queued: {found['burst_seconds']:.1f} s")
    print(f"    in {found['queries']} queries")
