"""A file of a job as an HTTP answer: resumable, verifiable, and never more in memory than one block."""

import base64
from functools import partial
from pathlib import Path
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

from .. import print_files, print_jobs
from ..api.problems import Problem
from ..models import MailingFile
from . import ranges

BLOCK = 64 * 1024


def answer(request: Request, file: MailingFile) -> HttpResponseBase:
    """200, 206, 304, 412 or 416, as the request's headers ask; 410 where there is no such file any more."""
    etag = f'"{file.sha256}"'
    headers = _headers(file, etag)
    path = print_files.location(file)
    if not path.is_file():
        raise _purged(file)
    if not ranges.is_wanted(request.headers.get("If-Match", ""), etag):
        raise Problem(412, "precondition-failed", f"the ETag of this file is {etag}")
    if ranges.is_unchanged(request.headers.get("If-None-Match", ""), etag):
        # That of the file, or none (RFC 9110, 8.6); a middleware would say 0.
        return HttpResponse(status=304, headers=headers | {"Content-Length": str(file.bytes)})
    span = _span(request, file, etag)
    sent = span or ranges.Span(0, file.bytes - 1)
    headers["Content-Length"] = str(sent.length)
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{file.bytes}"
    status = 206 if span else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=file.media_type)
    try:
        return Streamed(path, sent, status=status, headers=headers, content_type=file.media_type)
    except FileNotFoundError as error:  # destroyed at this moment
        raise _purged(file) from error


def _purged(file: MailingFile) -> Problem:
    return Problem(410, "purged", "this file was destroyed", allowed=list(print_jobs.allowed(file.job)))


class Streamed(StreamingHttpResponse):
    """A span of a file. A server that can sends it straight out of the file (PEP 3333, wsgi.file_wrapper)."""

    block_size = BLOCK

    def __init__(self, path: Path, span: ranges.Span, **of_answer: Any) -> None:
        self.file_to_stream = _Part(path, span)
        super().__init__(iter(partial(self.file_to_stream.read, BLOCK), b""), **of_answer)
        self._resource_closers.append(self.file_to_stream.close)


class _Part:
    """An open file that begins and ends with a span."""

    def __init__(self, path: Path, span: ranges.Span) -> None:
        self._file = open(path, "rb")  # noqa: SIM115 - closed with the answer
        self._file.seek(span.first)
        self._left = span.length
        self.fileno, self.tell, self.close = self._file.fileno, self._file.tell, self._file.close

    def read(self, most: int) -> bytes:
        block = self._file.read(min(most, self._left))
        self._left -= len(block)
        return block


def _headers(file: MailingFile, etag: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{digest}:",  # RFC 9530
        "Digest": f"sha-256={digest}",  # RFC 3230, its elder
        "Content-Disposition": f'attachment; filename="job-{file.job_id}-{file.revision}-{file.name}"',
        "Cache-Control": "private, no-store",  # addresses of people
        "X-Content-Type-Options": "nosniff",
    }


def _span(request: Request, file: MailingFile, etag: str) -> ranges.Span | None:
    header = request.headers.get("Range", "")
    # The standard defines Range for GET only.
    if not header or request.method != "GET" or not ranges.may_resume(request.headers.get("If-Range", ""), etag):
        return None
    try:
        return ranges.requested(header, file.bytes)
    except ranges.UnsatisfiableError as error:
        problem = Problem(416, "range-not-satisfiable", f"the file has {file.bytes} bytes")
        problem.headers = {"Content-Range": f"bytes */{file.bytes}"}
        raise problem from error
