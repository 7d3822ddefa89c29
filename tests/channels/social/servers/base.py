"""What all of them share: a real HTTP server, a record of requests, and faults that the next requests run into."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

Reply = tuple[int, Any] | tuple[int, Any, Mapping[str, str]]


@dataclass(frozen=True)
class Fault:
    """The first request that `on` fits (part of "METHOD /path") is answered so, or hung up on, or kept waiting."""

    status: int = 0
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    on: str = ""
    cuts: str = ""  # "before" or "after" the request was taken
    hangs: bool = False


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # without query
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw) if self.raw else {}


class NetworkServer:
    """`main` is part of the request by which something is taken; `token` is what it accepts."""

    kind = ""
    main = ""
    token = "a-token-that-nobody-may-see"

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.faults: deque[Fault] = deque()
        self.on_taken: Callable[[], None] = lambda: None
        self.released = Event()
        self.lock = Lock()
        self.url = ""

    @property
    def secret(self) -> str:
        """What staff enter."""
        return self.token

    def reply(self, request: Request) -> Reply:
        raise NotImplementedError

    def taken(self) -> int:
        """How many people it has, or posts."""
        raise NotImplementedError

    def calls(self, part: str = "") -> list[Request]:
        return [one for one in self.requests if part in f"{one.method} {one.path}"]

    def may(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.token}"

    def next_fault(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if fault.on in f"{request.method} {request.path}":
                self.faults.remove(fault)
                return fault
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    network: NetworkServer

    def log_message(self, *_: Any) -> None:
        pass

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            self.command, self.path.partition("?")[0], dict(self.headers.items()), self.rfile.read(length)
        )
        with self.network.lock:
            self.network.requests.append(request)
            fault = self.network.next_fault(request)
            reply = None if fault and (fault.status or fault.cuts == "before") else self.network.reply(request)
        if self.network.main in f"{request.method} {request.path}" and reply is not None:
            self.network.on_taken()
        if fault and fault.hangs:
            self.network.released.wait(30)
        if fault and (fault.cuts or fault.hangs):
            self.close_connection = True
            return
        self.send(reply if reply is not None else (fault.status, fault.body, fault.headers))

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

    def send(self, reply: Reply) -> None:
        status, body, headers = (*reply, {})[:3]
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True


@contextmanager
def running(network: NetworkServer) -> Iterator[NetworkServer]:
    handler = type("Bound", (Handler,), {"network": network})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    network.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield network
    finally:
        network.released.set()
        server.shutdown()
        server.server_close()
