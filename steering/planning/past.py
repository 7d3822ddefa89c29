"""Why channels were closed to a customer at an earlier moment: the gate of today, over the tables as they were then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from steering import eligibility, people

# A WITH query named like a table stands in its place, so the gate itself stays the one of planning and sending, and reads
# the rows of one customer only. What has no history (addresses, identifiers, the limits themselves) is today's.
SINCE = """
    SELECT (jsonb_populate_record(t, CASE WHEN t.{ended} > %(moment)s THEN '{{"{ended}": null}}' ELSE '{{}}' END::jsonb)).*
    FROM {table} t WHERE t.customer_id = %(customer)s AND t.{began} <= %(moment)s"""
THEN = {
    "campaigns_objection": SINCE.format(table="campaigns_objection", began="received_at", ended="lifted_at"),
    "campaigns_consent": SINCE.format(table="campaigns_consent", began="given_at", ended="withdrawn_at"),
    "campaigns_servicecase": SINCE.format(table="campaigns_servicecase", began="opened_at", ended="closed_at"),
    "campaigns_identifier": "SELECT * FROM campaigns_identifier WHERE customer_id = %(customer)s",
    "campaigns_suppression": """
        SELECT * FROM campaigns_suppression
        WHERE digest IN (SELECT digest FROM campaigns_identifier) AND created_at <= %(moment)s""",
    "campaigns_event": """
        SELECT * FROM campaigns_event WHERE customer_id = %(customer)s AND occurred_at <= %(moment)s""",
    # What has got its state since was still to be sent.
    "channels_dispatch": """
        SELECT (jsonb_populate_record(
            t, CASE WHEN t.state_changed_at > %(moment)s THEN '{"state": "queued"}' ELSE '{}' END::jsonb)).*
        FROM channels_dispatch t WHERE t.customer_id = %(customer)s AND t.created_at <= %(moment)s""",
}
THEN_READ = "WITH {then} SELECT * FROM ({reading}) found"


def closed(
    customer_id: int, channels: Sequence[str], *, at: datetime, campaign_id: int | None = None
) -> dict[str, str]:
    """By channel, the first reason (one of eligibility.REASONS) that held at this moment; open channels are left out."""
    if not channels:
        return {}
    reading = people.Reading.of((), channels, as_of_at=at, campaign_id=campaign_id)
    then = ", ".join(f"{name} AS ({query})" for name, query in THEN.items())
    sql = THEN_READ.format(then=then, reading=reading.sql)
    params = dict(reading.params) | {"customer": customer_id, "moment": at}
    found = replace(reading, sql=sql, params=params).of_ids(np.array([customer_id]))
    codes = found.reasons[0] if len(found.reasons) else ()
    return {
        channel: eligibility.REASONS[code - 1]
        for channel, code in zip(channels, codes, strict=False)
        if code != eligibility.ELIGIBLE
    }
