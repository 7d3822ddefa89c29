"""Mail servers that take everything: Postfix's smtp-sink where it is installed, and one of our own that can be slow.

python -m benchmarks._email_sink PORT MILLISECONDS      each reply is held back for so long, as a far server's would be
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SAYS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
END = b"\r\n.\r\n"


class Taker(asyncio.Protocol):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.received = bytearray()
        self.is_in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.say(b"220 sink\r\n")

    def say(self, reply: bytes) -> None:
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self.transport.write, reply)
        else:
            self.transport.write(reply)

    def data_received(self, data: bytes) -> None:
        """Answers to what came together go back together, as those of real servers do."""
        self.received += data
        replies = []
        while reply := self._step():
            replies.append(reply)
        if replies:
            self.say(b"".join(replies))

    def _step(self) -> bytes:
        """The reply to the next whole thing, if there is one."""
        mark = END if self.is_in_data else b"\r\n"
        at = self.received.find(mark, 0 if not self.is_in_data else max(0, len(self.received) - 70_000))
        if at < 0:
            return b""
        verb = b"" if self.is_in_data else bytes(self.received[:4]).upper()
        del self.received[: at + len(mark)]
        self.is_in_data = verb == b"DATA"
        return SAYS.get(verb, b"250 taken\r\n")


async def serve(port: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Taker(seconds), "127.0.0.1", port, backlog=1000)
    async with server:
        await server.serve_forever()


@contextmanager
def running(*, milliseconds: float = 0.0, own: bool = False) -> Iterator[int]:
    """The port of a sink in a process of its own."""
    port = free_port()
    postfix = None if own or milliseconds else shutil.which("smtp-sink")
    if postfix:
        as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [postfix, *as_nobody, "-m", "2000", f"127.0.0.1:{port}", "1000"]
    else:
        command = [sys.executable, "-m", "benchmarks._email_sink", str(port), str(milliseconds)]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_for(port: int) -> None:
    ends_at = time.monotonic() + 20
    while time.monotonic() < ends_at:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.05)
    raise RuntimeError("the mail sink must answer, it does not")


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
