"""The script tag that asks for banners, and a demo page."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from .asking import SHA256
from .decide import SLOTS

SCRIPT = Path(__file__).parent / "script.js"


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
