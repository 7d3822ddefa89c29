"""What checks know beside the content: who may get it, when it arrives, and how things that it names are now."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.utils import timezone

from campaigns import audiences, conditions, content_uses, offers, personalise
from campaigns import blocks as content_blocks
from campaigns.audiences import Query
from campaigns.models import Audience, Content, Offer, Option, Wave, WaveState
from campaigns.models.offers import OfferKind
from campaigns.rules import RuleError

from .. import postage, preview_people, recipients, registry
from ..compiled import Blocks, Fields
from . import link_answers
from .link_answers import Answer

AHEAD = (WaveState.DRAFT, WaveState.SIMULATED, WaveState.APPROVED)


@dataclass(frozen=True)
class OfferFacts:
    """`free`: codes that can still be given; None: as many as wanted."""

    is_shared: bool
    free: int | None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class Circumstances:
    """All by name; what is left out is looked up (offers, answers) or not known (all others)."""

    people: Mapping[str, int] = field(default_factory=dict)  # who get it at most, by channel
    arrives_in_days: Mapping[str, int] = field(default_factory=dict)  # from today, at the latest, by channel
    audience_sizes: Mapping[int, int] = field(default_factory=dict)  # of those that conditions name
    readers: Sequence[Fields] = ()  # people with whom texts are tried out, beside the made-up ones
    today: date = field(default_factory=timezone.localdate)
    offers: Mapping[str, OfferFacts] | None = None  # by slug
    answers: Mapping[str, Answer] | None = None  # of links, by address


def of_content(content: Content) -> Circumstances:
    """Of the campaigns that are not archived and use it."""
    options = list(
        Option.objects.filter(content_uses.options(content), campaign__is_archived=False)
        .select_related("campaign__audience")
        .distinct()
        .order_by("pk")
    )
    named = Audience.objects.filter(pk__in=conditions.audiences(content.blocks))
    slugs = named_offers(content.blocks)
    return Circumstances(
        people=_people(options) if slugs else {},  # counting takes long, and only offers want to know
        arrives_in_days=_arrivals(options),
        audience_sizes={one.pk: _size(one, audiences.estimate) for one in named},
        readers=tuple(_readers(content.blocks)),
        offers=facts_of(slugs, campaigns={option.campaign_id for option in options}),
    )


def named_offers(blocks: Blocks) -> set[str]:
    """Slugs of the offers that are shown somewhere."""
    return {layer["offer"] for block in blocks for layer in content_blocks.layers(block) if layer.get("offer")}


def facts_of(slugs: Collection[str], *, campaigns: Collection[int] = ()) -> dict[str, OfferFacts]:
    """Of the offers that there are; what waves of these campaigns have reserved is free for them."""
    return {offer.slug: _facts(offer, campaigns) for offer in Offer.objects.filter(slug__in=slugs)} if slugs else {}


def answers_of(urls: Collection[str]) -> dict[str, Answer]:
    return link_answers.known(urls)


def _facts(offer: Offer, campaigns: Collection[int]) -> OfferFacts:
    is_shared = offer.kind == OfferKind.SHARED
    left = None if offer.most_uses is None else offer.most_uses - offer.uses
    free = left if is_shared else offers.free(offer, campaigns=campaigns)
    return OfferFacts(is_shared, free, offer.valid_from_on, offer.valid_until_on)


def _size(audience: Audience, count: Callable[[Query], int]) -> int:
    """Nobody is in an audience whose rule is broken."""
    try:
        return count(audiences.query(audience))
    except RuleError:
        return 0


def _people(options: Sequence[Option]) -> dict[str, int]:
    """By channel, of all campaigns together: at most the audience, the capacity, and what the budget pays for."""
    found: dict[str, int] = {}
    for option in options:
        if option.channel in registry.CHANNELS:
            found[option.channel] = found.get(option.channel, 0) + _most(option)
    return found


def _most(option: Option) -> int:
    channel, campaign = registry.get(option.channel), option.campaign
    people = _size(campaign.audience, _households if channel.reach.one_per_household else audiences.estimate)
    cost = channel.unit_cost_cents if option.unit_cost_cents is None else option.unit_cost_cents
    limits = (
        [campaign.budget_cents // cost] if cost and not option.zone_costs and not option.settings.get("product") else []
    )
    return min([people, *limits, *([] if option.capacity is None else [option.capacity])])


def _households(of: Query) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(DISTINCT household_id) FROM campaigns_customer WHERE id IN ({of.sql})",  # noqa: S608
            of.params,
        )
        return cursor.fetchone()[0]


def _arrivals(options: Sequence[Option]) -> dict[str, int]:
    """When the last piece of the latest wave that is planned arrives, in days from today, by channel."""
    found: dict[str, int] = {}
    for option in options:
        found[option.channel] = max(_days_until_arrival(option), found.get(option.channel, 0))
    return found


def _days_until_arrival(option: Option) -> int:
    """Of the latest wave that is planned with a day; of one that starts today where there is none."""
    today, times = timezone.localdate(), _lead_times(option)
    planned = Wave.objects.filter(campaign=option.campaign, state__in=AHEAD)
    starts = planned.filter(arrives_on=None, scheduled_at__isnull=False).values_list("scheduled_at", flat=True)
    days = [max(at, timezone.now()) for at in starts] or [timezone.now()]
    arrivals = [timezone.localdate(at) if times is None else times.lead(at).arrives_on for at in days]
    wanted = list(planned.filter(arrives_on__isnull=False).values_list("arrives_on", flat=True))
    return max(0, *((day - today).days for day in [*(arrivals if starts or not wanted else ()), *wanted]), 0)


def _lead_times(option: Option) -> postage.LeadTimes | None:
    """None for what arrives at once. An option whose product is gone is refused elsewhere."""
    if option.channel not in registry.CHANNELS or not registry.get(option.channel).reach.needs_household:
        return None
    try:
        return postage.lead_times_of(option.settings)
    except ValueError:
        return postage.usual()


def _readers(blocks: Blocks) -> Iterable[Fields]:
    """Who has the longest name, and of whom least is known."""
    ids = {preview_people.with_the_longest_name(), preview_people.least_known()} - {None}
    for fields in personalise.fields_for(sorted(ids), **recipients.asked_of_people([blocks])).values():
        yield fields | {"coupon_code": personalise.sample_fields()["coupon_code"], "address_lines": []}
