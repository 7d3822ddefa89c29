"""Why a customer may not be contacted by a channel now, as one SQL expression; every gate of the ledger uses it."""

from dataclasses import dataclass
from typing import Any

from .base import Channel

OBJECTION = """
    WHEN EXISTS (SELECT 1 FROM campaigns_objection o
                 WHERE o.customer_id = d.customer_id AND o.lifted_at IS NULL AND o.channel IN ('', %({name}channel)s)
                   AND (o.campaign_id IS NULL OR o.campaign_id = {campaign}))
    THEN 'objection'"""
GROUND = """
    WHEN NOT EXISTS (SELECT 1 FROM campaigns_consent c
                     WHERE c.customer_id = d.customer_id AND c.channel = %({name}channel)s
                       AND c.purpose = 'advertising' AND c.ground = ANY(%({name}grounds)s)
                       AND c.withdrawn_at IS NULL)
    THEN 'no ground'"""
IDENTIFIER = """
    WHEN NOT EXISTS (SELECT 1 FROM campaigns_identifier i
                     WHERE i.customer_id = d.customer_id AND i.kind = ANY(%({name}kinds)s)
                       AND NOT EXISTS (SELECT 1 FROM campaigns_suppression s WHERE s.digest = i.digest))
    THEN 'no usable identifier'"""
HOUSEHOLD = """
    WHEN NOT EXISTS (SELECT 1 FROM campaigns_customer h WHERE h.id = d.customer_id AND h.household_id IS NOT NULL)
    THEN 'no address'"""
# Unaddressed post needs no person's address, so a returned letter does not stop it.
ADDRESS = """
    WHEN EXISTS (SELECT 1 FROM campaigns_identifier i JOIN campaigns_suppression s ON s.digest = i.digest
                 WHERE i.customer_id = d.customer_id AND i.kind = 'postal_address')
    THEN 'address suppressed'"""

# Those whose objection, withdrawal or suppression could stop anything: far fewer than there are dispatches.
REFUSING = """
    SELECT customer_id FROM campaigns_objection WHERE lifted_at IS NULL
    UNION SELECT customer_id FROM campaigns_consent WHERE withdrawn_at IS NOT NULL
    UNION SELECT i.customer_id FROM campaigns_suppression s JOIN campaigns_identifier i ON i.digest = s.digest
"""
# Of which campaign a dispatch `d` is.
OF_DISPATCH = "(SELECT w.campaign_id FROM campaigns_wave w WHERE w.id = d.wave_id)"


@dataclass(frozen=True)
class Barred:
    """An SQL expression over a dispatch `d`: the reason why it must not go out, or NULL."""

    sql: str
    params: dict[str, Any]


def barred(channel: Channel, *, name: str = "", campaign: str = OF_DISPATCH, has_address: bool = False) -> Barred:
    """The gate of this channel, made from its reach. `name` keeps the parameters of several gates in one query apart.

    `campaign` is SQL for the campaign in question, which a person may have refused alone. `has_address`: the query itself
    looks whether the address that is used is still there and not suppressed.
    """
    reach = channel.reach
    conditions = [
        OBJECTION,
        GROUND if reach.grounds else "",
        IDENTIFIER if reach.identifier_kinds and not has_address else "",
        HOUSEHOLD if reach.needs_household else "",
        ADDRESS if reach.needs_household and not reach.decided_by_area else "",
    ]
    params = {
        f"{name}channel": channel.name,
        f"{name}kinds": list(reach.identifier_kinds),
        f"{name}grounds": list(reach.grounds),
    }
    return Barred(f"CASE{''.join(conditions).format(name=name, campaign=campaign)} END", params)
