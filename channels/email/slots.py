"""One message under way: by which provider and line it leaves, and what is known when it has left."""

from dataclasses import dataclass, field

from ..base import ChannelError, Message, Receipt, ReceiptState
from . import errors
from .letters import message_id
from .outside import OutsideLine
from .providers import Provider
from .wire.line import Line
from .wire.server import Reply, Server


@dataclass(eq=False)
class Slot:
    provider: Provider | None = None
    line: Line | OutsideLine | None = None
    message: Message | None = None
    is_sending: bool = False
    is_admitted: bool = False  # its provider may be given one more
    is_kept: bool = False  # the line was open before
    tried: set[str] = field(default_factory=set)  # providers that failed it
    error: ChannelError | None = None

    def empty(self) -> None:
        self.message, self.error, self.is_sending = None, None, False
        self.tried.clear()


def new_line(provider: Provider) -> Line | OutsideLine:
    return Line(provider.server) if isinstance(provider.server, Server) else OutsideLine(provider.server)


def receipt(message: Message, provider: Provider, result: Reply | str) -> Receipt:
    """What the ledger keeps: the provider's name and words; its own id of the message, or else the Message-ID."""
    is_reply = isinstance(result, Reply)
    said = f"{result.code} {errors.clean(result.text)}" if is_reply else ""
    return Receipt(
        message.dispatch_id,
        ReceiptState.SENT,
        provider_id=("" if is_reply else result) or message_id(message.dispatch_id),
        answer=": ".join(part for part in (provider.name, said) if part),
    )
