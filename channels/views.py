"""The public pages behind tracking links. A token is the whole permission; what it means is decided elsewhere."""

from base64 import b64decode
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from campaigns.models import EventKind

from . import landing, machines, seen, sent, tracking, visitors
from .seen import Noted, Seen
from .sent import Sent
from .tracking import Purpose, Token

Thing = TypeVar("Thing")
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    return _pixel(request, token, Purpose.OPEN, EventKind.OPENED)


@require_safe
def shown_pixel(request: HttpRequest, token: str) -> HttpResponse:
    return _pixel(request, token, Purpose.SHOWN, EventKind.SHOWN)


def _pixel(request: HttpRequest, token: str, purpose: Purpose, kind: EventKind) -> HttpResponse:
    content = _read(purpose, token)
    if _is_seen(request):
        _note(Seen(kind, content.dispatch_id, is_machine=_is_machine(request)))
    return _private(HttpResponse(PIXEL, content_type="image/gif"))


@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    if not _is_seen(request):
        target = sent.destination(*_dispatch(Purpose.CLICK, token))
        return _private(HttpResponseRedirect(_found(target)))
    content = _read(Purpose.CLICK, token)
    visitor, is_machine = _visitor(request), _is_machine(request)
    noted = _note(Seen(EventKind.CLICKED, content.dispatch_id, content.block_id, visitor, is_machine=is_machine))
    return _recognised(_private(HttpResponseRedirect(noted.target)), noted, visitor)


@require_safe
def landing_page(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the QR code of a letter or leaflet."""
    dispatch, _ = _dispatch(Purpose.LANDING, token)
    response = _private(HttpResponse(landing.page(dispatch)))
    if not _is_seen(request):
        return response
    visitor, is_machine = _visitor(request), _is_machine(request)
    noted = _note(Seen(EventKind.CLICKED, dispatch.dispatch_id, visitor=visitor, via="landing", is_machine=is_machine))
    return _recognised(response, noted, visitor)


def _note(one: Seen) -> Noted:
    return _found(seen.note(one))


def _recognised(response: HttpResponse, noted: Noted, visitor: str) -> HttpResponse:
    if noted.is_recognised:
        visitors.set_cookie(response, visitor)
    return response


def _dispatch(purpose: Purpose, token: str) -> tuple[Sent, str]:
    content = _read(purpose, token)
    return _found(sent.find(content.dispatch_id)), content.block_id


def _read(purpose: Purpose, token: str) -> Token:
    return _found(tracking.read(purpose, token))


def _found(thing: Thing | None) -> Thing:
    if thing is None:
        raise Http404
    return thing


def _is_seen(request: HttpRequest) -> bool:
    """Whether a person sees it: not a HEAD, and not a browser that fetches what might be wanted next."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return request.method == "GET" and "prefetch" not in purpose


def _is_machine(request: HttpRequest) -> bool:
    return machines.is_machine(request.headers.get("User-Agent", ""))


def _visitor(request: HttpRequest) -> str:
    """A machine is nobody's browser, so it is recognised as nobody."""
    return "" if _is_machine(request) else visitors.value_of(request) or visitors.new_value()


def _private(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"  # the token must not travel on
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
