"""Meta Marketing API: the users of a customer-file custom audience.

Source: developers.facebook.com, Marketing API, "Custom Audiences" (guide), reference "Custom Audience Users" (POST and
DELETE /{audience}/users: payload with schema and data, at most 10,000 users a call; session with session_id, batch_seq,
last_batch_flag, estimated_num_total; answered by num_received, num_invalid_entries, invalid_entry_samples), "Error
Codes", and Graph API "Rate Limits" (codes 4, 17, 32, 613 and 80000 to 80014; X-Business-Use-Case-Usage with
estimated_time_to_regain_access in minutes). An entry that is added twice is one member.
"""

import json
from collections.abc import Iterator
from typing import Any

from ...base import ChannelError
from ..http import AccountError, Answer, BusyError
from .base import AudienceBackend, Batch, SessionError, Taken, readable

VERSION = "v25.0"
SCHEMA = ["EMAIL", "PHONE", "FN", "LN", "ZIP", "COUNTRY"]  # the columns of networks.META, by their names in the API
TOO_MANY = frozenset({4, 17, 32, 613, 80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014})
TOKEN = frozenset({102, 190, 463, 467})
RIGHTS = frozenset({3, 10, 294, *range(200, 300)})
TEMPORARY = frozenset({1, 2})
UNKNOWN_AUDIENCE = (100, 33)  # code and subcode: no such object, or not for this token
BLOCKED_AUDIENCE = (100, 1713230)
USAGE_HEADERS = ("X-Business-Use-Case-Usage", "X-Ad-Account-Usage", "X-App-Usage")
NEARLY_ALL = 95  # per cent of what may be called, from which on we rest
REST_SECONDS = 60.0


class MetaBackend(AudienceBackend):
    kind = "meta"
    label = "Meta"
    default_url = "https://graph.facebook.com"
    needs = ("audience_id",)
    asks_for = "The access token of a system user with ads_management"
    most_rows = 10_000

    @readable
    def check(self) -> str:
        with self.client(self._headers()) as client:
            fields = {"fields": "name,operation_status"}
            answer = client.call("GET", f"/{VERSION}/{self.access.audience_id}", params=fields)
        self._refuse_unless_ok(answer)
        status = answer.body.get("operation_status", {}).get("code", "unknown")
        return f"audience “{answer.body.get('name', '')}”, status {status}"

    @readable
    def push(self, batch: Batch) -> Taken:
        body = {
            "payload": {"schema": SCHEMA, "data": [list(row) for row in batch.rows]},
            "session": {
                "session_id": batch.session,
                "batch_seq": batch.sequence,
                "last_batch_flag": batch.is_last,
                "estimated_num_total": batch.session_rows or len(batch.rows),
            },
        }
        with self.client(self._headers()) as client:
            method = "DELETE" if batch.removes else "POST"
            answer = client.call(method, f"/{VERSION}/{self.access.audience_id}/users", json=body)
        self._refuse_unless_ok(answer)
        return Taken(
            refused_number=min(int(answer.body.get("num_invalid_entries") or 0), len(batch.rows)),
            reason="Meta says that the entry is invalid",
            rest_seconds=_rest(answer),
        )

    def _headers(self) -> dict[str, str]:
        """In a header, so that the token is in no address that somebody logs."""
        return {"Authorization": f"Bearer {self.access.secret}"}

    def _refuse_unless_ok(self, answer: Answer) -> None:
        told = answer.body.get("error") if isinstance(answer.body, dict) else None
        if isinstance(told, dict):
            raise _meaning(told, answer)
        self.refuse_unless_ok(answer)
        if not isinstance(answer.body, dict) or not answer.body:
            raise ChannelError("Meta gave an answer that cannot be read", permanent=False)


def _meaning(told: dict[str, Any], answer: Answer) -> ChannelError:
    """An error of the Graph API. Its text may quote what we sent, so only its numbers are kept."""
    number, subcode = int(told.get("code") or 0), int(told.get("error_subcode") or 0)
    code = f"{number}/{subcode}" if subcode else str(number)
    if number in TOO_MANY:
        wait = answer.retry_after if answer.retry_after is not None else _regain(answer)
        return BusyError(f"Meta takes no more calls now ({code})", retry_after=wait, code=code)
    if number in TOKEN:
        return AccountError(f"Meta does not accept the token: it has expired, or was withdrawn ({code})", code=code)
    if number in RIGHTS:
        return AccountError(f"Meta says that the token may not do that ({code})", code=code)
    if (number, subcode) == UNKNOWN_AUDIENCE or answer.status == 404:
        return AccountError(f"Meta knows no such audience, or not for this token ({code})", code=code)
    if (number, subcode) == BLOCKED_AUDIENCE:
        return AccountError(f"Meta has blocked this audience; its owner can appeal ({code})", code=code)
    if "session" in f"{told.get('message')} {told.get('error_user_title')}".lower():
        return SessionError(f"Meta does not follow the session ({code})", code=code)
    is_temporary = number in TEMPORARY or told.get("is_transient") is True or answer.status >= 500
    return ChannelError(f"Meta refused with {code}", permanent=not is_temporary, code=code)


def _usages(answer: Answer) -> Iterator[dict[str, Any]]:
    """The records of use in the headers: one of the app, or a list for each business."""
    for name in USAGE_HEADERS:
        try:
            told = json.loads(answer.headers.get(name, "{}"))
        except ValueError:
            continue
        found = [told, *[one for many in told.values() if isinstance(many, list) for one in many]]
        yield from (one for one in found if isinstance(one, dict))


def _regain(answer: Answer) -> float | None:
    minutes = [float(one.get("estimated_time_to_regain_access") or 0) for one in _usages(answer)]
    return max(minutes) * 60 if any(minutes) else None


def _rest(answer: Answer) -> float:
    """Seconds to rest before the limit is reached."""
    shares = [
        float(one.get(name) or 0) for one in _usages(answer) for name in ("call_count", "total_time", "total_cputime")
    ]
    return REST_SECONDS if any(share >= NEARLY_ALL for share in shares) else 0.0
