"""The public pages behind tracking links. A token is the whole permission; what it means is decided elsewhere."""

from base64 import b64decode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from campaigns.models import EventKind

from . import answers, landing, sent, tracking, visitors
from .sent import Sent
from .tracking import Purpose

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    return _pixel(request, token, Purpose.OPEN, EventKind.OPENED)


@require_safe
def shown_pixel(request: HttpRequest, token: str) -> HttpResponse:
    return _pixel(request, token, Purpose.SHOWN, EventKind.SHOWN)


def _pixel(request: HttpRequest, token: str, purpose: Purpose, kind: EventKind) -> HttpResponse:
    dispatch, _ = _dispatch(purpose, token)
    if _is_seen(request):
        answers.note(kind, dispatch)
    return _private(HttpResponse(PIXEL, content_type="image/gif"))


@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    dispatch, block_id = _dispatch(Purpose.CLICK, token)
    target = sent.destination(dispatch, block_id)
    if target is None:
        raise Http404
    response = HttpResponseRedirect(target)
    if _is_seen(request):
        answers.note(EventKind.CLICKED, dispatch, block_id=block_id)
        visitors.remember(request, response, customer_id=dispatch.customer_id, channel=dispatch.channel)
    return _private(response)


@require_safe
def landing_page(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the QR code of a letter or leaflet."""
    dispatch, _ = _dispatch(Purpose.LANDING, token)
    response = HttpResponse(landing.page(dispatch))
    if _is_seen(request):
        answers.note(EventKind.CLICKED, dispatch, via="landing")
        visitors.remember(request, response, customer_id=dispatch.customer_id, channel=dispatch.channel)
    return _private(response)


def _dispatch(purpose: Purpose, token: str) -> tuple[Sent, str]:
    content = tracking.read(purpose, token)
    dispatch = sent.find(content.dispatch_id) if content else None
    if content is None or dispatch is None:
        raise Http404
    return dispatch, content.block_id


def _is_seen(request: HttpRequest) -> bool:
    """Whether a person sees it: not a HEAD, and not a browser that fetches what might be wanted next."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return request.method == "GET" and "prefetch" not in purpose


def _private(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"  # the token must not travel on
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
