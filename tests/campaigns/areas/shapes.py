"""Outlines and households on the map, for tests."""

from typing import Any

from campaigns import identity
from campaigns.models import Customer, DeliveryArea, Household, OtherArea
from tests import builders


def square(west: float, south: float, side: float = 1.0) -> dict[str, Any]:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def area(code: str, *residents: Customer, **fields: Any) -> DeliveryArea:
    """With the postcode 10115, of the carrier Post."""
    return builders.area(*residents, code=code, **fields)


def lives(street: str = "Weg 1", postcode: str = "10115", *, at: tuple[float, float] | None = None) -> Customer:
    """A customer of this address; `at` is latitude and longitude."""
    who = builders.customer()
    key = identity.address_key(street=street, postcode=postcode, city="Berlin")
    latitude, longitude = at or (None, None)
    who.household = Household.objects.create(
        address_key=key, street=street, postcode=postcode, city="Berlin", latitude=latitude, longitude=longitude
    )
    who.save()
    return who


def area_of(who: Customer) -> str | None:
    home = Household.objects.select_related("delivery_area").get(pk=who.household_id)
    return home.delivery_area.code if home.delivery_area else None


def others_of(who: Customer) -> dict[str, str]:
    """Codes of areas of further carriers, by carrier."""
    return dict(OtherArea.objects.filter(household=who.household_id).values_list("carrier", "area__code"))
