"""Every POST carries an Idempotency-Key: sent again, it gets the first answer and changes nothing.

The answer, and the entry of the audit log, are stored in the transaction of the step itself, so all exist or none. A refused step is not stored:
nothing happened, and the same key may try again. Another request under the same key is refused.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ..api.problems import Problem
from ..api.recorded import RecordedView
from ..models import IdempotentAnswer, Vendor
from .bulk import Upload
from .errors import as_problems

KEPT_FOR = timedelta(days=7)
LONGEST = 255

# Of two at once the second waits here for the first to commit, and then finds its answer.
RESERVE = """
    INSERT INTO channels_idempotentanswer (vendor_id, key, request, body_sha256, status, answer)
    VALUES (%s, %s, %s, %s, 0, '{}') ON CONFLICT (vendor_id, key) DO NOTHING RETURNING id
"""


def once(view: RecordedView, step: Callable[[], dict[str, Any]]) -> Response:
    """Take the step and answer 200, or repeat what was answered before."""
    request = view.request
    key = _key(request)
    vendor: Vendor = request.auth.vendor
    what = (f"{request.method} {request.path}"[:200], _digest(request.data))
    with as_problems(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(RESERVE, [vendor.pk, key, *what])
            reserved = cursor.fetchone()
        if reserved is None:
            return _repeat(IdempotentAnswer.objects.get(vendor=vendor, key=key), what)
        answer = step()
        IdempotentAnswer.objects.filter(pk=reserved[0]).update(status=200, answer=answer)
        view.record(200)
    return Response(answer)


def _digest(body: Any) -> str:
    if isinstance(body, Upload):
        return body.sha256
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        raise Problem(428, "idempotency-key-required", "every POST needs the header Idempotency-Key, e.g. a new UUID")
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise Problem(400, "invalid", f"Idempotency-Key must be at most {LONGEST} printable ASCII characters")
    return key


def _repeat(stored: IdempotentAnswer, what: tuple[str, str]) -> Response:
    if (stored.request, stored.body_sha256) != what:
        raise Problem(422, "idempotency-key-reused", "this key was used for another request")
    return Response(stored.answer, status=stored.status, headers={"Idempotent-Replayed": "true"})


def forget_old() -> int:
    """Answers are kept for seven days; returns how many were older."""
    return IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
