"""An SMTP server that does one thing wrong, byte by byte as told; it keeps what it has taken as a whole."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import Message
from pathlib import Path

PATIENCE_SECONDS = 60


class FaultyServer(socketserver.ThreadingTCPServer):
    """`replies` by verb, and by "greeting" and "final" (after the final dot), instead of the usual ones.

    A reply may be bytes, or a word: "hang" says nothing until the test is over, "cut" closes the connection, "swallow"
    keeps the message and closes. `replies_to` has such replies for some recipients only. `cut_after` closes after so many
    bytes of a message, as "content": "cut" does after a thousand; `sips` reads a message byte by byte.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100

    def __init__(
        self, *, offers: tuple[str, ...] = ("PIPELINING", "8BITMIME"), tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.offers, self.tls, self.is_wrapped = offers, tls, False
        self.replies: dict[str, bytes | str] = {}
        self.replies_to: dict[str, dict[str, bytes | str]] = {}
        self.cut_after: int | None = None
        self.sips = False
        self.is_over = threading.Event()
        self.said: list[str] = []
        self.messages: list[Message] = []
        self.envelopes: list[tuple[str, str]] = []
        self.connections = 0
        self.open: list[socket.socket] = []

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.messages]

    def shut_all(self) -> None:
        """Close every connection, as a server does that has waited for long enough."""
        for connection in self.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def has_met(self, recipient: str) -> bool:
        return f"RCPT TO:<{recipient}>" in self.said

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that break off are what is tested."""


class Conversation(socketserver.StreamRequestHandler):
    server: FaultyServer
    timeout = PATIENCE_SECONDS

    def handle(self) -> None:
        self.server.connections += 1
        self.server.open.append(self.connection)
        self.sender = self.recipient = ""
        if self.server.is_wrapped:
            self._wrap()
        if self._say("greeting", b"220 there"):
            while line := self.rfile.readline():
                if not self._answer(line.decode().strip()):
                    return

    def _wrap(self) -> None:
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)

    def _answer(self, line: str) -> bool:
        self.server.said.append(line)
        verb = line[:4].upper()
        match verb:
            case "EHLO":
                return self._say(
                    verb, "\r\n".join(["250-there", *(f"250-{one}" for one in self.server.offers), "250 OK"]).encode()
                )
            case "STAR":
                return self._say(verb, b"220 go on") and self._wrap() is None
            case "MAIL":
                self.recipient = ""
                self.sender = line[10:].partition(">")[0].lstrip("<")
            case "RCPT":
                self.recipient = line[8:].partition(">")[0].lstrip("<")
            case "DATA":
                return self._say(verb, b"354 go on") and self._take()
            case "AUTH":
                return self._say(verb, b"235 welcome")
            case "QUIT":
                self._say(verb, b"221 bye")
                return False
        return self._say(verb, b"250 OK")

    def _take(self) -> bool:
        if self._told("DATA"):
            return True
        cut_after = 1000 if self._told("content") else self.server.cut_after
        content = bytearray(b"\r\n")
        while not content.endswith(b"\r\n.\r\n"):
            piece = self.connection.recv(1) if self.server.sips else self.rfile.readline()
            if not piece:
                return False
            content += piece
            if cut_after is not None and len(content) > cut_after:
                return self._cut()
        return self._finish(bytes(content[2:-3]).replace(b"\r\n..", b"\r\n."))

    def _finish(self, content: bytes) -> bool:
        reply = self._told("final") or b"250 2.0.0 taken as ABC123"
        is_taken = reply == "swallow" or (isinstance(reply, bytes) and reply.startswith(b"250"))
        if content and is_taken:
            self.server.messages.append(message_from_bytes(content))
            self.server.envelopes.append((self.sender, self.recipient))
        return self._say("final", b"250 2.0.0 taken as ABC123")

    def _say(self, moment: str, usual: bytes) -> bool:
        """Whether the conversation goes on."""
        reply = self._told(moment) or usual
        if reply == "hang":
            self.server.is_over.wait(PATIENCE_SECONDS)
            return False
        if isinstance(reply, str):
            return self._cut()
        self.wfile.write(reply + b"\r\n")
        return not reply.startswith(b"421")

    def _told(self, moment: str) -> bytes | str | None:
        return self.server.replies_to.get(self.recipient, {}).get(moment) or self.server.replies.get(moment)

    def _cut(self) -> bool:
        with suppress(OSError):
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0"
            )  # a reset, no good-bye
            self.connection.close()
        return False


@contextmanager
def faulty(replies: Mapping[str, bytes | str] | None = None, **options: object) -> Iterator[FaultyServer]:
    server = FaultyServer(**options)
    server.replies |= replies or {}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, str]:
    """A server's TLS with a certificate made for this name, and the file of the authority to trust for it."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(
            subject, subject, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own, ca = folder / f"{name}.pem", folder / f"{name}-ca.pem"
    ca.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own.write_bytes(private + ca.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return context, str(ca)
