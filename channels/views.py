"""The page behind the QR code of a letter or leaflet. A token is the whole permission."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from campaigns.models import EventKind

from . import answering, front, landing, seen, sent, tracking, visitors
from .tracking import Purpose


@require_safe
def landing_page(request: HttpRequest, token: str) -> HttpResponse:
    content = tracking.read(Purpose.LANDING, token)
    dispatch = sent.find(content.dispatch_id) if content else None
    if content is None or dispatch is None:
        raise Http404
    response = HttpResponse(landing.page(dispatch), headers=answering.PRIVATE)
    one = answering.seen_by(front.asked(request), EventKind.CLICKED, content, via="landing")
    noted = seen.note(one)
    if noted and noted.is_recognised:
        visitors.set_cookie(response, one.visitor)
    return response
