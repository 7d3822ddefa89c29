"""The page behind the unsubscribe link. GET asks, because scanners follow links; POST does, without a log-in (RFC 8058)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.models import Customer

from . import registry, sent, tracking, unsubscribing
from .sent import Sent
from .tracking import Purpose
from .unsubscribing import Scope

UNDO = "undo"
# The one click of a mail program cannot ask; it means the mails, not this campaign alone and not letters too.
ONE_CLICK = Scope.CHANNEL


@csrf_exempt  # mail programs post here without a session; the token is the permission
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    content = tracking.read(Purpose.UNSUBSCRIBE, token)
    found = sent.find(content.dispatch_id) if content else None
    if found is None:
        raise Http404
    did = _do(request, found) if request.method == "POST" else ""
    response = render(request, "channels/unsubscribe.html", _context(found, did))
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"  # the token must not travel on
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@csrf_exempt  # as the page itself, so that the one click of a mail program works in a test too
@require_http_methods(["GET", "HEAD", "POST"])
def of_a_test(request: HttpRequest) -> HttpResponse:
    """Where the link of a message that was only a test leads: there is nobody to unsubscribe."""
    return render(request, "channels/unsubscribe_test.html", {"language": "en"})


def _do(request: HttpRequest, found: Sent) -> str:
    """What was done: `undone`, or the scope that is refused now."""
    asked = request.POST.get("scope", "")
    if asked == UNDO:
        return "undone" if unsubscribing.undo(found) else ""
    scope = Scope(asked) if asked in list(Scope) else ONE_CLICK
    unsubscribing.refuse(found, scope)
    return scope


def _context(found: Sent, did: str) -> dict[str, object]:
    language = Customer.objects.values_list("language", flat=True).get(pk=found.customer_id)
    refused = unsubscribing.refused(found)
    return {
        "language": "de" if language.startswith("de") else "en",
        "channel": registry.get(found.channel).label,
        "did": did,
        "widest": refused.widest,
        "can_be_undone": refused.can_be_undone,
    }
