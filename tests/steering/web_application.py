"""What test_lanes.py lets gunicorn serve: it says by which way a request came."""

from collections.abc import Callable, Iterable, Sequence
from tempfile import TemporaryFile
from typing import Any

from channels.asked import Answer, Asked

LARGE = 8_000_000  # bytes, more than a connection holds
CONTENT = b"".join(number.to_bytes(4) for number in range(LARGE // 4))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"].startswith("/file"):
        return _file(environ, start_response)
    if environ["PATH_INFO"] == "/upload":
        return _upload(environ, start_response)
    body = f"ordinary {environ['PATH_INFO']}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _upload(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """How much of it came."""
    body = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _file(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """As much of it as the path says, from where it says: /file/FIRST/LENGTH."""
    first, length = map(int, environ["PATH_INFO"].split("/")[2:])
    file = TemporaryFile()  # noqa: SIM115 - closed with the answer
    file.write(CONTENT)
    file.flush()
    file.seek(first)
    start_response("200 OK", [("Content-Length", str(length))])
    return environ["wsgi.file_wrapper"](file)


def answer_all(asks: Sequence[Asked]) -> list[Answer | None]:
    if any(asked.path == "/many/broken" for asked in asks):
        raise ValueError("broken")
    return [_answer(asked) for asked in asks]


def _answer(asked: Asked) -> Answer | None:
    if asked.path == "/many/nothing":
        return None
    if asked.path == "/many/empty":
        return Answer(204)
    body = f"together {asked.path}?{asked.query} {asked.headers.get('cookie', '')}".encode()
    return Answer(200, {"X-Way": "together"}, body.ljust(LARGE) if asked.path == "/many/large" else body)


application.at_once = lambda path: answer_all if path.startswith("/many/") else None
