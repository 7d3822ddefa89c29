"""Posts by webhook, for whatever publishes them: it is told the post's number, and fetches the post from our API.

Source: github.com/standard-webhooks/standard-webhooks, spec: webhook-id (the same on every try, by which receivers
know a repetition), webhook-timestamp, webhook-signature as "v1," and the base64 of HMAC-SHA-256 over
id.timestamp.payload, one for each secret while they are rotated; secrets begin with whsec_ and are base64 of 24 to 64
bytes; an answer of 410 means that the receiver wants no more.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from uuid import uuid4

from django.utils import timezone

from ..http import AccountError, Answer
from .base import Post, PostBackend, Published, readable

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)
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
        headers = {
            "Content-Type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": stamp,
            "webhook-signature": signatures(secrets_of(self.access.secret), id_, stamp, payload),
        }
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
        key = base64.b64decode(part.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not part.startswith(PREFIX) or len(key) not in SECRET_BYTES:
        raise AccountError(f"a webhook's secret is {PREFIX} and the base64 of 24 to 64 bytes", code="secret")
    return key


def signatures(keys: Sequence[bytes], id_: str, stamp: str, payload: str) -> str:
    signed = f"{id_}.{stamp}.{payload}".encode()
    made = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    return " ".join(f"v1,{one}" for one in made)


def _ids(post: Post) -> dict[str, int]:
    return {"post_id": post.post_id, "campaign_id": post.campaign_id}


def _web(url: object) -> str:
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= 500 else ""
