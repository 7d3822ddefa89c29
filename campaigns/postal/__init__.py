"""What comes back by post about people's addresses: pieces that were returned, and new addresses.

    returned(customer_id, reason="unknown", at=..., source="vendor press", key="item 17", sent_at=...)
    moved(customer_id, NewAddress(street="Weg 1", postcode="10115", city="Berlin"), at=..., source=..., key=...)

    returned_many([Return(...), ...]), moved_many([Move(...), ...])     any number at once, as if one by one

All may be told as often as wanted; docs/addresses.md says what follows from each reason.
"""

from .errors import PostalError
from .moving import Move, Moved, NewAddress, moved, moved_many
from .reasons import CODES, ReturnReason
from .returning import Return, returned, returned_many

__all__ = [
    "CODES",
    "Move",
    "Moved",
    "NewAddress",
    "PostalError",
    "Return",
    "ReturnReason",
    "moved",
    "moved_many",
    "returned",
    "returned_many",
]
