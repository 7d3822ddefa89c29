"""One process of the benchmark that sets letters; it and what it starts stay on one core.

python -m benchmarks._letters_worker bundles LETTERS EACH   a stream of PDFs of so many letters each; prints figures
python -m benchmarks._letters_worker single LETTERS         one document a letter
"""

import json
import os
import random
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import django

# Before numpy is there, whose threads would otherwise be on all cores.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
django.setup()

from campaigns import personalise  # noqa: E402
from campaigns.examples import EXAMPLE_BLOCKS  # noqa: E402
from channels.print_mailing import render  # noqa: E402

FIRST = ("Erika", "Ayşe", "Maximilian", "Jürgen", "Zoë", "Hans-Peter", "Łucja", "Kim", "Friederike", "Ömer")
LAST = (
    "Muster",
    "Öztürk",
    "Oberhauser-Lindner",
    "Groß",
    "Nguyễn",
    "von der Heide",
    "Schmidt",
    "Kowalska",
    "Weiß",
    "Li",
)
CITIES = ("Berlin", "Bremen", "Köln", "Bad Neuenahr-Ahrweiler", "München", "Leipzig", "Halle (Saale)", "Ulm", "Kiel")


def people(count: int) -> Iterator[dict[str, object]]:
    """Everybody has a name, an address, a coupon and a link of their own."""
    draw = random.Random(1)  # noqa: S311
    common = personalise.sample_fields() | {"sender_address": "Muster GmbH, Musterstraße 1, 10115 Berlin", "links": {}}
    for n in range(count):
        first, last, city = draw.choice(FIRST), f"{draw.choice(LAST)}-{n}", draw.choice(CITIES)
        token = urlsafe_b64encode(draw.randbytes(17)).decode().rstrip("=")
        yield common | {
            "salutation_line": f"Sehr geehrte Frau {last}",
            "first_name": first,
            "last_name": last,
            "city": city,
            "coupon_code": f"{draw.getrandbits(20):05X}-{draw.getrandbits(20):05X}-{draw.getrandbits(16):04X}",
            "link": f"https://steering.example.com/r/{token}",
            "address_lines": [f"Frau {first} {last}", f"Hauptstraße {n % 300}", f"{10000 + n % 80000} {city}"],
        }


def bundles(count: int, each: int) -> dict[str, float]:
    render.compile_letter(EXAMPLE_BLOCKS, "de")
    letters, size, begun, used = 0, 0, time.monotonic(), _processor()
    for bundle in render.stream(EXAMPLE_BLOCKS, people(count), letters_each=each):
        letters += len(bundle.pages)
        size += len(bundle.pdf)
    return _figures(letters, begun, used) | {"bytes": size / letters}


def single(count: int) -> dict[str, float]:
    render.compile_letter(EXAMPLE_BLOCKS, "de")
    begun, used = time.monotonic(), _processor()
    for fields in people(count):
        render.bundle(EXAMPLE_BLOCKS, [fields])
    return _figures(count, begun, used)


def _figures(letters: int, begun: float, used: float) -> dict[str, float]:
    return {"letters": letters, "seconds": time.monotonic() - begun, "processor_seconds": _processor() - used}


def _processor() -> float:
    """Seconds of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    make = {"bundles": bundles, "single": single}[sys.argv[1]]
    print(json.dumps(make(*map(int, sys.argv[2:]))), flush=True)
