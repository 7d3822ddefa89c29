"""Vendors who poll and pull at once, in a process of their own; most downloads are cut off at a random byte and go on.

    python -m benchmarks._vendor_load < request.json       prints one line of JSON

Every whole file is compared with its SHA-256, so whatever a resumed download got wrong is an integrity error.
"""

import asyncio
import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
BLOCK = 64 * 1024
WHOLE_SHARE = 0.1  # of downloads that nothing cuts off
POLLS = 3  # between two rounds of downloads


@dataclass(frozen=True)
class Asked:
    """`keys`: one a vendor. The load ends after `cuts` interrupted downloads, or after so many seconds."""

    port: int
    keys: Sequence[str]
    cuts: int
    seconds: float


@dataclass
class Told:
    """Times are in milliseconds: until a listing was read, and until the first byte of a download came."""

    seconds: float = 0.0
    requests: int = 0
    cuts: int = 0
    files: int = 0
    bytes: int = 0
    integrity_errors: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    listing_ms: list[float] = field(default_factory=list)
    first_byte_ms: list[float] = field(default_factory=list)


def run(asked: Asked) -> Told:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._vendor_load"],
        input=json.dumps(asdict(asked)).encode(),
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return Told(**json.loads(done.stdout))


@dataclass
class Vendor:
    """One vendor with its key; asks one thing at a time."""

    asked: Asked
    key: str
    told: Told
    draw: random.Random
    ends_at: float

    def is_over(self) -> bool:
        return self.told.cuts >= self.asked.cuts or time.perf_counter() > self.ends_at

    async def work(self) -> None:
        while not self.is_over():
            for _ in range(POLLS):
                listed = await self._json("/jobs?state=ready,downloaded")
            for job in listed["jobs"]:
                for file in (await self._json(f"/jobs/{job['id']}/files"))["files"]:
                    if not self.is_over():
                        await self._pull(f"/jobs/{job['id']}/files/{file['name']}?revision={file['revision']}", file)

    async def _pull(self, path: str, file: dict[str, Any]) -> None:
        """Until all of it is here, however often it breaks off."""
        got = bytearray()
        while len(got) < file["bytes"]:
            left = file["bytes"] - len(got)
            cut = left if self.draw.random() < WHOLE_SHARE else self.draw.randint(1, left)
            headers = {"Range": f"bytes={len(got)}-", "If-Range": f'"{file["sha256"]}"'} if got else {}
            status, body = await self._get(path, headers, most=cut)
            if status not in ("200", "206"):
                return
            if status == "200":
                got.clear()
            got += body
            self.told.cuts += cut < left
        self.told.files += 1
        self.told.integrity_errors += hashlib.sha256(got).hexdigest() != file["sha256"]

    async def _json(self, path: str) -> dict[str, Any]:
        begun = time.perf_counter()
        status, body = await self._get(path, {})
        self.told.listing_ms.append(1000 * (time.perf_counter() - begun))
        if status != "200":
            await asyncio.sleep(0.05)
        return json.loads(body) if status == "200" else {"jobs": [], "files": []}

    async def _get(self, path: str, headers: dict[str, str], *, most: int | None = None) -> tuple[str, bytes]:
        """A connection of its own, closed after `most` bytes of the answer; a broken one counts by its error."""
        begun = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.asked.port)
        except OSError as error:
            return self._count(type(error).__name__), b""
        try:
            own = {"Host": "127.0.0.1", "Authorization": f"Bearer {self.key}", "Connection": "close"} | headers
            lines = "".join(f"{name}: {value}\r\n" for name, value in own.items())
            writer.write(f"GET /vendor/v1{path} HTTP/1.1\r\n{lines}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            body = await self._body(reader, begun, most)
            return self._count(head[9:12].decode()), body
        except (OSError, asyncio.IncompleteReadError) as error:
            return self._count(type(error).__name__), b""
        finally:
            writer.close()

    async def _body(self, reader: asyncio.StreamReader, begun: float, most: int | None) -> bytes:
        if most is None:
            return await reader.read()
        got = bytearray(await reader.read(min(BLOCK, most)))
        self.told.first_byte_ms.append(1000 * (time.perf_counter() - begun))
        while len(got) < most and (block := await reader.read(min(BLOCK, most - len(got)))):
            got += block
        self.told.bytes += len(got)
        return bytes(got)

    def _count(self, status: str) -> str:
        self.told.requests += 1
        self.told.statuses[status] += 1
        return status


async def load(asked: Asked) -> Told:
    told, begun = Told(), time.perf_counter()
    vendors = [
        Vendor(asked, key, told, random.Random(number), begun + asked.seconds)  # noqa: S311
        for number, key in enumerate(asked.keys)
    ]
    await asyncio.gather(*(vendor.work() for vendor in vendors))
    told.seconds = time.perf_counter() - begun
    return told


if __name__ == "__main__":
    print(json.dumps(vars(asyncio.run(load(Asked(**json.load(sys.stdin)))))))
