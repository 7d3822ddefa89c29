"""Why a piece of addressed post came back: the fixed codes, and what each says about address and person.

The reasons are those of the Universal Postal Union's label for returned items (CN 15), with what carriers tell beyond
it; carriers word them differently, so vendors report one of these codes.
"""

from django.db.models import TextChoices


class ReturnReason(TextChoices):
    MOVED = "moved", "moved, the new address is not known"
    UNKNOWN = "unknown", "unknown at this address"
    NO_SUCH_NUMBER = "no_such_number", "no such house number"
    NO_SUCH_STREET = "no_such_street", "no such street or place"
    INCOMPLETE = "incomplete", "incomplete address"
    NO_LETTERBOX = "no_letterbox", "no letterbox, or the house stands empty"
    REFUSED = "refused", "the addressee refused it"
    NOT_COLLECTED = "not_collected", "not collected in time"
    DECEASED = "deceased", "the addressee is deceased"
    CLOSED_DOWN = "closed_down", "the company is no more"
    PIECE = "piece", "something was wrong with the piece, not with the address"
    OTHER = "other", "another reason, or none was told"


# Nobody is reached there under this name; others at the address are.
OF_PERSON = frozenset({ReturnReason.MOVED, ReturnReason.UNKNOWN, ReturnReason.CLOSED_DOWN, ReturnReason.OTHER})
# Nobody at all is reached there.
OF_ADDRESS = frozenset(
    {
        ReturnReason.NO_SUCH_NUMBER,
        ReturnReason.NO_SUCH_STREET,
        ReturnReason.INCOMPLETE,
        ReturnReason.NO_LETTERBOX,
    }
)
CODES = tuple(ReturnReason.values)
