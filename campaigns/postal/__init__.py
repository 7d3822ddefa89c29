"""What comes back by post about people's addresses: pieces that were returned, and new addresses.

    returned(customer_id, reason="unknown", at=..., source="vendor press", key="item 17", sent_at=...)
    moved(customer_id, NewAddress(street="Weg 1", postcode="10115", city="Berlin"), at=..., source=..., key=...)

Both may be told as often as wanted; docs/addresses.md says what follows from each reason.
"""

from .errors import PostalError
from .moving import Moved, NewAddress, moved
from .reasons import CODES, ReturnReason
from .returning import returned

__all__ = ["CODES", "Moved", "NewAddress", "PostalError", "ReturnReason", "moved", "returned"]
