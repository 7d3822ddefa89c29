"""GET /media/…: pictures and videos of contents, for mail programs and browsers. Their names never change meaning."""

import re
from collections.abc import Iterator

from django.core.files.base import File
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from campaigns.assets import sources
from campaigns.blocks import ContentError

RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
PIECE = 64 * 1024
NOTHING = (0, 0)


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def picture_view(request: HttpRequest, path: str) -> HttpResponse | StreamingHttpResponse:
    """Nothing but PNG, JPEG and MP4 from the storage of assets, whatever else may lie there."""
    try:
        return _answer(request, f"media/{path}")
    except ContentError as error:
        raise Http404 from error


def _answer(request: HttpRequest, source: str) -> HttpResponse | StreamingHttpResponse:
    if source.endswith(".mp4"):
        return _safe(_video(request, _opened(source)))
    data = sources.read(source)
    return _safe(HttpResponse(data, content_type=sources.TYPES[sources.kind(data)]))


def _opened(source: str) -> File:
    file = sources.opened(source)
    if sources.kind(file.read(sources.HEAD)) == "mp4":
        return file
    file.close()
    raise Http404


def _safe(response: HttpResponse | StreamingHttpResponse) -> HttpResponse | StreamingHttpResponse:
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _video(request: HttpRequest, file: File) -> HttpResponse | StreamingHttpResponse:
    """Players ask for parts, and some play nothing without them (RFC 9110, 14.2): one part at a time."""
    length = file.size
    part = _part(request.headers.get("Range", ""), length)
    if part == NOTHING:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{length}"})
    start, end = part or (0, length)
    response = StreamingHttpResponse(
        _pieces(file, start, end), status=206 if part else 200, content_type=sources.TYPES["mp4"]
    )
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = end - start
    if part:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{length}"
    return response


def _part(asked: str, length: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; None for all of it, NOTHING for a part that is not there."""
    found = RANGE.fullmatch(asked.strip())
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, length - int(found[2])), length
    else:
        start, end = int(found[1]), min(length, int(found[2]) + 1) if found[2] else length
        if found[2] and int(found[2]) < start:
            return None  # no valid range, so it is ignored
    return (start, end) if start < end else NOTHING


def _pieces(file: File, start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while start < end and (piece := file.read(min(PIECE, end - start))):
            start += len(piece)
            yield piece
