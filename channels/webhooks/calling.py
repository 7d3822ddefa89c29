"""One call to an endpoint: signed, bounded in time, into no private network, never redirected; of the answer only its status counts."""

import json
import time
from dataclasses import dataclass

import requests
from django.conf import settings
from django.utils import timezone

from .. import standard_webhooks
from ..base import ChannelError
from ..guarded import GuardedAdapter, guarded, judged
from ..models import WebhookEndpoint, WebhookEvent
from ..social import sealing
from ..social.http import Client
from . import endpoints

SECONDS = 10.0  # as receivers are told; the whole call, however slowly its answer comes
GONE = 410


@dataclass(frozen=True)
class Told:
    """`status` of HTTP, None without an answer; `reason` in our words, empty where it was taken; `wait` in seconds."""

    status: int | None
    milliseconds: int
    reason: str = ""
    wait: float = 0.0

    @property
    def is_taken(self) -> bool:
        return not self.reason


def tell(endpoint: WebhookEndpoint, event: WebhookEvent) -> Told:
    """Never raises for what the other side does."""
    began = time.monotonic()
    if refusal := endpoints.problem(endpoint.url):
        return Told(None, 0, refusal.rstrip("."))
    try:
        headers, payload = signed(endpoint, event)
        with WebhookClient(endpoint.url, headers=headers) as client:
            answer = client.call("POST", "", data=payload.encode())
    except (ChannelError, sealing.SealError) as error:
        return Told(None, _since(began), str(error))
    except (requests.RequestException, ValueError, OSError) as error:  # an address that no library can call
        return Told(None, _since(began), f"it cannot be called ({type(error).__name__})")
    if _since(began) > SECONDS * 1000:  # cut off; what there was of it may look whole
        return Told(None, _since(began), "no answer in time")
    reason = "" if answer.is_ok else _refusal(answer.status)
    return Told(answer.status, _since(began), reason, answer.retry_after or 0.0)


def signed(endpoint: WebhookEndpoint, event: WebhookEvent) -> tuple[dict[str, str], str]:
    """Headers and body. The time of the signature is that of this try, the time in the body that of the event."""
    body = {"type": event.type, "timestamp": event.created_at.isoformat(), "data": event.payload}
    payload = json.dumps(body, separators=(",", ":"))
    stamp = str(int(timezone.now().timestamp()))
    return standard_webhooks.headers(endpoints.keys_of(endpoint), event.uid, stamp, payload), payload


def check_address(host: str, port: int) -> list[str]:
    reason = "it leads into a private network, which WEBHOOK_PRIVATE_HOSTS does not allow"
    return judged(host, port, allowed=settings.WEBHOOK_PRIVATE_HOSTS, reason=reason)


class WebhookAdapter(GuardedAdapter):
    pools = guarded(check_address, seconds=SECONDS)


class WebhookClient(Client):
    adapter = WebhookAdapter
    seconds = SECONDS

    def read(self, got: requests.Response, until: float) -> bytes:
        """Nothing: the text of an answer could be endless, and could say anything about anybody."""
        return b""


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return f"it answered {status}: redirects are not followed"
    return f"it answered {status}"


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
