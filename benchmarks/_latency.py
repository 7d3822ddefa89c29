"""A network between two processes of this machine: a TCP proxy that holds back what passes, in both directions, for a while."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

BLOCK = 1 << 16


@contextmanager
def proxy(host: str, port: int, *, one_way_ms: float) -> Iterator[int]:
    """The port of a proxy to this address; each byte arrives so much later, and any number may be on their way."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    found: list[int] = []

    async def serve() -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_connection(host, port)
            await asyncio.gather(_carry(reader, back, one_way_ms), _carry(there, writer, one_way_ms))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        found.append(server.sockets[0].getsockname()[1])
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    ready.wait()
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, one_way_ms: float) -> None:
    loop = asyncio.get_running_loop()
    try:
        while block := await source.read(BLOCK):
            loop.call_later(one_way_ms / 1000, target.write, block)
        await asyncio.sleep(one_way_ms / 1000)
    except ConnectionError:
        pass  # the other end hung up
    finally:
        target.close()
