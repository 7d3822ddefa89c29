"""GET /banner/decide: the banner for a slot as JSON, or 204 when the page should show what it shows to everybody.

GET /banner/vast: the video for a player as VAST, an empty one when it should show what it shows to everybody.
"""

import json
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from django.conf import settings

from .. import visitors
from ..asked import NEVER_KEPT, Answer, Asked
from ..together import each
from . import render, vast
from .decide import SLOTS, Decision, Question, Visitor, decide_all

PATH = "/banner/decide"
SHA256 = re.compile(r"[0-9a-f]{64}")
JSON = {"Content-Type": "application/json", "Vary": "Origin, Cookie"} | NEVER_KEPT


def is_for(path: str) -> bool:
    return path in (PATH, vast.PATH)


def answer(asked: Asked) -> Answer:
    """Raises django.db.DatabaseError."""
    told = answer_all([asked])[0]
    if isinstance(told, Exception):
        raise told
    return told


def answer_all(asks: Sequence[Asked]) -> list[Answer | Exception]:
    """Many at once; an error is that of its request alone."""
    read = [_read(asked) for asked in asks]
    decided = iter(each(decide_all, [one for one in read if isinstance(one, Question)]))
    return [
        _told(asked, next(decided)) if isinstance(one, Question) else one for asked, one in zip(asks, read, strict=True)
    ]


def _read(asked: Asked) -> Question | Answer:
    if asked.method != "GET":
        return Answer(405, NEVER_KEPT | {"Allow": "GET"})
    said = dict(parse_qsl(asked.query))
    slot = render.VIDEO if asked.path == vast.PATH else said.get("slot", "")
    email_sha256 = said.get("h", "").lower()
    if slot not in SLOTS and asked.path == PATH:
        return _refused(asked, f"slot must be one of {', '.join(SLOTS)}")
    if email_sha256 and not SHA256.fullmatch(email_sha256):
        return _refused(asked, "h must be a SHA-256 in hexadecimal")
    return Question(Visitor(visitors.value_in(asked.headers.get("cookie", "")), email_sha256), slot)


def _refused(asked: Asked, reason: str) -> Answer:
    return Answer(400, _headers(asked), json.dumps({"detail": reason}).encode())


def _told(asked: Asked, decided: Decision | Exception | None) -> Answer | Exception:
    if isinstance(decided, Exception):
        return decided
    if asked.path == vast.PATH:
        xml = decided.html if decided else vast.NOTHING
        return Answer(200, _headers(asked) | {"Content-Type": vast.TYPE}, xml.encode())
    if decided is None:
        return Answer(204, _headers(asked))
    said = {name: value for name, value in vars(decided).items() if name != "dispatch_id"}
    return Answer(200, _headers(asked), json.dumps(said).encode())


def _headers(asked: Asked) -> dict[str, str]:
    """Let the company's own sites read the answer with the visitor's cookie, and nobody keep it."""
    origin = asked.headers.get("origin", "")
    if origin not in settings.BANNER_ORIGINS:
        return JSON
    return JSON | {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
