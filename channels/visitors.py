"""The first-party visitor cookie: a random value that recognises a customer for banners.

A visitor becomes known by following the link of a message that only the customer received. Cookies for advertising
need consent, so a visitor is linked only for a customer who agreed to personalised banners, and never relinked: on a
shared device the first person stays.
"""

import re
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from campaigns import identity
from campaigns.models import Consent, Ground, Identifier, IdentifierKind, Objection

VALUE = re.compile(r"[0-9a-f]{32}")
MAX_AGE = 395 * 24 * 3600  # thirteen months, what data protection authorities accept
MOST_PER_CUSTOMER = 20  # link scanners keep no cookies and would add one at every visit
# A banner or a social post can be clicked by anybody, so it proves nothing about who is there.
PERSONAL = ("email", "print_mailing")


def value_of(request: HttpRequest) -> str:
    """The visitor's cookie, empty if there is none that we could have made."""
    value = request.COOKIES.get(settings.VISITOR_COOKIE, "")
    return value if VALUE.fullmatch(value) else ""


def remember(request: HttpRequest, response: HttpResponse, *, customer_id: int, channel: str) -> None:
    """Link this visitor to the customer whose personal link was followed, where that is allowed."""
    if channel not in PERSONAL or not _may_be_recognised(customer_id):
        return
    value = value_of(request) or secrets.token_hex(16)
    known = Identifier.objects.filter(kind=IdentifierKind.COOKIE)
    if not known.filter(value=value).exists() and known.filter(customer_id=customer_id).count() < MOST_PER_CUSTOMER:
        _link(customer_id, value)
    _set_cookie(response, value)


def _link(customer_id: int, value: str) -> None:
    digest = identity.digest(IdentifierKind.COOKIE, value)
    cookie = Identifier(
        customer_id=customer_id, kind=IdentifierKind.COOKIE, value=value, digest=digest, source="tracking"
    )
    Identifier.objects.bulk_create([cookie], ignore_conflicts=True)


def _may_be_recognised(customer_id: int) -> bool:
    objections = Objection.objects.filter(
        customer_id=customer_id, channel__in=("", "banner"), campaign=None, lifted_at=None
    )
    consents = Consent.objects.filter(
        customer_id=customer_id, channel="banner", purpose="advertising", ground=Ground.CONSENT, withdrawn_at=None
    )
    return consents.exists() and not objections.exists()


def _set_cookie(response: HttpResponse, value: str) -> None:
    response.set_cookie(
        settings.VISITOR_COOKIE,
        value,
        max_age=MAX_AGE,
        domain=settings.VISITOR_COOKIE_DOMAIN,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
