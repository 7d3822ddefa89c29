"""Where a content may lead: to the web, never to a script, and never with a person's data in the address."""

import re
from urllib.parse import urlsplit

from .content_error import ContentError

WEB = ("https", "http")
IN_TEXT = (*WEB, "mailto")
UNSAFE = re.compile(r"[\s\\<>\"'`{}\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff]")
LONGEST = 2000


def check(url: str, *, path: str, schemes: tuple[str, ...] = WEB) -> None:
    """Raises ContentError for anything but a whole address with one of these schemes."""
    allowed = " or ".join(f"{scheme}:{'//' if scheme in WEB else ''}" for scheme in schemes)
    if len(url) > LONGEST:
        raise ContentError(path, f"a link is longer than {LONGEST} characters")
    if "{" in url or "}" in url or "\ue000" in url or "%7B%7B" in url:
        raise ContentError(path, "a link cannot hold placeholders: nothing personal belongs into an address")
    if UNSAFE.search(url):
        raise ContentError(path, "a link cannot hold blanks, quotes, backslashes or control characters")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise ContentError(path, f"not a link: {error}") from error
    if parts.scheme not in schemes:
        raise ContentError(path, f"a link must begin with {allowed}, got {url[:40]!r}")
    if parts.scheme in WEB and (not host or "@" in parts.netloc):
        raise ContentError(path, "a link must name its site, and no user")
