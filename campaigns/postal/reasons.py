"""Why a piece of addressed post came back: the fixed codes, and what each says about address and person.

The reasons are those of the Universal Postal Union's label for returned items (CN 15), with what carriers tell beyond
it; carriers word them differently, so vendors report one of these codes.
"""

from campaigns.models.postal import ReturnReason

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
