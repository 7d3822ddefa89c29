"""What tracking addresses answer: a token is read, what a person did is written, and the answer made, for many at once."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.encoding import iri_to_uri

from campaigns.models import EventKind

from . import machines, seen, tracking, visitors
from .asked import NEVER_KEPT, Answer, Asked
from .seen import Noted, Seen
from .tracking import Purpose

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# The token must not travel on, and no search engine may keep the address.
PRIVATE = NEVER_KEPT | {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
PICTURE = Answer(200, PRIVATE | {"Content-Type": "image/gif"}, PIXEL)


@dataclass(frozen=True, slots=True)
class Address:
    """A token between the beginning and the end of a path; channels.urls names the same."""

    beginning: str
    end: str
    purpose: Purpose
    kind: EventKind

    def token(self, path: str) -> str | None:
        if path.startswith(self.beginning) and path.endswith(self.end):
            return path[len(self.beginning) : len(path) - len(self.end)]
        return None


ADDRESSES = (
    Address("/t/o/", ".gif", Purpose.OPEN, EventKind.OPENED),
    Address("/t/s/", ".gif", Purpose.SHOWN, EventKind.SHOWN),
    Address("/t/c/", "", Purpose.CLICK, EventKind.CLICKED),
)


def is_for(path: str) -> bool:
    return path.startswith("/t/") and any(address.token(path) is not None for address in ADDRESSES)


def answer(asked: Asked) -> Answer | None:
    """Returns when it is safe. None: there is no such thing. Raises django.db.DatabaseError."""
    if asked.method not in ("GET", "HEAD"):
        return Answer(405, NEVER_KEPT | {"Allow": "GET, HEAD"})
    one = _read(asked)
    noted = seen.note(one) if one else None
    return _answer(one, noted) if one and noted else None


def answer_all(asks: Sequence[Asked]) -> list[Answer | Exception | None]:
    """The same for many who GET, written together; an error is that of its request alone."""
    read = [_read(asked) for asked in asks]
    noted = iter(seen.note_all([one for one in read if one]))
    return [_told(one, next(noted)) if one else None for one in read]


def _told(one: Seen, noted: Noted | Exception | None) -> Answer | Exception | None:
    return _answer(one, noted) if isinstance(noted, Noted) else noted


def _read(asked: Asked) -> Seen | None:
    for address in ADDRESSES:
        if (token := address.token(asked.path)) is not None:
            content = tracking.read(address.purpose, token)
            return seen_by(asked, address.kind, content) if content else None
    return None


def seen_by(asked: Asked, kind: EventKind, content: tracking.Token, *, via: str = "") -> Seen:
    """What is to be written of this request."""
    is_machine = machines.is_machine(asked.headers.get("user-agent", ""))
    return Seen(
        kind,
        content.dispatch_id,
        content.block_id,
        _visitor(asked) if kind == EventKind.CLICKED and not is_machine else "",
        via,
        is_machine=is_machine,  # and so nobody's browser, recognised as nobody
        is_counted=asked.is_by_somebody,
    )


def _visitor(asked: Asked) -> str:
    return visitors.value_in(asked.headers.get("cookie", "")) or visitors.new_value()


def _answer(one: Seen, noted: Noted) -> Answer:
    if one.kind != EventKind.CLICKED:
        return PICTURE
    headers = PRIVATE | {"Content-Type": "text/html; charset=utf-8", "Location": iri_to_uri(noted.target)}
    return Answer(302, headers, visitor=one.visitor if noted.is_recognised else "")
