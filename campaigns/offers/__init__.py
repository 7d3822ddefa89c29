"""Offers and their codes: made or imported, reserved with a plan, given once with a message, redeemed once.

    free -> reserved -> given -> redeemed
      |        `-> free (the plan was made anew, or the wave cancelled)
      `-> withdrawn <- given

`codes` says what a code looks like, `generating` and `importing` fill a pool, `reserving` takes from it for a plan,
channels.ledger.coupons gives with the dispatch, `redeeming` ends it, and `terms` tells contents what an offer says.
"""

from .errors import OfferError, PoolTooSmallError
from .exporting import lines
from .generating import generate
from .giving import codes_of
from .importing import CodesRefusedError, import_codes
from .pools import counts, ends, free, is_over, reserved, with_counts, withdraw, withdraw_code
from .reserving import Shown, give_back, missing, note_offers, reserve

__all__ = [
    "CodesRefusedError",
    "OfferError",
    "PoolTooSmallError",
    "Shown",
    "codes_of",
    "counts",
    "ends",
    "free",
    "generate",
    "give_back",
    "import_codes",
    "is_over",
    "lines",
    "missing",
    "note_offers",
    "reserve",
    "reserved",
    "with_counts",
    "withdraw",
    "withdraw_code",
]
