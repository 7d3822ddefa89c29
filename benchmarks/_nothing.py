"""The least that a web application can do: the floor of what gunicorn serves."""

from collections.abc import Callable, Iterable
from typing import Any

PIXEL = b"GIF89a" + bytes(37)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "image/gif"), ("Content-Length", str(len(PIXEL)))])
    return [PIXEL]
