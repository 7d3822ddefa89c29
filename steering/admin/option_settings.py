"""What an option may set for its channel, each with a field of its own: no channel's settings are written as JSON."""

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)

from campaigns.admin.pages import sentence
from campaigns.models import DeliveryArea
from channels import registry
from channels.direct_post import render, spread
from channels.models import PostalProduct, Vendor
from channels.social.networks import NETWORKS

PRINT = ("vendor", "product", "pages")
OF_CHANNEL: Mapping[str, tuple[str, ...]] = {
    "email": (),
    "print_mailing": PRINT,
    "direct_post": (*PRINT, "format", "carrier", "spread", "weeks", "days_ahead", "radius_km"),
    "social": ("network",),
    "banner": ("per_person", "per_day", "impressions", "priority"),
}
NAMED = tuple(dict.fromkeys(name for names in OF_CHANNEL.values() for name in names))
SPREADS = {spread.EVEN: "over the whole country, evenly", spread.STORES: "around one store after the other"}


def vendors() -> list[tuple[str, str]]:
    known = Vendor.objects.filter(is_active=True).order_by("name").values_list("slug", "name")
    return [("", "none"), *known]


def products() -> list[tuple[str, str]]:
    """By their short names, which several vendors may use."""
    known = PostalProduct.objects.filter(is_active=True).select_related("vendor").order_by("slug", "vendor__name")
    by_slug: dict[str, list[str]] = {}
    for one in known:
        by_slug.setdefault(one.slug, []).append(str(one))
    return [("", "none"), *((slug, ", ".join(names)) for slug, names in by_slug.items())]


def carriers() -> list[tuple[str, str]]:
    names = DeliveryArea.objects.filter(closed_at=None).exclude(carrier="").order_by("carrier")
    return [("", "whoever is there"), *((name, name) for name in names.values_list("carrier", flat=True).distinct())]


def networks() -> list[tuple[str, str]]:
    return [("", "none"), *((network.name, network.label) for network in NETWORKS.values())]


def formats() -> list[tuple[str, str]]:
    sizes = [(name, f"{name}, {size.width} by {size.height} mm") for name, size in render.SIZES.items()]
    return [("", f"as usual: {render.USUAL}"), *sizes]


def number(label: str, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, help_text=help_text, widget=UnfoldAdminIntegerFieldWidget)


def choice(choices: Any, label: str, help_text: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=choices, label=label, required=False, help_text=help_text, widget=UnfoldAdminSelectWidget
    )


class SettingsFields(forms.Form):
    vendor = choice(vendors, "Vendor", "Who prints letters and leaflets; needs a processing contract")
    product = choice(
        products,
        "Postal product",
        "Of the vendor: prices by the size of the run, weight and lead times; empty: the cost above",
    )
    pages = number("Pages", "Of a piece, as its price and weight hang on them; empty: as usual for the product")
    format = choice(formats, "Format", "Of the leaflet")
    carrier = choice(
        carriers, "Carrier", "Whose delivery areas; empty: in each place the carrier of the lowest rank there"
    )
    spread = choice([("", "as usual: evenly"), *SPREADS.items()], "Spread", "Which areas come in which week")
    weeks = number("Weeks", "Over how many weeks the leaflets go out; empty: all in one")
    days_ahead = number("Days ahead", "That the carrier gets the order before its week; empty: none")
    radius_km = forms.FloatField(
        label="Kilometres around a store",
        required=False,
        help_text="Only areas so near to a store; empty: all. Needs the spread around stores",
        widget=UnfoldAdminDecimalFieldWidget,
    )
    network = choice(networks, "Network", "For social networks")
    per_person = number("Impressions a person", "At most so many to one person; empty: no limit")
    per_day = number("Impressions a person and day", "At most so many to one person a day; empty: no limit")
    impressions = number("Impressions in all", "Spread evenly over the flight; empty: as many as come")
    priority = number("Priority", "The highest goes first, then the newest; empty: 0")


def problem(channel: str, settings: Mapping[str, Any]) -> tuple[str, str] | None:
    """The field that is wrong, and why; a channel that is not one of ours may use any of the fields."""
    said = registry.get(channel).label
    own = OF_CHANNEL.get(channel, NAMED)
    if foreign := next((name for name in NAMED if name in settings and name not in own), ""):
        return foreign, f"{said} has no such setting."
    if channel in OF_CHANNEL and "vendor" in own and "vendor" not in settings:
        return "vendor", f"{said} needs a vendor."
    if "radius_km" in settings and settings.get("spread") != spread.STORES:
        return "radius_km", "Only with the spread around stores."
    try:
        registry.get(channel).check_option(settings)
    except ValueError as error:
        name, colon, reason = str(error).partition(": ")
        if colon and name in NAMED:
            return name, sentence(reason)
        return next((one for one in own if one in str(error)), "channel"), sentence(error)
    return None


def shown(settings: Mapping[str, Any]) -> str:
    """The same for who may only look, in the order of the form."""
    fields = SettingsFields.base_fields
    told = [(name, fields[name].label) for name in NAMED if name in settings]
    others = [(name, name) for name in settings if name not in NAMED]
    return "; ".join(f"{label}: {_chosen(name, settings[name])}" for name, label in told + others)


def _chosen(name: str, value: Any) -> str:
    field = SettingsFields.base_fields.get(name)
    if isinstance(field, forms.ChoiceField):
        choices = field.choices() if callable(field.choices) else field.choices
        return str(dict(choices).get(value, value))
    return str(value)
