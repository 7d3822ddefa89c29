"""Which speed limits hold, as PostgreSQL says, kept for a second in each process.

A recipient domain is counted with its mail host, by a table of domain suffixes; nothing is asked of the DNS.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection

from ..models import MailHost, SpeedLimit, WarmUp

KEPT_SECONDS = 1
# Where people have their mailboxes. Staff add to both tables, and change them, in the admin.
HOSTS = {
    "gmail.com": "gmail", "googlemail.com": "gmail",
    "outlook.com": "microsoft", "outlook.de": "microsoft", "hotmail.com": "microsoft", "hotmail.de": "microsoft",
    "live.com": "microsoft", "live.de": "microsoft", "msn.com": "microsoft",
    "yahoo.com": "yahoo", "yahoo.de": "yahoo", "ymail.com": "yahoo", "aol.com": "yahoo", "aol.de": "yahoo",
    "gmx.de": "united-internet", "gmx.net": "united-internet", "gmx.at": "united-internet", "gmx.ch": "united-internet",
    "web.de": "united-internet", "mail.com": "united-internet",
    "t-online.de": "t-online", "magenta.de": "t-online",
    "icloud.com": "apple", "me.com": "apple", "mac.com": "apple",
    "freenet.de": "freenet",
}  # fmt: skip
# Messages a second, to begin with; whoever answers that it is too much is slowed anyway.
PER_SECOND = {
    "gmail": 20.0, "microsoft": 20.0, "yahoo": 10.0, "united-internet": 20.0, "t-online": 10.0, "apple": 10.0, "freenet": 5.0,
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """Messages a second by name; a name that is not there has no limit."""

    channels: Mapping[str, float] = field(default_factory=dict)
    providers: Mapping[str, float] = field(default_factory=dict)
    hosts: Mapping[str, float] = field(default_factory=dict)
    host_by_suffix: Mapping[str, str] = field(default_factory=dict)
    warm_ups: Sequence[WarmUp] = ()

    def host(self, domain: str) -> str:
        """The mail host of a recipient domain: by its longest suffix that is known, else the domain itself."""
        suffix = domain = domain.strip().rstrip(".").rpartition("@")[2].lower()
        while suffix:
            if suffix in self.host_by_suffix:
                return self.host_by_suffix[suffix]
            suffix = suffix.partition(".")[2]
        return domain


_kept: tuple[float, Limits] | None = None


def current() -> Limits:
    """The limits of now, at most KEPT_SECONDS old."""
    global _kept  # one for the process
    kept = _kept
    if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS and not connection.in_atomic_block:
        return kept[1]
    limits = _read()
    if not connection.in_atomic_block:  # what a transaction sees may never come true
        _kept = (time.monotonic(), limits)
    return limits


def forget() -> None:
    """Read them anew at the next message: somebody has changed them."""
    global _kept
    _kept = None


def _read() -> Limits:
    known = HOSTS | dict(MailHost.objects.values_list("suffix", "host"))
    by_suffix = Limits(host_by_suffix=known)
    found: dict[str, dict[str, float]] = {"channel": {}, "provider": {}, "domain": dict(PER_SECOND)}
    for of, name, per_second in SpeedLimit.objects.values_list("of", "name", "per_second"):
        found[of][by_suffix.host(name) if of == SpeedLimit.Of.DOMAIN else name] = float(per_second)
    warm_ups = tuple(WarmUp.objects.filter(is_active=True))
    return Limits(found["channel"], found["provider"], found["domain"], known, warm_ups)
