"""A real SMTP server on loopback that keeps what it takes and answers as it is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """What arrived, in order. `at_recipient` and `at_data` map a recipient to the reply it gets instead of 250.

    The replies "hang up" and "swallow" break the link: before anything was taken, and after it was taken but before 250.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.at_recipient: dict[str, str] = {}
        self.at_data: dict[str, str] = {}
        self.connections = 0
        self.port = 0
        self.asked_from = 0  # the other side's port, of the last message
        self.on_message: Callable[[int], None] = lambda number: None  # called before a message is answered

    @property
    def recipients(self) -> list[str]:
        return [message["X-Recipient"] for message in self.messages]

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        reply = self.at_recipient.get(address, "250 OK")
        if reply == "hang up":
            server.transport.abort()
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        address, self.asked_from = envelope.rcpt_tos[0], session.peer[1]
        reply = self.at_data.get(address, "250 taken")
        if reply.startswith(("250", "swallow")):
            self._keep(envelope, address)
        if reply == "swallow":
            server.transport.abort()
        return reply

    def _keep(self, envelope: Envelope, address: str) -> None:
        message = BytesParser(policy=modern).parsebytes(envelope.content)
        message["X-Recipient"] = address
        self.messages.append(message)
        self.on_message(len(self.messages))


class AnyPort(Controller):
    """On a port that the kernel picks; the controller itself wants to know it beforehand."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running() -> Iterator[MailServer]:
    server = MailServer()
    controller = AnyPort(server, hostname="127.0.0.1", port=0, ready_timeout=60)
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()
