"""Codes reserved for whom a plan gives an offer, in sets: one statement gives back what is not needed, one takes the rest.

What a plan needs is said by a SELECT of customer_id and option_id; which offers an option's contents show stands in
WaveOffer. Calling it again changes nothing where nothing has changed, so a plan that is made anew keeps what still fits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from campaigns.by_hash import by_hash
from campaigns.models import Offer, WaveOffer
from campaigns.models.offers import OfferKind

from . import showing
from .errors import OfferError

NEEDED = """
    WITH planned AS MATERIALIZED ({planned}), needed AS (
        SELECT DISTINCT p.customer_id, o.offer_id
        FROM planned p JOIN campaigns_waveoffer o ON o.wave_id = %(wave)s AND o.option_id = p.option_id
        JOIN campaigns_offer f ON f.id = o.offer_id AND f.kind = 'unique' AND f.withdrawn_at IS NULL
    )
"""
GIVE_BACK = """
    {needed}
    UPDATE campaigns_coupon c SET state = 'free', wave_id = NULL, customer_id = NULL
    WHERE c.wave_id = %(wave)s AND c.state = 'reserved' AND NOT EXISTS (
        SELECT FROM needed n WHERE n.customer_id = c.customer_id AND n.offer_id = c.offer_id)
"""
# One pool at a time, so that its codes and those who lack one are numbered alike and joined by that. The oldest codes,
# passing over those that somebody else is just taking: nobody waits for another plan.
TAKE = """
    {needed}
    , lacking AS MATERIALIZED (
        SELECT n.customer_id, row_number() OVER (ORDER BY n.customer_id) AS place
        FROM needed n WHERE n.offer_id = %(offer)s AND NOT EXISTS (
            SELECT FROM campaigns_coupon c
            WHERE c.customer_id = n.customer_id AND c.wave_id = %(wave)s AND c.offer_id = %(offer)s)
    ), free AS MATERIALIZED (
        SELECT f.id, row_number() OVER (ORDER BY f.id) AS place FROM (
            SELECT id FROM campaigns_coupon c WHERE c.offer_id = %(offer)s AND c.state = 'free'
            ORDER BY c.id LIMIT (SELECT count(*) FROM lacking) FOR UPDATE SKIP LOCKED
        ) f
    ), taken AS (
        UPDATE campaigns_coupon c SET state = 'reserved', wave_id = %(wave)s, customer_id = l.customer_id
        FROM free JOIN lacking l USING (place) WHERE c.id = free.id RETURNING 1
    )
    SELECT (SELECT count(*) FROM lacking) - (SELECT count(*) FROM taken)
"""
MISSING = """
    {needed}
    SELECT o.slug, count(*) FROM needed n JOIN campaigns_offer o ON o.id = n.offer_id
    WHERE NOT EXISTS (
        SELECT FROM campaigns_coupon c
        WHERE c.customer_id = n.customer_id AND c.wave_id = %(wave)s AND c.offer_id = n.offer_id)
    GROUP BY o.slug ORDER BY o.slug
"""
RETURN = """
    UPDATE campaigns_coupon SET state = 'free', wave_id = NULL, customer_id = NULL WHERE wave_id = %s AND state = 'reserved'
"""


@dataclass(frozen=True)
class Shown:
    """What an option of a wave sends, one of them for each variant."""

    option_id: int
    channel: str
    blocks: showing.Blocks
    variant: int = 0


@transaction.atomic
def reserve(wave_id: int, planned: str, params: Mapping[str, Any], *, rows: int | None = None) -> dict[str, int]:
    """Make the wave's reservations what its plan needs; returns how many codes are missing, by the offer's slug.

    `planned` selects customer_id and option_id, with named parameters; about `rows` of them, None: many.
    """
    pools = list(Offer.objects.filter(waves__wave_id=wave_id, kind=OfferKind.UNIQUE, withdrawn_at=None).distinct())
    if not pools:
        give_back(wave_id)
        return {}
    params, needed = dict(params) | {"wave": wave_id}, NEEDED.format(planned=planned)
    lacking: dict[str, int] = {}
    with by_hash(rows=rows), connection.cursor() as cursor:
        cursor.execute(GIVE_BACK.format(needed=needed), params)
        for offer in pools:
            cursor.execute(TAKE.format(needed=needed), params | {"offer": offer.pk})
            lacking[offer.slug] = cursor.fetchone()[0]
    return {slug: number for slug, number in sorted(lacking.items()) if number}


def missing(wave_id: int, planned: str, params: Mapping[str, Any]) -> dict[str, int]:
    """How many codes the plan has not, by the offer's slug; nothing is reserved."""
    with transaction.atomic(), by_hash(), connection.cursor() as cursor:
        cursor.execute(MISSING.format(needed=NEEDED.format(planned=planned)), dict(params) | {"wave": wave_id})
        return dict(cursor.fetchall())


def give_back(wave_id: int) -> int:
    """Everything that is reserved for the wave and was not given; returns how many codes."""
    with connection.cursor() as cursor:
        cursor.execute(RETURN, [wave_id])
        return cursor.rowcount


@transaction.atomic
def note_offers(wave_id: int, contents: Iterable[Shown]) -> None:
    """Write down which offers the wave's contents show. Raises OfferError for one that is gone or withdrawn."""
    contents = list(contents)
    slugs = {(one.option_id, one.variant): showing.slugs(one.blocks, one.channel) for one in contents}
    known = Offer.objects.in_bulk({slug for some in slugs.values() for slug in some}, field_name="slug")
    main = _main_offers(contents, slugs, known)
    rows = [
        WaveOffer(wave_id=wave_id, option_id=option, variant=variant, offer=offer, is_main=main.get(option) == slug)
        for (option, variant), some in slugs.items()
        for slug in some
        if (offer := _usable(slug, known))
    ]
    WaveOffer.objects.filter(wave_id=wave_id).delete()
    WaveOffer.objects.bulk_create(rows)


def _usable(slug: str, known: Mapping[str, Offer]) -> Offer:
    offer = known.get(slug)
    if offer is None or offer.withdrawn_at:
        raise OfferError(f"the offer “{slug}” {'is withdrawn' if offer else 'does not exist'}")
    return offer


def _main_offers(
    contents: list[Shown], slugs: Mapping[tuple[int, int], list[str]], known: Mapping[str, Offer]
) -> dict[int, str]:
    """Of each option, the offer whose code is that of the message: the first that all of its variants show.

    None where a content also shows a code that is made with the message, which then is the message's.
    """
    options = {one.option_id for one in contents}
    personal = {one.option_id for one in contents if showing.has_personal_code(one.blocks, one.channel)}
    main: dict[int, str] = {}
    for option in options - personal:
        lists = [some for (id_, _), some in slugs.items() if id_ == option]
        shared = [slug for slug in lists[0] if all(slug in some for some in lists)]
        unique = [slug for slug in shared if slug in known and known[slug].kind == OfferKind.UNIQUE]
        main |= {option: unique[0]} if unique else {}
    return main
