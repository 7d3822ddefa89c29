"""A Mastodon server: statuses with idempotency keys, a schedule, media that is worked on for a while."""

from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from typing import Any

from .base import NetworkServer, Reply, Request

NOT_FOUND: Reply = (404, {"error": "Record not found"})


class MastodonServer(NetworkServer):
    kind = "mastodon"
    main = "POST /api/v1/statuses"

    def __init__(self) -> None:
        super().__init__()
        self.statuses: dict[str, dict[str, Any]] = {}
        self.scheduled: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, Reply] = {}
        self.media_steps = 0  # answers of 206 before a picture is done
        self.most_characters = 2000
        self.numbers = count(1)

    def taken(self) -> int:
        return len(self.statuses) + len(self.scheduled)

    def reply(self, request: Request) -> Reply:
        if request.path == "/api/v2/instance":
            limits = {"max_characters": self.most_characters, "characters_reserved_per_url": 23}
            return 200, {"configuration": {"statuses": limits}}
        if not self.may(request):
            return 401, {"error": "The access token is invalid"}
        *_, kind, id_ = request.path.split("/")
        match request.method, kind:
            case "GET", "accounts":
                return 200, {"id": "1", "acct": "shop"}
            case "GET", "1":
                return 200, [{"id": key, **status} for key, status in self.statuses.items()]
            case _, "media" | "v2":
                return self.media(request)
            case "POST", _:
                return self.post(request)
            case "PUT", "statuses":
                return self.edit(request, id_)
            case "DELETE", _:
                held = self.statuses if kind == "statuses" else self.scheduled
                return (200, {"id": id_}) if held.pop(id_, None) else NOT_FOUND
        return NOT_FOUND

    def media(self, request: Request) -> Reply:
        if request.method == "POST":
            return (202 if self.media_steps else 200), {"id": "media-1", "url": None}
        if self.media_steps:
            self.media_steps -= 1
            return 206, {"id": "media-1", "url": None}
        return 200, {"id": "media-1", "url": f"{self.url}/media-1.png"}

    def post(self, request: Request) -> Reply:
        key = request.headers.get("Idempotency-Key", "")
        if key not in self.keys:
            self.keys[key] = self.publish(request.body)
        return self.keys[key]

    def publish(self, body: dict[str, Any]) -> Reply:
        if len(body["status"]) > self.most_characters * 2:
            return 422, {"error": "Validation failed: Text character limit exceeded"}
        id_ = str(next(self.numbers))
        if at := body.get("scheduled_at"):
            if datetime.fromisoformat(at) < datetime.now(UTC) + timedelta(minutes=5):
                return 422, {"error": "Validation failed: Scheduled at must be in the future"}
            self.scheduled[id_] = body
            return 200, {"id": id_, "scheduled_at": at}
        return 200, self.show(id_, body)

    def show(self, id_: str, body: dict[str, Any]) -> dict[str, Any]:
        self.statuses[id_] = {"content": f"<p>{escape(body['status'])}</p>", "url": f"{self.url}/@shop/{id_}"}
        return {"id": id_, **self.statuses[id_]}

    def edit(self, request: Request, id_: str) -> Reply:
        return (200, self.show(id_, request.body)) if id_ in self.statuses else NOT_FOUND

    def time_comes(self) -> None:
        """What is scheduled gets out, under a number of its own."""
        while self.scheduled:
            _, body = self.scheduled.popitem()
            self.show(str(next(self.numbers)), body)
