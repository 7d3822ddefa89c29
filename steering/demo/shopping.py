"""Purchases of the two weeks after a wave, of everybody, told by the shop and its tills when they happened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from campaigns.models import Wave
from channels.intake import MOST_AT_ONCE
from steering.population.truth import Answers

from .reactions import shared_code
from .staff import Staff
from .web import Web, at_once
from .world import World


@dataclass(frozen=True)
class Sales:
    coupons: int
    purchases: int  # without a coupon
    value_cents: int


def report(world: World, answers: Answers, *, wave: Wave, codes: Mapping[int, str], staff: Staff, web: Web) -> Sales:
    """Coupons one by one, as tills do; all other purchases in batches. No purchase is told twice."""
    buyers = np.flatnonzero(answers.bought)
    has_code = np.array([id_ in codes for id_ in world.customer_ids[buyers].tolist()], dtype=bool)
    redeems = answers.redeemed[buyers] & has_code
    receipts = _Receipts(world, answers, wave)
    coupons = [receipts.coupon(row, codes[int(world.customer_ids[row])]) for row in buyers[redeems]]
    at_once(lambda body: web.report("/api/redemptions", body, key=staff.till_key, expect=(201,)), coupons)
    purchases = [receipts.purchase(row) for row in buyers[~redeems]]
    at_once(lambda some: web.report("/api/events", {"events": some}, key=staff.shop_key), _batches(purchases))
    return Sales(len(coupons), len(purchases), int(answers.value_cents[buyers].sum()))


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for first in range(0, len(rows), MOST_AT_ONCE):
        yield rows[first : first + MOST_AT_ONCE]


@dataclass(frozen=True)
class _Receipts:
    """What the systems of the shop say about the purchase of one row of the truth."""

    world: World
    answers: Answers
    wave: Wave

    def coupon(self, row: int, code: str) -> dict[str, Any]:
        body = {
            "code": code,
            "receipt": f"bon-{self.wave.pk}-{self._number(row)}",
            "redeemed_at": self._at(row),
            "place": "online" if self.answers.bought_online[row] else "store",
            "value": self._value(row),
        }
        # A code that is the same for everybody does not say whose it is; the customer card does.
        is_shared = code == shared_code("social")
        return body | ({"customer_number": self._number(row)} if is_shared else {})

    def purchase(self, row: int) -> dict[str, Any]:
        is_online = bool(self.answers.bought_online[row])
        return {
            "customer_number": self._number(row),
            "kind": "purchased",
            "medium": "web" if is_online else "store",
            "is_online": is_online,
            "occurred_at": self._at(row),
            "source_key": f"sale-{self.wave.pk}-{self._number(row)}",
            "value": self._value(row),
        }

    def _number(self, row: int) -> str:
        return str(self.world.truth.customer_numbers[row])

    def _at(self, row: int) -> str:
        return (self.wave.started_at + timedelta(days=float(self.answers.days_later[row]))).isoformat()

    def _value(self, row: int) -> str:
        euro, cents = divmod(int(self.answers.value_cents[row]), 100)
        return f"{euro}.{cents:02d}"
