"""What an offer says in a content: the fields of a block that names it, as they are now."""

from typing import Any

from django.conf import settings

from campaigns.blocks import PERSONAL_COUPON, Kind, references
from campaigns.content_error import ContentError
from campaigns.models import Offer
from campaigns.models.offers import OfferKind


def register() -> None:
    references.register(Kind.OFFER, check=check, fields=fields)


def check(slug: str, path: str) -> None:
    """Raises ContentError for an offer that a content cannot show."""
    offer = Offer.objects.filter(slug=slug).first()
    if offer is None:
        raise ContentError(path, f"there is no offer “{slug[:40]}”")
    if offer.withdrawn_at:
        raise ContentError(path, f"the offer “{slug}” is withdrawn")


def fields(slug: str) -> dict[str, Any] | None:
    """None where it must not be shown any more."""
    offer = Offer.objects.filter(slug=slug, withdrawn_at=None).first()
    if offer is None:
        return None
    said = {
        "coupon": PERSONAL_COUPON if offer.kind == OfferKind.UNIQUE else offer.code,
        "valid_until": offer.valid_until_on.isoformat() if offer.valid_until_on else "",
        "text": offer.terms.get(settings.CONTENT_LANGUAGE, ""),
        **{f"text@{language}": text for language, text in offer.terms.items() if language != settings.CONTENT_LANGUAGE},
    }
    return {name: value for name, value in said.items() if value}
