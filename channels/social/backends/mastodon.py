"""Mastodon: statuses on an open network, at once or scheduled there, with a picture.

Source: docs.joinmastodon.org, methods/statuses (POST with Idempotency-Key, which is kept for an hour; scheduled_at at
least five minutes ahead, answered by a ScheduledStatus; PUT; DELETE), methods/scheduled_statuses, methods/media (POST
/api/v2/media: 200, or 202 while it is worked on; GET /api/v1/media/:id: 206 until it is done), methods/instance (GET
/api/v2/instance: configuration.statuses with max_characters and characters_reserved_per_url), api/rate-limits
(X-RateLimit-Reset is a time).
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ...base import ChannelError
from ..http import AccountError, Answer, BusyError, Client
from .base import MediaUnderway, Post, PostBackend, Published, Scheduled, readable

SCHEDULED_FROM = timedelta(minutes=5)
MARGIN = timedelta(minutes=1)  # for the way there, and for clocks that differ
MEDIA_SECONDS = 5.0
LINK = re.compile(r"https?://\S+")
USUAL = {"max_characters": 500, "characters_reserved_per_url": 23}
LOOKED_THROUGH = 40  # statuses, as many as one call gives


class MastodonBackend(PostBackend):
    kind = "mastodon"
    label = "Mastodon"
    asks_for = "An access token with read:accounts, read:statuses, write:statuses and write:media"
    key_seconds = 3600.0
    schedules_from = SCHEDULED_FROM + MARGIN

    def __init__(self, access: Any) -> None:
        super().__init__(access)
        self._rules: Mapping[str, Any] | None = None

    @readable
    def check(self) -> str:
        with self._client() as client:
            account = self._ask(client, "GET", "/api/v1/accounts/verify_credentials").body
        return f"@{account.get('acct', '')}, at most {self.most_characters()} characters a post"

    @readable
    def most_characters(self) -> int:
        return int(self._of_statuses("max_characters"))

    @readable
    def length(self, text: str) -> int:
        """As the server counts: every link has the same length, however long it is."""
        links = LINK.findall(text)
        return len(LINK.sub("", text)) + len(links) * int(self._of_statuses("characters_reserved_per_url"))

    @readable
    def publish(self, post: Post) -> Published | Scheduled | MediaUnderway:
        with self._client() as client:
            media_id = post.media_id
            if not media_id and post.image:
                media_id = self._upload(client, post)
            if media_id and not self._is_ready(client, media_id):
                return MediaUnderway(media_id, MEDIA_SECONDS)
            body: dict[str, Any] = {"status": post.text} | ({"media_ids": [media_id]} if media_id else {})
            if post.provider_id:
                return self._edit(client, post.provider_id, body)
            if post.publish_at and post.publish_at > timezone.now() + SCHEDULED_FROM:
                body["scheduled_at"] = post.publish_at.isoformat()
            answer = self._ask(client, "POST", "/api/v1/statuses", json=body, headers={"Idempotency-Key": post.key})
        if "scheduled_at" in answer.body:
            return Scheduled(str(answer.body["id"]))
        return _published(answer)

    def _edit(self, client: Client, provider_id: str, body: Mapping[str, Any]) -> Published:
        answer = client.call("PUT", f"/api/v1/statuses/{provider_id}", json=body)
        if answer.status == 404:
            raise ChannelError("the post is not there any more", permanent=True, code="404")
        self._refuse(answer)
        return _published(answer)

    @readable
    def withdraw(self, post: Post) -> None:
        """A scheduled status that is not there any more has been published, so it is taken down as that."""
        with self._client() as client:
            provider_id = post.provider_id
            if not provider_id and not self._delete(client, f"/api/v1/scheduled_statuses/{post.scheduled_id}"):
                out = self.look_up(post)
                provider_id = out.provider_id if out else ""
            if provider_id:
                self._delete(client, f"/api/v1/statuses/{provider_id}")

    def _delete(self, client: Client, path: str) -> bool:
        """Whether it was there."""
        answer = client.call("DELETE", path)
        if answer.status != 404:
            self._refuse(answer)
        return answer.status != 404

    @readable
    def look_up(self, post: Post) -> Published | None:
        """By the mark in the post's link, among our newest statuses; a scheduled one has no other name that survives."""
        with self._client() as client:
            account = self._ask(client, "GET", "/api/v1/accounts/verify_credentials").body
            params = {"limit": LOOKED_THROUGH, "exclude_reblogs": "true"}
            found = self._ask(client, "GET", f"/api/v1/accounts/{account['id']}/statuses", params=params).body
        for status in found if isinstance(found, list) else []:
            if post.mark in str(status.get("content", "")):
                return Published(str(status["id"]), str(status.get("url") or ""))
        return None

    def _upload(self, client: Client, post: Post) -> str:
        files = {"file": ("post.png", post.image, "image/png")}
        answer = self._ask(client, "POST", "/api/v2/media", files=files, data={"description": post.image_text[:1500]})
        return str(answer.body["id"])

    def _is_ready(self, client: Client, media_id: str) -> bool:
        return self._ask(client, "GET", f"/api/v1/media/{media_id}").status != 206

    def _of_statuses(self, name: str) -> Any:
        if self._rules is None:
            with self._client() as client:
                told = self._ask(client, "GET", "/api/v2/instance").body
            self._rules = told.get("configuration", {}).get("statuses", {})
        return self._rules.get(name, USUAL[name])

    def _client(self) -> Client:
        return self.client({"Authorization": f"Bearer {self.access.secret}"})

    def _ask(self, client: Client, method: str, path: str, **parts: Any) -> Answer:
        answer = client.call(method, path, **parts)
        self._refuse(answer)
        if answer.body in (None, {}) and answer.status != 206:
            raise ChannelError("the server gave an answer that cannot be read", permanent=False)
        return answer

    def _refuse(self, answer: Answer) -> None:
        if answer.status == 422:
            raise ChannelError("the server does not take such a post", permanent=True, code="422")
        if answer.status == 410:
            raise AccountError("there is no such server any more", code="410")
        if answer.headers.get("X-RateLimit-Remaining") == "0" and answer.status == 503:
            raise BusyError("the server takes no more calls now", retry_after=answer.retry_after, code="503")
        self.refuse_unless_ok(answer)


def _published(answer: Answer) -> Published:
    return Published(str(answer.body["id"]), str(answer.body.get("url") or ""))
