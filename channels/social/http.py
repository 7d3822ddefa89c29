"""One way to call somebody over HTTP: bounded in time and size, never redirected, never into our own network.

What goes wrong is told apart by what it means for the request: BusyError and ChannelError say that it was not taken,
UncertainError that it may have been, AccountError that staff must mend something first.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3
from django.conf import settings
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from ..base import ChannelError, UncertainError
from ..guarded import GuardedAdapter, RefusedAddressError, guarded, judged

CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 1_000_000  # bytes
CHUNK = 65_536
LONGEST_REST = 24 * 3600.0  # seconds; whoever asks for more is asked again after a day


class BusyError(ChannelError):
    """Too many calls: nothing was taken; `retry_after` seconds if the other side said so."""

    def __init__(self, reason: str, *, retry_after: float | None = None, code: str = "") -> None:
        super().__init__(reason, permanent=False, code=code)
        self.retry_after = retry_after


class AccountError(ChannelError):
    """Nothing goes through this account until somebody mends it: its token, its rights, its audience, its address."""

    def __init__(self, reason: str, *, code: str = "") -> None:
        super().__init__(reason, permanent=False, code=code)


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is the JSON: empty where there was nothing, None where it cannot be read."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds, from Retry-After or X-RateLimit-Reset; RFC 9110 allows a number or a date."""
        for name in ("Retry-After", "X-RateLimit-Reset"):
            if (seconds := _seconds_until(self.headers.get(name, ""))) is not None:
                return seconds
        return None


def _seconds_until(value: str) -> float | None:
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return min(float(value), LONGEST_REST)
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(value)
        except (TypeError, ValueError):
            continue
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max(0.0, (aware - datetime.now(UTC)).total_seconds()), LONGEST_REST)
    return None


class Client:
    """Calls below one base URL with the same headers. Use it as a context manager, in one thread."""

    @property
    def adapter(self) -> type[GuardedAdapter]:
        return NetworkAdapter

    @property
    def seconds(self) -> float:
        """That a call may take."""
        return settings.SOCIAL_TIMEOUT

    def __init__(self, base_url: str, *, headers: Mapping[str, str] | None = None) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False  # neither a proxy nor a .netrc of whoever started the worker
        self._session.headers.update(
            {"User-Agent": f"{settings.SITE_NAME} ({settings.SITE_URL})"} | dict(headers or {})
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self.adapter(max_retries=0))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def call(self, method: str, path: str, **parts: Any) -> Answer:
        """`parts` are those of requests: json, data, files, params, headers. Raises what the module says."""
        until = time.monotonic() + self.seconds
        try:
            with self._session.request(
                method,
                self._base_url.rstrip("/") + path if path else self._base_url,
                timeout=(CONNECT_SECONDS, self.seconds),
                allow_redirects=False,
                stream=True,
                **parts,
            ) as got:
                return Answer(got.status_code, dict(got.headers.items()), _json(self.read(got, until)))
        except requests.RequestException as error:
            raise _meaning(error) from error
        except RefusedAddressError as error:
            raise AccountError(str(error), code="address") from error
        except urllib3.exceptions.HTTPError as error:  # while reading
            raise UncertainError("the connection broke before the answer was complete") from error

    def read(self, got: requests.Response, until: float) -> bytes:
        """At most LARGEST_ANSWER bytes, and not for ever: a time-out of the socket begins anew with every byte."""
        held = bytearray()
        for chunk in got.iter_content(CHUNK):
            held += chunk
            if len(held) > LARGEST_ANSWER:
                raise UncertainError(f"the answer is longer than {LARGEST_ANSWER} bytes")
            if time.monotonic() > until:
                raise UncertainError("the answer did not end in time")
        return bytes(held)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return None


def _meaning(error: requests.RequestException) -> ChannelError:
    """Whether the request can have been taken. The error's own text may quote the address, so it is left out."""
    if isinstance(error, requests.exceptions.SSLError):
        return ChannelError("its certificate cannot be verified", permanent=False, code="tls")
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL) or isinstance(
        reason, NewConnectionError | ConnectTimeoutError | NameResolutionError
    ):
        return ChannelError("it cannot be reached", permanent=False, code="unreachable")
    if isinstance(error, requests.Timeout):
        return UncertainError("no answer in time")
    return UncertainError("the connection broke before the answer was complete")


def check_address(host: str, port: int) -> list[str]:
    """The addresses to connect to, of a network."""
    reason = "it leads into a private network, which SOCIAL_PRIVATE_HOSTS does not allow"
    return judged(host, port, allowed=settings.SOCIAL_PRIVATE_HOSTS, reason=reason)


class NetworkAdapter(GuardedAdapter):
    pools = guarded(check_address)
