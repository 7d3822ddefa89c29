"""The codes of a pool as a CSV for the shop's own system: a stream, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterator

from campaigns.importing.report import harmless
from campaigns.models import Offer

HEADER = ("code", "state", "offer", "valid_from", "valid_until")
AT_ONCE = 5_000


def lines(offer: Offer) -> Iterator[str]:
    """The file, some thousand rows at a time, whatever the size of the pool."""
    own = [
        harmless(offer.slug),
        *(day.isoformat() if day else "" for day in (offer.valid_from_on, offer.valid_until_on)),
    ]
    yield _written([HEADER])
    found = offer.coupons.order_by("id").values_list("code", "state").iterator(chunk_size=AT_ONCE)
    some: list[tuple[str, ...]] = []
    for code, state in found:
        some.append((harmless(code), state, *own))
        if len(some) == AT_ONCE:
            yield _written(some)
            some = []
    yield _written(some)


def _written(rows: list[tuple[str, ...]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
