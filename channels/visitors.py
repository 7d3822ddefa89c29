"""The first-party visitor cookie: a random value that recognises a customer for banners.

A visitor becomes known by following the link of a message that only the customer received. Cookies for advertising
need consent, so a visitor is linked only for a customer who agreed to personalised banners, and never relinked: on a
shared device the first person stays.
"""

import re
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse, parse_cookie

from campaigns import identity
from campaigns.models import IdentifierKind

from . import prepared

VALUE = re.compile(r"[0-9a-f]{32}")
MAX_AGE = 395 * 24 * 3600  # thirteen months, what data protection authorities accept
MOST_PER_CUSTOMER = 20  # link scanners keep no cookies and would add one at every visit
# One customer may come with several cookies at once, so the limit may be passed by a few; it need not be exact.
LINK = f"""
    WITH allowed AS (
        SELECT t.* FROM unnest(%(customers)s::bigint[], %(values)s::text[], %(digests)s::bytea[])
               WITH ORDINALITY AS t(customer_id, value, digest, place)
        WHERE EXISTS (SELECT 1 FROM campaigns_consent c
                      WHERE c.customer_id = t.customer_id AND c.channel = 'banner' AND c.purpose = 'advertising'
                        AND c.ground = 'consent' AND c.withdrawn_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM campaigns_objection o
                          WHERE o.customer_id = t.customer_id AND o.channel IN ('', 'banner') AND o.lifted_at IS NULL
                            AND o.campaign_id IS NULL)
    ), linked AS (
        INSERT INTO campaigns_identifier (customer_id, kind, value, digest, source)
        SELECT customer_id, 'cookie', value, digest, 'tracking' FROM allowed a
        WHERE NOT EXISTS (SELECT 1 FROM campaigns_identifier i WHERE i.kind = 'cookie' AND i.value = a.value)
          AND (SELECT count(*) FROM campaigns_identifier i WHERE i.kind = 'cookie' AND i.customer_id = a.customer_id)
              < {MOST_PER_CUSTOMER}
        ORDER BY place
        ON CONFLICT DO NOTHING
    )
    SELECT DISTINCT customer_id FROM allowed
"""  # noqa: S608
# A banner or a social post can be clicked by anybody, so it proves nothing about who is there.
PERSONAL = ("email", "print_mailing")


def value_of(request: HttpRequest) -> str:
    """The visitor's cookie, empty if there is none that we could have made."""
    return _checked(request.COOKIES.get(settings.VISITOR_COOKIE, ""))


def value_in(header: str) -> str:
    """The same from a `Cookie` header."""
    return _checked(parse_cookie(header).get(settings.VISITOR_COOKIE, "")) if header else ""


def _checked(value: str) -> str:
    return value if VALUE.fullmatch(value) else ""


def is_proof(channel: str) -> bool:
    """Whether following the link of this channel's message proves who is there."""
    return channel in PERSONAL


def new_value() -> str:
    return secrets.token_hex(16)


def link(pairs: Sequence[tuple[int, str]]) -> set[int]:
    """Link cookies to customers, of (customer, cookie); returns the customers who may be recognised by one."""
    if not pairs:
        return set()
    digests = [identity.digest(IdentifierKind.COOKIE, value) for _, value in pairs]
    customers, values = zip(*pairs, strict=True)
    found = prepared.rows(LINK, {"customers": list(customers), "values": list(values), "digests": digests})
    return {customer_id for (customer_id,) in found}


def set_cookie(response: HttpResponse, value: str) -> None:
    response.set_cookie(
        settings.VISITOR_COOKIE,
        value,
        max_age=MAX_AGE,
        domain=settings.VISITOR_COOKIE_DOMAIN,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def cookie_header(value: str) -> str:
    """The same as the value of a `Set-Cookie` header."""
    response = HttpResponse()
    set_cookie(response, value)
    return response.cookies[settings.VISITOR_COOKIE].OutputString()
