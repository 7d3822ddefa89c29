"""What comes back: problems of the platform, and what is not the platform's at all."""

import http.client
import json
import urllib.error
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


class Refused(Exception):  # noqa: N818 - the platform refuses a step
    """A problem that the platform answered with. `kind` is the stable part of its type; `body` is all of it."""

    def __init__(self, status: int, body: Mapping[str, Any], *, retry_after: float | None = None) -> None:
        self.status = status
        self.body = body
        self.retry_after = retry_after  # seconds
        self.kind = str(body.get("type", "")).removeprefix("urn:problem:")
        name = f"{status} {self.kind}".strip()
        super().__init__(f"{name}: {body.get('detail', '')} {body.get('errors', '')}".strip())

    @property
    def is_final(self) -> bool:
        """Whether the same request would be refused again."""
        return self.status < 500 and self.status != 429


class StrangeAnswerError(ConnectionError):
    """An answer that is not the platform's: a proxy's page, say."""


def refusal(error: urllib.error.HTTPError) -> Refused:
    """What is no problem of the platform's own says so."""
    headers = error.headers or {}
    try:
        body = json.load(error)
    except (ValueError, http.client.HTTPException):
        body = {}
    if not isinstance(body, dict) or "type" not in body:
        leads = f", to {headers['Location']}" if "Location" in headers else ""
        body = {"detail": f"{error.reason}{leads}; it is not the platform that answers, a proxy perhaps"}
    return Refused(error.code, body, retry_after=_wait_of(headers))


def _wait_of(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a moment by the same clock as Date (RFC 9110, 10.2.3)."""
    said = headers.get("Retry-After", "")
    if said.isdecimal():
        return float(said)
    until, now = moment(said), moment(headers.get("Date")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds()) if until else None


def moment(text: str | None) -> datetime | None:
    """Of a header; it is of UTC, also where it does not say so."""
    try:
        at = parsedate_to_datetime(text or "")
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def require_file(answer: Any, file: Mapping[str, Any]) -> None:
    """The ETag of a file is its SHA-256; on the way it may have become weak."""
    tag = answer.headers.get("ETag", "").removeprefix("W/").strip('"')
    if tag != file["sha256"]:
        raise StrangeAnswerError(f"what came for {file['name']} is not this file: is it a proxy's page?")
