"""A real IMAP server on loopback: pymap, in memory, with one user."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

from tests.ports import free_port

USER, PASSWORD = "bounces", "p/w:d@x"


@dataclass(frozen=True)
class ImapServer:
    port: int

    @contextmanager
    def client(self) -> Iterator[IMAPClient]:
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=60) as client:
            client.login(USER, PASSWORD)
            yield client

    def put(self, *mails: bytes) -> None:
        with self.client() as client:
            for mail in mails:
                client.append("INBOX", mail)

    def count(self, folder: str) -> int:
        """Mails that are not marked as deleted."""
        with self.client() as client:
            if not client.folder_exists(folder):
                return 0
            client.select_folder(folder, readonly=True)
            return len(client.search(["UNDELETED"]))

    def empty(self) -> None:
        with self.client() as client:
            for folder in ("INBOX", "Recorded"):
                if not client.folder_exists(folder):
                    continue
                client.select_folder(folder)
                if found := client.search():
                    client.delete_messages(found)
                    client.expunge()


@contextmanager
def running() -> Iterator[ImapServer]:
    port = free_port()
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict", "--demo-data"]
    program = [str(Path(sys.executable).parent / "pymap"), *arguments, "--demo-user", USER, "--demo-password", PASSWORD]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield ImapServer(port)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    ends_at = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.05)
