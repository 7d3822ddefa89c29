"""The share of the speed limits that one process keeps to by itself while Redis is away."""

import threading
import time
from dataclasses import dataclass

from .asking import Ask

PROCESSES = 8  # that may be sending at the same time, for all that one of them knows
MOST_KEPT = 10_000  # mail hosts; then all are forgotten, which lets one message to each go
_lock = threading.Lock()


@dataclass
class Bucket:
    rate: float
    tokens: float
    at: float

    def fill(self, rate: float, now: float) -> None:
        self.rate = rate
        self.tokens = min(max(rate, 1.0), self.tokens + max(0.0, now - self.at) * rate)
        self.at = now

    def wait(self) -> float:
        return max(0.0, 1 - self.tokens) / self.rate


_buckets: dict[tuple[str, str], Bucket] = {}
_paused: dict[tuple[str, str], float] = {}


def take(ask: Ask) -> list[float]:
    """Seconds to wait for each message; 0: it may go now."""
    with _lock:
        now = time.monotonic()
        if len(_buckets) > MOST_KEPT:
            _buckets.clear()
        shared = [_bucket("channel", ask.channel, ask.channel_rate, now)]
        shared.append(_bucket("provider", ask.provider, ask.provider_rate, now))
        own = [_bucket(ask.kind, *host, now) for host in zip(ask.hosts, ask.host_rates, strict=True)]
        is_host = ask.kind == "host"
        paused = [max(0.0, _paused.get((ask.provider, host), 0.0) - now) if is_host else 0.0 for host in ask.hosts]
        return [_one([*shared, own[number - 1]], paused[number - 1]) for number in ask.of_message]


def slow(provider: str, host: str, seconds: float) -> None:
    """Leave a mail host alone for some seconds."""
    with _lock:
        now = time.monotonic()
        if len(_paused) > MOST_KEPT:
            _paused.clear()
        _paused[provider, host] = max(_paused.get((provider, host), 0.0), now + seconds)


def _bucket(kind: str, name: str, rate: float, now: float) -> Bucket | None:
    if rate <= 0:
        return None
    share = rate / PROCESSES
    bucket = _buckets.setdefault((kind, name), Bucket(share, 0.0, now))
    bucket.fill(share, now)
    return bucket


def _one(asked: list[Bucket | None], paused: float) -> float:
    known = [bucket for bucket in asked if bucket is not None]
    wait = max([paused, *(bucket.wait() for bucket in known if bucket.tokens < 1)])
    if wait == 0:
        for bucket in known:
            bucket.tokens -= 1
    return wait


def forget() -> None:
    """Begin anew."""
    with _lock:
        _buckets.clear()
        _paused.clear()
