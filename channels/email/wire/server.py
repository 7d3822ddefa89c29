"""How a mail server is reached, and what it answers."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


class Security(StrEnum):
    NONE = "plain"
    STARTTLS = "starttls"  # required: a server that does not offer it gets nothing
    TLS = "tls"  # from the first byte on


@dataclass(frozen=True)
class Patience:
    """Seconds to wait at each step."""

    connect: float = 15.0  # until the connection stands, TLS included
    reply: float = 30.0  # for a reply to a command; also between two pieces of a message that the server takes
    final: float = 120.0  # for the reply after the final dot, on which it depends whether a message is uncertain


@dataclass(frozen=True)
class Server:
    """One server and how it is spoken to; equal ones share their open lines."""

    host: str
    port: int
    security: Security = Security.NONE
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    ca_file: str = ""  # certificates to trust instead of the system's
    certificate: str = ""  # our own, and its key, for servers that ask for one
    key: str = ""
    local_name: str = "localhost"
    patience: Patience = Patience()
    messages_a_line: int = 1000  # after so many a line is closed and opened anew; servers like that


@dataclass(frozen=True)
class Reply:
    """A whole reply of a server."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def is_good(self) -> bool:
        return self.code < 400

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), or nothing."""
        found = ENHANCED.search(self.text)
        return found[1] if found else ""


class Stage(StrEnum):
    """How far a conversation had come."""

    OPENING = "opening"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    CONTENT = "content"


class LineError(Exception):
    """The line cannot do what it was asked for."""

    def __init__(self, reason: str, stage: Stage) -> None:
        super().__init__(reason)
        self.stage = stage


class RefusedError(LineError):
    """The server said no."""

    def __init__(self, reply: Reply, stage: Stage) -> None:
        super().__init__(f"{reply.code} {reply.text}", stage)
        self.reply = reply


class BrokenError(LineError):
    """The link is gone or silent. `may_have_left`: the server may have the whole message."""

    def __init__(self, reason: str, stage: Stage, *, may_have_left: bool = False) -> None:
        super().__init__(reason, stage)
        self.may_have_left = may_have_left


class IncapableError(LineError):
    """The server lacks what this message needs; the line is as good as before."""
