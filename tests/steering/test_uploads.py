"""Of the threads some read what is still coming; with gunicorn around it in test_lanes.py."""

import pytest

from steering.patient_worker import MOST_COLLECTED, is_upload, is_whole
from steering.uploads import Uploads

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def started() -> list[str]:
    return []


@pytest.fixture
def uploads(started) -> Uploads:
    return Uploads(2, lambda conn, data: started.append(conn))


def test_only_so_many_are_read_at_a_time_and_the_next_as_soon_as_one_is_done(uploads, started):
    for conn in "abcd":
        uploads.begin(conn, b"")
    assert started == ["a", "b"]
    uploads.end("b")
    assert started == ["a", "b", "c"]
    uploads.end("a"), uploads.end("c")
    assert started == ["a", "b", "c", "d"]


def test_other_requests_that_are_done_make_no_room(uploads, started):
    for conn in "abc":
        uploads.begin(conn, b"")
    uploads.end("x"), uploads.end("c")
    assert started == ["a", "b"]


def test_a_kept_connection_may_upload_again(uploads, started):
    for _ in range(3):
        uploads.begin("a", b"")
        uploads.end("a")
    assert started == ["a"] * 3


@pytest.mark.parametrize(
    ("data", "is_so"),
    [
        (HEAD + b"\r\n", False),
        (HEAD + b"Content-Length: 3\r\n\r\nabc", False),
        (HEAD + b"Content-Length: 3\r\n\r\nabcGET", False),
        (HEAD + b"content-length: 4\r\n\r\nabc", True),
        (HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n", True),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", True),
        (HEAD + b"A: " + b"a" * MOST_COLLECTED, True),
    ],
)
def test_a_thread_has_to_wait_for_what_has_not_arrived(data, is_so):
    assert is_upload(data) is is_so


@pytest.mark.parametrize("size", [0, 3, MOST_COLLECTED, MOST_COLLECTED + 1])
def test_what_is_collected_whole_is_none(size):
    data = HEAD + f"Content-Length: {size}\r\n\r\n".encode()
    whole = data + b"a" * size
    assert (is_whole(whole), is_upload(whole)) == (True, False)
    assert is_whole(data) is (size == 0 or size > MOST_COLLECTED)
