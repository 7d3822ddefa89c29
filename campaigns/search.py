"""Find a person by what somebody at the counter or on the phone can say: number, e-mail, phone, card or last name."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from . import identity
from .models import Customer, Identifier, IdentifierKind

MOST_FOUND = 50
LOOKED_UP_KINDS = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.LOYALTY_CARD)


def find(text: str) -> QuerySet[Customer]:
    """At most MOST_FOUND customers; every condition has an index, so this is fast however many there are."""
    text = text.replace("\0", "").strip()
    if not text:
        return Customer.objects.none()
    by_identifier = Identifier.objects.filter(_any_identifier(text)).values("customer_id")
    by_number = Customer.objects.filter(customer_number=text).values("id")
    by_name = Customer.objects.alias(name=Lower("last_name")).filter(name__startswith=text.lower()).values("id")
    found = by_number.union(by_identifier, by_name[:MOST_FOUND])
    return Customer.objects.filter(id__in=list(found.values_list("id", flat=True)[:MOST_FOUND])).select_related(
        "household"
    )


def _any_identifier(text: str) -> Q:
    condition = Q(pk__in=[])
    for kind in LOOKED_UP_KINDS:
        try:
            condition |= Q(kind=kind, value=identity.normalise(kind, text))
        except identity.IdentityError:
            continue  # not of this kind
    return condition
