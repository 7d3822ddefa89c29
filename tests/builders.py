"""Builders of what tests need: plain functions with sensible defaults."""

from copy import deepcopy
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from campaigns import events, identity, personalise, variants, versions
from campaigns.examples import EXAMPLE_BLOCKS
from campaigns.models import (
    Audience,
    Campaign,
    CampaignRule,
    Comparison,
    Consent,
    Content,
    ContentVersion,
    Customer,
    DeliveryArea,
    Household,
    Identifier,
    Offer,
    Option,
    OtherArea,
    Store,
    Wave,
    WaveContent,
)
from channels.models import CampaignPace, Dispatch, SpeedLimit, Vendor
from steering import planning, wave_contents
from steering.models import Plan, Trigger

number = count(1)

BLOCKS = [
    {"id": "headline", "type": "headline", "text": "Neues für Sie"},
    {"id": "text", "type": "text", "text": "Schauen Sie vorbei."},
    {
        "id": "offer",
        "type": "offer",
        "title": "20 % auf alles",
        "coupon": "personal",
        "overrides": {"social": {"coupon": "SHARED20"}, "direct_post": {"coupon": "SHARED20"}},
    },
    {"id": "shop", "type": "call_to_action", "label": "Zum Shop", "url": "https://shop.example.com/neu?a=1"},
]


def offer(slug: str = "", **fields: Any) -> Offer:
    """An offer with codes of its own for each customer; its pool is empty."""
    slug = slug or f"offer-{next(number)}"
    return Offer.objects.create(**({"slug": slug, "name": slug.title()} | fields))


def user(*permissions: str, name: str = "") -> User:
    """A member of staff who may do what the permissions (`app.codename`) say."""
    person = User.objects.create_user(name or f"user-{next(number)}")
    for permission in permissions:
        app, codename = permission.split(".")
        person.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return person


def audience(rule: dict[str, Any] | None = None) -> Audience:
    return Audience.objects.create(name=f"audience {next(number)}", rule=rule or {"all": []})


def content(blocks: list[dict[str, Any]] | None = None, *, is_approved: bool = True, **fields: Any) -> Content:
    """Approved, as version 1, unless said otherwise."""
    defaults = {"name": f"content {next(number)}", "blocks": BLOCKS if blocks is None else blocks}
    made = Content.objects.create(**(defaults | fields))
    if is_approved:
        versions.adopt(made)
    return made


def written(content: Content, blocks: list[dict[str, Any]]) -> ContentVersion:
    """The content rewritten, and approved anew."""
    Content.objects.filter(pk=content.pk).update(blocks=blocks)
    content.refresh_from_db()
    return versions.adopt(content)


def campaign(
    *, channels: tuple[str, ...] = ("email",), blocks: list[dict[str, Any]] | None = None, **fields: Any
) -> Campaign:
    """A campaign with one option a channel."""
    defaults = {"name": f"campaign {next(number)}", "budget_cents": 1_000_000}
    said = fields.pop("content", None) or content(blocks)
    made = Campaign.objects.create(audience=audience(), content=said, **(defaults | fields))
    for channel in channels:
        Option.objects.create(campaign=made, channel=channel)
    return made


def rule(of: Campaign | None = None, **fields: Any) -> CampaignRule:
    """At most ten pieces in all, unless said otherwise."""
    defaults = {"name": f"rule {next(number)}", "bound": 10}
    return CampaignRule.objects.create(campaign=of or campaign(), **(defaults | fields))


def wave(of: Campaign | None = None, *, state: str = "running", **fields: Any) -> Wave:
    """A wave of a campaign whose content is fixed, as approval does; running unless said otherwise."""
    of = of or campaign()
    fields = {"number": of.waves.count() + 1, "started_at": timezone.now()} | fields
    made = Wave.objects.create(campaign=of, state=state, **fields)
    for option in of.options.all():
        content_of = option.content or of.content
        version = versions.newest_of(content_of) or versions.adopt(content_of)
        WaveContent.objects.create(wave=made, option=option, version=version)
    return made


def comparison(*, channel: str = "email", texts: tuple[str, ...] = ("Eins", "Zwei"), **fields: Any) -> Comparison:
    """A campaign's only option, that compares contents with these headlines in equal shares."""
    option = campaign(channels=(channel,)).options.get()
    contents = [content([BLOCKS[0] | {"text": text}, *BLOCKS[1:]]) for text in texts]
    return variants.compare(option, dict.fromkeys(contents, 1), by=None, **fields)


def compared_wave(of: Comparison, **fields: Any) -> Wave:
    """A running wave of the option's campaign, with the shares that an approval would fix now."""
    made = wave(of.option.campaign, **fields)
    wave_contents.fix(made)
    return made


def customer(
    *, email: str | None = "", consents: tuple[str, ...] = ("email",), household: bool = False, **fields: Any
) -> Customer:
    """A customer with an e-mail address (None: without) and valid consents for some channels."""
    key = next(number)
    if household:
        fields["household"] = Household.objects.create(
            address_key=f"de|10115|berlin|weg {key}", street=f"Weg {key}", postcode="10115", city="Berlin"
        )
    made = Customer.objects.create(
        **({"customer_number": f"C{key}", "first_name": "Erika", "last_name": "Muster"} | fields)
    )
    if email is not None:
        identifier(made, "email", email or f"customer{key}@example.com")
    for channel in consents:
        Consent.objects.create(
            customer=made, channel=channel, source="test", given_at=timezone.now() - timedelta(days=9)
        )
    return made


def area(*residents: Customer, **fields: Any) -> DeliveryArea:
    """A delivery area in which these customers live; their households must exist."""
    key = next(number)
    defaults = {"code": f"10115-{key}", "carrier": "Post", "postcode": "10115", "place": "Berlin", "households": 500}
    made = DeliveryArea.objects.create(**(defaults | fields))
    Household.objects.filter(customers__in=residents).update(delivery_area=made)
    return made


def other_area(*residents: Customer, carrier: str = "Bote", **fields: Any) -> DeliveryArea:
    """Of a carrier of less rank, in which these customers live, too."""
    made = area(carrier=carrier, **fields)
    OtherArea.objects.bulk_create(
        OtherArea(household_id=home, area=made, carrier=carrier) for home in {one.household_id for one in residents}
    )
    return made


def store(**fields: Any) -> Store:
    key = next(number)
    defaults = {"code": f"store-{key}", "name": "Laden", "street": "Weg 1", "postcode": "10115", "city": "Berlin"}
    return Store.objects.create(**(defaults | {"latitude": 52.5, "longitude": 13.4, "hours": "9 bis 19 Uhr"} | fields))


def identifier(of: Customer, kind: str, value: str) -> Identifier:
    return Identifier.objects.create(customer=of, kind=kind, value=value, digest=identity.digest(kind, value))


def dispatch(of: Wave, to: Customer | None = None, *, channel: str = "email", **fields: Any) -> Dispatch:
    """A dispatch that is due; any other state may be asked for."""
    now = timezone.now()
    times = {"due_at": now - timedelta(minutes=1), "deadline_at": now + timedelta(days=7)}
    option = of.campaign.options.get(channel=channel)
    return Dispatch.objects.create(
        wave=of, customer=to or customer(), option=option, channel=channel, **(times | fields)
    )


def vendor(slug: str = "press", **fields: Any) -> Vendor:
    """A print vendor with a processing contract, without which no jobs are made."""
    return Vendor.objects.create(**({"name": f"Vendor {slug}", "slug": slug, "processing_contract": "AV-1"} | fields))


def content_blocks() -> list[dict[str, Any]]:
    """A realistic content that every channel can carry; a copy of its own for each test."""
    return deepcopy(EXAMPLE_BLOCKS)


def message_fields(**fields: Any) -> dict[str, Any]:
    """What delivery gives a channel to fill in for one person."""
    made = personalise.sample_fields() | {
        "link": "https://steering.example.com/r/token",
        "links": {"shop": "https://steering.example.com/t/c/shop"},
        "unsubscribe_url": "https://steering.example.com/u/token",
        "open_pixel_url": "https://steering.example.com/t/o/token.gif",
        "sender_address": "Muster GmbH, Musterstraße 1, 10115 Berlin",
        "address_lines": ["Frau Erika Muster", "Weg 1", "10115 Berlin"],
    }
    return made | fields


def planned(*, state: str = "simulated", channels: tuple[str, ...] = ("email", "banner"), **fields: Any) -> Plan:
    """The plan of a wave about twenty customers, with a budget for some of them."""
    for _ in range(20):
        customer(consents=("email", "banner"), household=True)
    defaults = {"budget_cents": 40, "exploration_share": 0, "holdout_share": 0}
    made = wave(campaign(channels=channels, **(defaults | fields)), state="draft", started_at=None)
    plan = planning.make(made, version=None, as_of_at=timezone.now())
    Wave.objects.filter(pk=made.pk).update(state=state)
    return plan


def pace(of: Campaign, **fields: Any) -> CampaignPace:
    """How a campaign's waves are spread."""
    return CampaignPace.objects.create(campaign=of, **fields)


def speed_limit(of: str, name: str, per_second: str) -> SpeedLimit:
    """Of a channel, a provider or a domain."""
    return SpeedLimit.objects.create(of=of, name=name, per_second=per_second)


def trigger(of: Campaign | None = None, **fields: Any) -> Trigger:
    """Active: when a cart is left, at once; nobody is held out or drawn by chance unless the campaign says so."""
    of = of or campaign(holdout_share=0, exploration_share=0)
    defaults = {"name": f"trigger {next(number)}", "event_kind": "cart_left", "state": "active"}
    defaults["approved_at"] = timezone.now() - timedelta(days=1)
    return Trigger.objects.create(campaign=of, **(defaults | fields))


def event(of: Customer, kind: str = "cart_left", *, minutes_ago: float = 1, **fields: Any) -> events.NewEvent:
    """Something that a customer did in the shop a minute ago."""
    defaults = {"medium": "web", "is_online": True, "source": "test", "source_key": f"e{next(number)}"}
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return events.NewEvent(customer_id=of.pk, kind=kind, occurred_at=at, **(defaults | fields))
