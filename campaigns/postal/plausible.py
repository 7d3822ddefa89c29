"""Whether a town goes with its postcode, as far as delivery areas tell; for people to look at, never a reason to refuse."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from campaigns import identity

PLACES = "SELECT DISTINCT postcode, place FROM campaigns_deliveryarea WHERE postcode = ANY(%s)"


def doubtful(towns: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of pairs of postcode and town those whose postcode has areas, none of them in a town of that name.

    Frankfurt goes with Frankfurt am Main, and any part of a town with its whole name.
    """
    asked = set(towns)
    known: dict[str, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [sorted({postcode for postcode, _ in asked})])
        for postcode, place in cursor.fetchall():
            known[postcode].add(identity.fold(place))
    return {(postcode, town) for postcode, town in asked if postcode in known and not _goes(town, known[postcode])}


def _goes(town: str, places: set[str]) -> bool:
    words = set(identity.fold(town).split())
    return any(words <= set(place.split()) or set(place.split()) <= words for place in places)
