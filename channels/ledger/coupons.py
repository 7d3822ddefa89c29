"""Codes that were reserved with a plan are given with its dispatches; who would lack one gets nothing.

campaigns.offers reserves; here is what queueing adds to its statements, and only where a wave has pools at all.
"""

from dataclasses import dataclass
from typing import Any

from campaigns.by_hash import by_hash
from campaigns.models import OfferKind, WaveOffer

from .sql import count

NO_CODE = "no coupon code left"
# Of each option, the pools of which its customers need a code; those of all variants were reserved. Each customer's codes are
# found by the index of customers: asking for their state would lead PostgreSQL to walk through all that are reserved.
MINDED = """
    WITH minded AS MATERIALIZED (SELECT p.customer_id, p.option_id, p.channel, p.cost_cents, coalesce(p.barred, CASE WHEN n.pools IS NOT NULL AND (
               SELECT count(*) FROM campaigns_coupon c
               WHERE c.customer_id = p.customer_id AND c.wave_id = %(wave)s AND c.offer_id = ANY(n.pools)
                 AND c.dispatch_id IS NULL) < cardinality(n.pools) THEN %(no_code)s END) AS barred
    FROM ({planned}) p LEFT JOIN (
        SELECT o.option_id, array_agg(DISTINCT o.offer_id) AS pools
        FROM campaigns_waveoffer o JOIN campaigns_offer f ON f.id = o.offer_id AND f.kind = 'unique'
        WHERE o.wave_id = %(wave)s GROUP BY o.option_id
    ) n ON n.option_id = p.option_id) SELECT * FROM minded
"""
# The code that stands on the dispatch itself. Whoever gets nothing has none, since theirs go back to the pool.
OWN = """
    coalesce(CASE WHEN p.barred IS NULL THEN (
        SELECT c.code FROM campaigns_coupon c JOIN campaigns_waveoffer o USING (wave_id, offer_id)
        WHERE c.customer_id = p.customer_id AND c.wave_id = %(wave)s AND c.dispatch_id IS NULL
          AND o.option_id = p.option_id AND o.is_main LIMIT 1) END, {made})
"""
# Joined by the customer and nothing else: of the rest, which is alike in all rows, no join may begin.
GIVE = """
    UPDATE campaigns_coupon c SET state = 'given', dispatch_id = d.id
    FROM channels_dispatch d JOIN campaigns_waveoffer o
      ON o.wave_id = d.wave_id AND o.option_id = d.option_id AND o.variant = d.variant
    WHERE c.wave_id = %(wave)s AND c.state = 'reserved' AND c.customer_id = d.customer_id
      AND c.offer_id IS NOT DISTINCT FROM o.offer_id
      AND d.wave_id = %(wave)s AND d.state = 'queued'
"""
# Of the whole plan, or of those who were just queued: who gets nothing, and whose variant does not show the offer.
GIVE_BACK = """
    UPDATE campaigns_coupon c SET state = 'free', wave_id = NULL, customer_id = NULL
    WHERE c.wave_id = %(wave)s AND c.state = 'reserved'
"""


@dataclass(frozen=True)
class Given:
    """How one wave gives codes; `has_pools` False: nothing of it is needed."""

    wave_id: int
    has_pools: bool

    @classmethod
    def of(cls, wave_id: int) -> "Given":
        pools = WaveOffer.objects.filter(wave_id=wave_id, offer__kind=OfferKind.UNIQUE)
        return cls(wave_id, pools.exists())

    @property
    def params(self) -> dict[str, Any]:
        return {"no_code": NO_CODE} if self.has_pools else {}

    def minded(self, planned: str) -> str:
        """The same plan, with whoever lacks a code barred."""
        return MINDED.format(planned=planned) if self.has_pools else planned

    def own(self, made: str) -> str:
        """The expression of a dispatch's own code, where otherwise one is `made` with it."""
        return OWN.format(made=made) if self.has_pools else made

    def give(self, *, rows: int) -> int:
        """To the dispatches that were just made, about `rows`, in the same transaction. Codes that are left go back.

        Returns how many codes were given.
        """
        if not self.has_pools:
            return 0
        with by_hash(rows=rows):
            given = count(GIVE, {"wave": self.wave_id})
        count(GIVE_BACK, {"wave": self.wave_id})
        return given
