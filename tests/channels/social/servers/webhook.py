"""A receiver that verifies signatures as the Standard Webhooks specification asks, and knows repetitions by their id."""

import base64
import hashlib
import hmac
import time

from .base import NetworkServer, Reply, Request

TOLERANCE = 300  # seconds


class WebhookServer(NetworkServer):
    kind = "webhook"
    main = "POST /"
    token = "whsec_" + base64.b64encode(b"k" * 32).decode()

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, dict] = {}

    def taken(self) -> int:
        return len([one for one in self.seen.values() if one["type"] != "ping"])

    def reply(self, request: Request) -> Reply:
        headers = {name.lower(): value for name, value in request.headers.items()}
        stamp, id_ = headers["webhook-timestamp"], headers["webhook-id"]
        signed = f"{id_}.{stamp}.".encode() + request.raw
        key = base64.b64decode(self.token.removeprefix("whsec_"))
        mine = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        is_fresh = abs(time.time() - int(stamp)) < TOLERANCE
        if not is_fresh or not any(hmac.compare_digest(mine, one) for one in headers["webhook-signature"].split()):
            return 401, {}
        self.seen.setdefault(id_, request.body)
        return 200, {}
