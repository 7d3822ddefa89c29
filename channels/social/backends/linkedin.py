"""LinkedIn Marketing API: the users of a DMP segment.

Source: learn.microsoft.com/linkedin/marketing, "DMP Segment Users" (POST /rest/dmpSegments/{id}/users with
X-RestLi-Method BATCH_CREATE, elements with action ADD or REMOVE and userIds of idType SHA256_EMAIL, at most 5,000; one
status for each element in their order; a limit a minute) and "Create and Manage DMP Segments". A user who is added
twice is one member.
"""

from typing import Any

from ...base import ChannelError
from ..http import AccountError, Answer, BusyError
from .base import AudienceBackend, Batch, Taken, readable

VERSION = "202606"


class LinkedInBackend(AudienceBackend):
    kind = "linkedin"
    label = "LinkedIn"
    default_url = "https://api.linkedin.com"
    needs = ("audience_id",)
    asks_for = "An access token with rw_dmp_segments"
    most_rows = 5000

    @readable
    def check(self) -> str:
        with self.client(self._headers("GET")) as client:
            answer = client.call("GET", f"/rest/dmpSegments/{self.access.audience_id}")
        self.refuse_unless_ok(answer)
        return f"segment “{answer.body.get('name', '')}”"

    @readable
    def push(self, batch: Batch) -> Taken:
        action = "REMOVE" if batch.removes else "ADD"
        elements = [
            {"action": action, "userIds": [{"idType": "SHA256_EMAIL", "idValue": email}]} for (email,) in batch.rows
        ]
        with self.client(self._headers("BATCH_CREATE")) as client:
            path = f"/rest/dmpSegments/{self.access.audience_id}/users"
            answer = client.call("POST", path, json={"elements": elements})
        self.refuse_unless_ok(answer)
        statuses = _statuses(answer)
        if len(statuses) != len(batch.rows):
            raise ChannelError("LinkedIn did not answer for every element", permanent=False)
        refused = tuple(position for position, status in enumerate(statuses) if not 200 <= status < 300)
        _refuse_together(statuses, answer)
        return Taken(refused, reason="LinkedIn says that the entry is invalid")

    def _headers(self, method: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.access.secret}",
            "LinkedIn-Version": VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
            "X-RestLi-Method": method,
        }


def _statuses(answer: Answer) -> list[int]:
    told: list[Any] = answer.body.get("elements", []) if isinstance(answer.body, dict) else []
    return [int(one.get("status", 0)) for one in told if isinstance(one, dict)]


def _refuse_together(statuses: list[int], answer: Answer) -> None:
    """Elements that were turned away for now, not for what they are: the whole batch is repeated, which adds nobody twice."""
    if 429 in statuses:
        raise BusyError("LinkedIn takes no more calls now", retry_after=answer.retry_after, code="429")
    if any(status in (401, 403) for status in statuses):
        raise AccountError("LinkedIn does not let this token change the segment", code="403")
    if any(status >= 500 for status in statuses):
        raise ChannelError("LinkedIn failed with some of the elements", permanent=False, code="500")
