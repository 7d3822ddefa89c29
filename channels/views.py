"""The page behind a personal link, of the QR code of a letter or leaflet for instance. A token is the whole permission."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from campaigns.models import EventKind

from . import answering, front, landing, seen, sent, tracking, visitors
from .landing.render import policy


@require_safe
def landing_page(request: HttpRequest, token: str) -> HttpResponse:
    content = tracking.read_landing(token)
    dispatch = sent.find(content.dispatch_id) if content else None
    one = answering.seen_by(front.asked(request), EventKind.CLICKED, content, via="landing") if dispatch else None
    page = landing.of(dispatch, is_machine=bool(one and one.is_machine))
    headers = answering.PRIVATE | {"Content-Security-Policy": policy()}
    response = HttpResponse(page.html, status=page.status, headers=headers)
    if one is None or page.status != 200:
        return response
    noted = seen.note(one)
    if noted and noted.is_recognised:
        visitors.set_cookie(response, one.visitor)
    return response
