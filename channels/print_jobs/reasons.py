"""Why a letter is taken back, as one of the classes that vendors and the privacy officer are told."""

from collections.abc import Mapping, Sequence

from django.db import connection

from campaigns.models import SuppressionReason

from .. import registry
from ..models import PrintJob, PrintWithdrawal
from ..permission import barred

Reason = PrintWithdrawal.Reason
BOUNCED = (SuppressionReason.BOUNCE, SuppressionReason.RETURNED_LETTER)
JUDGED = """
    SELECT d.id, {barred}, EXISTS (
        SELECT 1 FROM campaigns_identifier i JOIN campaigns_suppression s ON s.digest = i.digest
        WHERE i.customer_id = d.customer_id AND i.kind = 'postal_address' AND s.reason = ANY(%(bounced)s))
    FROM channels_dispatch d WHERE d.id = ANY(%(dispatches)s)
"""


def of_dispatches(job: PrintJob, dispatch_ids: Sequence[int]) -> Mapping[int, str]:
    """The class by dispatch. Where nothing speaks against a letter now, it was cancelled."""
    gate = barred(registry.get(job.channel))
    params = {"dispatches": list(dispatch_ids), "bounced": [str(reason) for reason in BOUNCED]}
    with connection.cursor() as cursor:
        cursor.execute(JUDGED.format(barred=gate.sql), gate.params | params)
        return {id_: _class(said, has_bounced) for id_, said, has_bounced in cursor.fetchall()}


def _class(said: str | None, has_bounced: bool) -> str:
    if said is None:
        return Reason.CANCELLED.value
    if said == "objection":
        return Reason.OBJECTION.value
    return Reason.BOUNCE.value if has_bounced else Reason.SUPPRESSION.value
