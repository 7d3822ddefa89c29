"""How often a vendor's programs may call: so many requests a minute, all at once or evenly, over all processes and keys.

While Redis is away nobody is limited: a job that is due today is worth more than an even load.
"""

import math
from dataclasses import dataclass

from django.conf import settings

from ..models import ApiKey, Vendor
from . import shared


@dataclass(frozen=True)
class Allowance:
    """`wait`: seconds until one request may pass; `left`: how many may pass now."""

    passes: bool
    per_minute: int
    left: int
    wait: float

    @property
    def headers(self) -> dict[str, str]:
        """draft-ietf-httpapi-ratelimit-headers-10: the policy in force, and what is left of it."""
        told = {
            "RateLimit-Policy": f'"minute";q={self.per_minute};w=60',
            "RateLimit": f'"minute";r={self.left};t={math.ceil(self.wait)}',
        }
        return told if self.passes else told | {"Retry-After": str(max(1, math.ceil(self.wait)))}


def take(vendor: Vendor) -> Allowance | None:
    """One request of this vendor; None: there is no limit, or nobody can say."""
    return _take(vendor, "vendor", vendor.pk)


def take_refused(key: ApiKey) -> Allowance | None:
    """One request by a key that is refused: as many as its vendor may send, and none of the vendor's own are used up."""
    return _take(key.vendor, "refused", key.pk)


def _take(vendor: Vendor | None, kind: str, number: int) -> Allowance | None:
    per_minute = (vendor and vendor.requests_per_minute) or settings.VENDOR_REQUESTS_PER_MINUTE
    if not per_minute:
        return None
    answer = shared.ask("gcra", [shared.key("pace", kind, str(number))], [per_minute])
    if answer is None:
        return None
    passes, left, wait = answer
    return Allowance(bool(passes), per_minute, int(left), wait / 1000)
