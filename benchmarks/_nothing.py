"""The least that a web application can do, one request at a time and many at once: the floors of what gunicorn serves."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from channels.asked import Answer, Asked

PIXEL = b"GIF89a" + bytes(37)
ANSWER = Answer(200, {"Content-Type": "image/gif"}, PIXEL)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "image/gif"), ("Content-Length", str(len(PIXEL)))])
    return [PIXEL]


def together(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    return application(environ, start_response)


def _answer_all(asks: Sequence[Asked]) -> list[Answer]:
    return [ANSWER] * len(asks)


together.at_once = lambda path: _answer_all
