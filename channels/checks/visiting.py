"""Visiting a link as a customer's browser would, bounded in time and size, and never into a private network.

What a name leads to is judged after it was resolved, and the connection goes to just that address; for each redirect anew.
HEAD is asked first; servers that refuse it are asked with GET, of which nothing but the head is read.
"""

import socket
import time
from dataclasses import dataclass
from urllib.parse import urljoin

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError

from campaigns import links
from campaigns.blocks import ContentError

from ..guarded import GuardedAdapter, RefusedAddressError, guarded, judged

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 4.0, 6.0, 20.0
MOST_REDIRECTS = 5
HEAD_REFUSED = range(400, 600)  # some answer HEAD with anything
FORWARD = (301, 302, 303, 307, 308)
AGENT = "Mozilla/5.0 (compatible; link check; +{site})"


@dataclass(frozen=True)
class Visited:
    """`status` of HTTP, 0 without an answer; `reason` in a few words of ours."""

    status: int
    reason: str = ""


class _TooFarError(Exception):
    """More redirects, or more time, than we spend; the message says which."""


def visit(url: str) -> Visited:
    """How the page at the end of all redirects answers."""
    until = time.monotonic() + ALL_SECONDS
    with _session() as session:
        try:
            status = _status(session, "HEAD", url, until)
            if status in HEAD_REFUSED:
                status = _status(session, "GET", url, until)
        except (requests.RequestException, HTTPError, OSError, ValueError, _TooFarError) as error:
            return Visited(0, _meaning(error))
    return Visited(status, "" if status < 400 else f"it answers {status}")


def _status(session: requests.Session, method: str, url: str, until: float) -> int:
    for _ in range(MOST_REDIRECTS + 1):
        if time.monotonic() > until:
            raise _TooFarError("no answer in time")
        links.check(url, path="")
        with session.request(
            method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True
        ) as got:
            if got.status_code not in FORWARD or not got.headers.get("Location"):
                return got.status_code
            url = urljoin(url, got.headers["Location"])
    raise _TooFarError("it redirects too often")


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # neither a proxy nor a .netrc of whoever started the worker
    session.headers.update({"User-Agent": AGENT.format(site=settings.SITE_URL), "Accept": "*/*"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, LinkAdapter(max_retries=0))
    return session


def check_address(host: str, port: int) -> list[str]:
    """The addresses to connect to. Raises RefusedAddressError for one that customers cannot reach, and we must not."""
    reason = "it leads into a private network, which LINK_PRIVATE_HOSTS does not allow"
    return judged(host, port, allowed=settings.LINK_PRIVATE_HOSTS, reason=reason)


class LinkAdapter(GuardedAdapter):
    pools = guarded(check_address)


def _meaning(error: Exception) -> str:
    """The error's own text may be anything, so it is left out."""
    if isinstance(error, ContentError):
        return "it redirects to what is no safe link"
    if isinstance(error, _TooFarError):
        return str(error)
    cause = _innermost(error)
    if isinstance(cause, RefusedAddressError):
        return str(cause)
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not valid"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(cause, socket.gaierror):
        return "there is no such site"
    return "no connection"


def _innermost(error: BaseException) -> BaseException:
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = getattr(error, "reason", None) or error.__cause__ or (error.args[0] if error.args else None)
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error
