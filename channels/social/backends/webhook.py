"""Posts by webhook, for whatever publishes them: it is told the post's number, and fetches the post from our API.

Signed after Standard Webhooks (channels.standard_webhooks); an answer of 410 means that the receiver wants no more.
"""

import json
from uuid import uuid4

from django.utils import timezone

from ... import standard_webhooks
from ..http import AccountError, Answer
from .base import Post, PostBackend, Published, readable

FOR_EVER = float(10 * 365 * 24 * 3600)  # seconds; receivers remember ids as long as they like
MOST_KEPT = 120  # characters of what the receiver calls the post


class WebhookBackend(PostBackend):
    kind = "webhook"
    label = "The receiver"
    asks_for = "One secret that begins with whsec_, or two with a blank between while they are rotated"
    key_seconds = FOR_EVER

    @readable
    def check(self) -> str:
        answer = self._send(f"check-{uuid4()}", "ping", {})
        return f"it answered {answer.status}"

    @readable
    def publish(self, post: Post) -> Published:
        kind = "social.post.changed" if post.provider_id else "social.post.due"
        answer = self._send(f"{post.key}-{kind}", kind, _ids(post))
        told = answer.body if isinstance(answer.body, dict) else {}
        return Published(str(told.get("id") or post.post_id)[:MOST_KEPT], _web(told.get("url")))

    @readable
    def withdraw(self, post: Post) -> None:
        self._send(f"{post.key}-withdrawn", "social.post.withdrawn", _ids(post))

    def _send(self, id_: str, kind: str, data: dict[str, int]) -> Answer:
        now = timezone.now()
        payload = json.dumps({"type": kind, "timestamp": now.isoformat(), "data": data}, separators=(",", ":"))
        stamp = str(int(now.timestamp()))
        headers = standard_webhooks.headers(secrets_of(self.access.secret), id_, stamp, payload)
        with self.client(headers) as client:
            answer = client.call("POST", "", data=payload.encode())
        if answer.status == 410:
            raise AccountError("the receiver wants no more posts", code="410")
        self.refuse_unless_ok(answer)
        return answer


def secrets_of(text: str) -> list[bytes]:
    """The keys in what staff entered. Raises AccountError for anything but whsec_ secrets of the right length."""
    keys = [_key(part) for part in text.split()]
    if not keys:
        raise AccountError("a webhook needs a secret that begins with whsec_", code="secret")
    return keys


def _key(part: str) -> bytes:
    try:
        return standard_webhooks.key_of(part)
    except ValueError as error:
        raise AccountError(str(error), code="secret") from error


def _ids(post: Post) -> dict[str, int]:
    return {"post_id": post.post_id, "campaign_id": post.campaign_id}


def _web(url: object) -> str:
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= 500 else ""
