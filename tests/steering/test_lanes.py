"""Requests that are answered many at once: only plain ones are, each gets its own answer, and the rest goes as ever."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.asked import Answer, Asked
from steering import lanes
from tests.steering.web_application import CONTENT, LARGE

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 60


class TestReading:
    def test_a_plain_request_is_read(self):
        sent = b"GET /t/o/Ab-_9.gif?a=1&b=%20 HTTP/1.1\r\nHost: x\r\nCookie: visitor=1; b=2\r\nX-Empty:\r\n\r\n"
        headers = {"host": "x", "cookie": "visitor=1; b=2", "x-empty": ""}
        assert lanes.read(sent) == Asked("GET", "/t/o/Ab-_9.gif", "a=1&b=%20", headers)

    @pytest.mark.parametrize(
        "sent",
        [
            b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.0\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
            b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9000 + b"\r\n\r\n",
        ],
    )
    def test_what_a_whole_parser_should_look_at_is_not(self, sent):
        assert lanes.read(sent) is None

    @given(st.binary(max_size=200))
    def test_rubbish_is_left_to_the_whole_parser(self, sent):
        assert lanes.read(b"GET /" + sent) is None or sent.endswith(b"\r\n\r\n")

    def test_what_is_written_has_its_length_unless_it_may_have_none(self):
        written = lanes.written(Answer(200, {"A": "b"}, b"xyz"), is_kept=True, date="D")
        assert written == (
            b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nDate: D\r\nConnection: keep-alive\r\nA: b\r\nContent-Length: 3\r\n\r\nxyz"
        )
        assert b"Content-Length" not in lanes.written(Answer(204), is_kept=False, date="D")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.getsockname()[1]
        command = ["gunicorn", "tests.steering.web_application:application", "--bind", f"fd://{listening.fileno()}"]
        options = ["--config", "python:steering.serving", "--workers", "1", "--threads", "2", "--log-level", "critical"]
        with subprocess.Popen(
            [sys.executable, "-m", *command, *options], cwd=ROOT, pass_fds=[listening.fileno()]
        ) as server:
            try:
                yield number
            finally:
                server.terminate()


@pytest.fixture
def client(port) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
    yield connection
    connection.close()


def get(client: HTTPConnection, path: str, method: str = "GET", **headers: str) -> HTTPResponse:
    client.request(method, path, headers=headers)
    return client.getresponse()


def raw(port: int, *pieces: bytes, patience: float = 0) -> bytes:
    """What comes back for what is sent in pieces, until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=READY_SECONDS) as client:
        for piece in pieces:
            client.sendall(piece)
            time.sleep(patience)  # so that the pieces arrive one by one
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_kept_connection_is_answered_again_and_again_by_both_ways(client):
    for _ in range(3):
        assert get(client, "/many/a?b=1", Cookie="c=2").read() == b"together /many/a?b=1 c=2"
        assert get(client, "/other").read() == b"ordinary /other"
        assert get(client, "/many/empty").read() == b""


def test_everybody_gets_their_own_answer(port):
    def ask(number: int) -> list[bytes]:
        client = HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
        said = [get(client, f"/many/{number}?{turn}").read() for turn in range(5)]
        client.close()
        return said

    with ThreadPoolExecutor(20) as threads:
        for number, said in enumerate(threads.map(ask, range(40))):
            assert said == [f"together /many/{number}?{turn} ".encode() for turn in range(5)]


@pytest.mark.parametrize("path", ["/many/nothing", "/many/broken"])
def test_what_stays_unanswered_goes_the_ordinary_way(client, path):
    assert get(client, path).read() == f"ordinary {path}".encode()
    assert get(client, "/many/a").read() == b"together /many/a? "


def test_a_look_and_a_body_go_the_ordinary_way(client):
    looked = get(client, "/many/a", "HEAD")
    assert (looked.read(), looked.getheader("X-Way")) == (b"", None)
    client.request("POST", "/many/a", body=b"x")
    assert client.getresponse().read() == b"ordinary /many/a"


def test_who_is_answered_and_does_not_go_holds_up_nobody(port, client):
    last = b"GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    for number, one in enumerate(idle):
        one.sendall(last % (b"many/a" if number % 2 else b"other"))
        assert one.recv(12) == b"HTTP/1.1 200"
    begun = time.monotonic()
    assert get(client, "/other").read() == b"ordinary /other"
    assert time.monotonic() - begun < 8  # each of them would have held it up for two seconds
    for one in idle:
        one.close()


def test_what_is_still_sent_takes_nothing_of_the_answer_along(port):
    with socket.create_connection(("127.0.0.1", port), timeout=READY_SECONDS) as client:
        client.sendall(
            b"POST /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 900000\r\n\r\n" + b"x" * 70_000
        )
        answer = client.recv(65536)
        client.sendall(b"x" * 10_000)
        answer += b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.endswith(b"ordinary /other")


@pytest.mark.parametrize(("size", "told"), [(1_000_000, "close"), (1000, "keep-alive")])
def test_a_connection_is_kept_unless_much_of_a_body_was_not_wanted(client, size, told):
    client.request("POST", "/other", body=b"x" * size)
    answer = client.getresponse()
    assert (answer.read(), answer.getheader("Connection")) == (b"ordinary /other", told)
    assert get(client, "/other").read() == b"ordinary /other"


def test_who_wants_no_more_is_closed(port):
    said = raw(port, b"GET /many/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Connection: close" in said
    assert said.endswith(b"together /many/a? ")


def test_a_request_may_come_in_pieces_and_several_at_once(port):
    last = b"GET /many/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw(port, last[:9], last[9:30], last[30:], patience=0.02).endswith(b"together /many/b? ")
    both = raw(port, b"GET /many/a HTTP/1.1\r\nHost: x\r\n\r\n" + last)
    assert both.count(b"HTTP/1.1 200 OK") == 2


def test_a_large_answer_arrives_whole_at_a_slow_reader_who_may_ask_again(client):
    body = get(client, "/many/large").read()
    assert len(body) == LARGE
    assert get(client, "/many/a").read() == b"together /many/a? "


def test_a_client_that_has_gone_harms_nobody(port, client):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port)) as gone:
            gone.sendall(b"GET /many/large HTTP/1.1\r\nHost: x\r\n\r\n")
    assert get(client, "/many/a").read() == b"together /many/a? "


class TestFiles:
    def test_arrive_whole_or_in_the_part_that_was_asked_for(self, client):
        for first, length in ((0, LARGE), (1, LARGE - 1), (LARGE - 1, 1), (5, 6_000_000)):
            assert get(client, f"/file/{first}/{length}").read() == CONTENT[first : first + length]

    def test_slow_readers_hold_up_nobody_and_get_everything(self, port, client):
        """There are two threads."""
        slow = [HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS) for _ in range(12)]
        answers = [get(one, f"/file/{number}/6000000") for number, one in enumerate(slow)]
        for _ in range(3):
            assert get(client, "/other").read() == b"ordinary /other"
        for number, answer in enumerate(answers):
            assert answer.read() == CONTENT[number : number + 6_000_000]
        assert [get(one, "/other").read() for one in slow] == [b"ordinary /other"] * len(slow)

    def test_who_hangs_up_in_the_middle_harms_nobody(self, port, client):
        for _ in range(12):
            with socket.create_connection(("127.0.0.1", port)) as gone:
                gone.sendall(b"GET /file/0/8000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert get(client, "/file/0/8000000").read() == CONTENT

    def test_a_connection_may_be_closed_after_one(self, port):
        said = raw(port, b"GET /file/0/8000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert said.endswith(CONTENT)

    def test_a_look_has_no_body(self, client):
        looked = get(client, "/file/0/8000000", "HEAD")
        assert (looked.read(), looked.getheader("Content-Length")) == (b"", str(LARGE))
        assert get(client, "/other").read() == b"ordinary /other"


class TestUploads:
    def test_that_come_slowly_leave_a_thread_to_everybody_else_and_arrive_whole(self, port, client):
        """There are two threads."""
        size = 100_000
        clients = [socket.create_connection(("127.0.0.1", port), READY_SECONDS) for _ in range(5)]
        for one in clients:
            one.sendall(f"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode() + b"a")
        assert get(client, "/page").read() == b"ordinary /page"
        for one in reversed(clients):
            one.sendall(b"a" * (size - 1))
        for one in clients:
            with one:
                assert one.recv(1000).startswith(b"HTTP/1.1 200 OK")
        assert get(client, "/page").read() == b"ordinary /page"

    def test_who_gives_up_while_others_wait_makes_room(self, port, client):
        head = b"POST /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
        clients = [socket.create_connection(("127.0.0.1", port), READY_SECONDS) for _ in range(3)]
        for one in clients:
            one.sendall(head)
        for one in clients[:2]:
            one.close()
        with clients[2] as last:
            last.sendall(b"a" * 100_000)
            assert b"200 OK" in last.recv(1000)
