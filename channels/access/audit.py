"""The record of who asked for what. An entry is committed before the answer leaves, so no crash forgets an access; that of
a step is committed with the step.

Nothing of customers is in it: rows are named by their ids, and what callers wrote is kept only where it is a short name
such as those that we give. Entries are kept for AUDIT_KEPT_DAYS; the database refuses to change any, ever, and to delete
one that is younger than 90 days.
"""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from .. import prepared
from ..models import ApiKey, AuditEntry, Vendor
from . import callers, plain

By = AbstractBaseUser | ApiKey | Vendor | None
Outcome = AuditEntry.Outcome
SHORTEST_DAYS = 90  # as the trigger says
AT_ONCE = 10_000
# Where the connection turns out to be dead, and is opened again, an entry may come twice; never not at all.
ADD = """
    INSERT INTO channels_auditentry
        (action, outcome, vendor_id, key_id, user_id, object_type, object_id, address, facts)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s::inet, %s::jsonb) RETURNING id
"""


def note(
    by: By,
    action: str,
    of: Model | tuple[str, int] | None = None,
    *,
    request: HttpRequest | None = None,
    outcome: str = Outcome.OK,
    **facts: Any,
) -> None:
    """Somebody did something with a row of ours. `facts`: numbers and short names; raises ValueError for others.

    `by`: a member of staff, the key that was used, a vendor whom we gave something, or None for the platform itself.
    `of`: the row, or the name of its model and the number that was asked for, if perhaps there is no such row. Where `by`
    says nothing of a vendor, the row's own is noted.
    """
    kind, number = (of._meta.model_name, of.pk) if isinstance(of, Model) else of or ("", None)
    told = (
        action,
        str(outcome),
        _vendor_id(by, of),
        by.pk if isinstance(by, ApiKey) else None,
        by.pk if isinstance(by, AbstractBaseUser) else None,
        kind,
        number,
        (callers.address(request) or None) if request is not None else None,
        json.dumps(plain.checked(facts)),
    )
    prepared.rows(ADD, told)


def _vendor_id(by: By, of: Model | tuple[str, int] | None) -> int | None:
    if isinstance(by, Vendor):
        return by.pk
    if isinstance(by, ApiKey):
        return by.vendor_id
    return of.pk if isinstance(of, Vendor) else getattr(of, "vendor_id", None)


def forget_old() -> int:
    """Delete what is older than AUDIT_KEPT_DAYS, in portions; returns how many that were."""
    before = timezone.now() - timedelta(days=max(settings.AUDIT_KEPT_DAYS, SHORTEST_DAYS))
    deleted = 0
    while True:
        old = AuditEntry.objects.filter(at__lt=before).order_by("at").values("pk")[:AT_ONCE]
        gone = AuditEntry.objects.filter(pk__in=old).delete()[0]
        deleted += gone
        if gone < AT_ONCE:
            return deleted
