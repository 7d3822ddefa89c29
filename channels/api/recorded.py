"""Views of the vendor API: what key they need, how often they may be asked, and a record of every request."""

import re
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.numbers import whole_number

from ..access import audit, limits, plain
from ..models import ApiKey, Scope
from .authentication import HasKey, KeyAuthentication
from .problems import Problem, too_many

SENT = re.compile(r"bytes (\d+-\d+)/\d+")


class RecordedView(APIView):
    """For a vendor's key. `facts`: what a view adds to the record of this request."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]
    read_scope = Scope.JOBS_READ
    write_scope = Scope.JOBS_WRITE
    is_recorded = False  # this request

    @property
    def key_scope(self) -> str:
        return self.read_scope if self.request.method in SAFE_METHODS else self.write_scope

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.facts: dict[str, Any] = {}
        self.allowance: limits.Allowance | None = None
        super().initial(request, *args, **kwargs)
        self.allowance = limits.take(request.auth.vendor)
        if self.allowance is not None and not self.allowance.passes:
            raise too_many(self.allowance.wait, f"your programs may ask {self.allowance.per_minute} times a minute")
        _require_readable(request)

    def handle_exception(self, error: Exception) -> Response:
        self.is_recorded = False  # what was recorded in a transaction went with it
        try:
            return super().handle_exception(error)
        except Exception:
            self.record(500)
            raise

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if allowance := getattr(self, "allowance", None):
            for name, value in allowance.headers.items():
                answer[name] = value
        self.record(answer.status_code, _sent(answer))
        return answer

    def record(self, status: int, sent: str = "") -> None:
        """Once: by who changes something within its transaction, so that no change is without its entry; else at the end.

        Whoever has no key is recorded where it is refused, and who asked too often was given nothing.
        """
        key = getattr(self.request, "_auth", None)
        if self.is_recorded or not isinstance(key, ApiKey) or status == 429:
            return
        self.is_recorded = True
        outcome = audit.Outcome.OK if status < 400 else audit.Outcome.FAILED if status >= 500 else audit.Outcome.REFUSED
        told = {name: _name(value) for name, value in self.kwargs.items() if name != "job_id"}
        facts = (
            told | self.facts | {"method": self.request.method, "status": status} | ({"bytes": sent} if sent else {})
        )
        job = whole_number(self.kwargs.get("job_id", ""))
        route = self.request.resolver_match.url_name or "vendor-unknown"
        audit.note(key, route, ("printjob", job) if job else None, request=self.request, outcome=outcome, **facts)


def _require_readable(request: Request) -> None:
    """Else a body would look empty, or like noise."""
    if "Transfer-Encoding" in request.headers and "Content-Length" not in request.headers:
        raise Problem(
            411, "length-required", "say the length of the body as Content-Length; chunked bodies are not read"
        )
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Problem(415, "unsupported-media-type", "send the body as it is, without a Content-Encoding")


def _sent(answer: HttpResponseBase) -> str:
    """First and last byte of what a download begins to send."""
    if not isinstance(answer, StreamingHttpResponse):
        return ""
    if found := SENT.fullmatch(answer.get("Content-Range", "")):
        return found[1]
    length = int(answer.get("Content-Length", "0"))
    return f"0-{length - 1}" if length else ""


def _name(value: Any) -> str | int:
    """What stood in the address may have been written by anybody."""
    return value if isinstance(value, int) else value if plain.is_name(str(value)) else "unreadable"
