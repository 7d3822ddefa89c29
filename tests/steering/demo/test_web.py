"""The demo's HTTP: kept connections, links as they stand in messages, and errors that give no token away."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from steering.demo.errors import DemoError
from steering.demo.web import Web, at_once

SITE = "https://steering.example.com"


class Handler(BaseHTTPRequestHandler):
    """Answers with what it was asked; hangs up without a word after every answer, as servers do with idle connections."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.path} {self.headers.get('Cookie', '')}".encode()
        self.send_response(404 if "gone" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[Web]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Web(f"http://127.0.0.1:{server.server_port}", site=SITE)
    server.shutdown()
    server.server_close()


def test_a_link_is_followed_as_it_stands_in_a_message(web: Web) -> None:
    assert web.get(f"{SITE}/t/c/abc", cookie="visitor=1").body == b"/t/c/abc visitor=1"


def test_a_connection_that_the_server_closed_is_opened_again(web: Web) -> None:
    assert [web.get("/healthz").status for _ in range(3)] == [200, 200, 200]


def test_another_answer_than_expected_is_an_error_without_the_token(web: Web) -> None:
    with pytest.raises(DemoError, match="GET /t/c answered 404") as error:
        web.get("/t/c/gone-secret-token", expect=(302,))
    assert "secret" not in str(error.value).split(":")[0]


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(DemoError, match="the platform did not answer GET"):
        Web("http://127.0.0.1:9", site=SITE).get("/")


def test_many_at_once_give_their_results_in_order(web: Web) -> None:
    assert at_once(lambda n: web.get(f"/{n}").body, range(40)) == [f"/{n} ".encode() for n in range(40)]


def test_the_first_error_ends_what_was_to_be_done_at_once() -> None:
    done = []

    def act(n: int) -> None:
        done.append(n)
        raise DemoError("no")

    with pytest.raises(DemoError, match="no"):
        at_once(act, range(10_000))
    assert len(done) < 10_000
