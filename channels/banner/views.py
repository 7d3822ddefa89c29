"""GET /banner/decide, the script tag that calls it, and a demo page."""

import re
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from .. import visitors
from .decide import SLOTS, Decision, Visitor, decide

SHA256 = re.compile(r"[0-9a-f]{64}")
SCRIPT = Path(__file__).parent / "script.js"


@require_http_methods(["GET"])
def decide_view(request: HttpRequest) -> HttpResponse:
    """The banner for a slot as JSON, or 204 when the page should show what it shows to everybody."""
    slot = request.GET.get("slot", "")
    if slot not in SLOTS:
        return JsonResponse({"detail": f"slot must be one of {', '.join(SLOTS)}"}, status=400)
    email_sha256 = request.GET.get("h", "").lower()
    if email_sha256 and not SHA256.fullmatch(email_sha256):
        return JsonResponse({"detail": "h must be a SHA-256 in hexadecimal"}, status=400)
    decision = decide(Visitor(visitors.value_of(request), email_sha256), slot=slot)
    return _for_pages(request, _answer(decision, slot))


def _answer(decision: Decision | None, slot: str) -> HttpResponse:
    if decision is None:
        return HttpResponse(status=204)
    body = asdict(decision) | {"slot": slot}
    del body["dispatch_id"]
    return JsonResponse(body)


def _for_pages(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let the company's own sites read the answer with the visitor's cookie, and nobody keep it."""
    origin = request.headers.get("Origin", "")
    if origin in settings.BANNER_ORIGINS:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
    patch_vary_headers(response, ["Origin", "Cookie"])
    add_never_cache_headers(response)
    return response


@require_safe
@cache_control(public=True, max_age=3600)
def script_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(SCRIPT.read_bytes(), content_type="text/javascript; charset=utf-8")


@require_safe
def demo_view(request: HttpRequest) -> HttpResponse:
    email_sha256 = request.GET.get("h", "").lower()
    return render(
        request,
        "channels/banner_demo.html",
        {"slots": SLOTS, "email_sha256": email_sha256 if SHA256.fullmatch(email_sha256) else ""},
    )
