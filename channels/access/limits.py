"""How often a vendor's programs may call: so many requests a minute, all at once or evenly, over all processes and keys.

While Redis is away nobody is limited: a job that is due today is worth more than an even load.
"""

import math
from dataclasses import dataclass

from django.conf import settings

from ..models import Vendor
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
    """One request of this vendor; None: nobody can say."""
    per_minute = vendor.requests_per_minute or settings.VENDOR_REQUESTS_PER_MINUTE
    answer = shared.ask("gcra", [shared.key("pace", "vendor", str(vendor.pk))], [per_minute])
    if answer is None:
        return None
    passes, left, wait = answer
    return Allowance(bool(passes), per_minute, int(left), wait / 1000)
