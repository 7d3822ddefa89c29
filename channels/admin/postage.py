"""Postal products of vendors and their price tables: written here, or read from CSV."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from campaigns.admin.pages import PlainAdmin, ReadOnlyInline, back, note, require
from channels import postage
from channels.models import PostagePrice, PostalProduct, PriceTable, ProductionPrice, SortingDiscount, Weekday
from channels.postage import calendars, importing, prices

MOST_SHOWN = 10


def weekdays(name: str, label: str) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        choices=Weekday.choices,
        coerce=int,
        initial=PostalProduct._meta.get_field(name).default,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


class DigitsField(forms.CharField):
    """Numbers of digits, one after the other."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        parts = [part.strip() for part in super().clean(value).split(",") if part.strip()]
        if wrong := next((part for part in parts if part not in list("12345678")), None):
            raise forms.ValidationError(f"“{wrong}” is not a number of digits from 1 to 8: write 3, 2")
        return sorted({int(part) for part in parts}, reverse=True)


class ProductForm(forms.ModelForm):
    working_days = weekdays("working_days", "Working days of the vendor")
    delivery_days = weekdays("delivery_days", "Days on which the carrier delivers")
    region_digits = DigitsField(
        label="Digits of a region",
        initial=PostalProduct._meta.get_field("region_digits").default,
        required=False,
        help_text="How much of the postcode makes a region, where a postcode is too small; several: 3, 2",
    )

    class Meta:
        model = PostalProduct
        fields = "__all__"  # noqa: DJ007
        labels = {
            "bundle_least": "Least of a bundle",
            "bundle_most": "Most of a bundle",
            "container_least": "Least of a container",
            "container_most": "Most of a container",
            "container_digits": "Digits of a container",
            "production_days_least": "Days of production, at least",
            "production_days_most": "Days of production, at most",
            "delivery_days_least": "Days of delivery, at least",
            "delivery_days_most": "Days of delivery, at most",
            "abroad_days_more": "More days abroad",
            "cut_off_at": "Taken up the same day until",
        }
        help_texts = {"slug": "Campaigns and price files name the product by it, so it never changes"}

    def clean(self) -> dict[str, Any]:
        """What the constraints of the model say, at the field that is to be mended."""
        said = super().clean()
        for name, least, why in _too_few(said):
            self.add_error(name, f"At least {least}: {why}.")
        return said


def _too_few(said: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Fields that hold less than others of the form ask for, each with how much it must be, and why."""
    twice = "must hold at least twice its least pieces"
    asked = {
        "bundle_most": (("bundle_least",), lambda least: 2 * least - 1, f"a bundle {twice}, less one"),
        "container_most": (
            ("container_least", "bundle_most"),
            lambda least, bundle: 2 * least + 3 * bundle,
            f"a container {twice}, and three bundles",
        ),
        "production_days_most": (("production_days_least",), int, "the most days must not be fewer than the least"),
        "delivery_days_most": (("delivery_days_least",), int, "the most days must not be fewer than the least"),
    }
    for name, (others, reckon, why) in asked.items():
        if any(said.get(one) is None for one in (name, *others)):
            continue  # refused already
        least = reckon(*(said[one] for one in others))
        if said[name] < least:
            yield name, least, why


class TableInline(ReadOnlyInline):
    model = PriceTable
    fields = readonly_fields = ("valid_from_on", "currency", "note", "is_example")
    verbose_name_plural = "Price tables"
    hide_title = False  # it leads to the table
    show_change_link = True


@admin.register(PostalProduct)
class PostalProductAdmin(PlainAdmin):
    form = ProductForm
    inlines = (TableInline,)
    change_form_outer_before_template = "channels/postal_product.html"
    empty_hint = "What a vendor offers. Made-up ones to try with: manage.py import_prices --examples VENDOR."
    list_display = ("name", "slug", "vendor", "format", "lead", "is_active", "is_example")
    list_filter = ("is_active", "is_example", "vendor")
    list_select_related = ("vendor",)
    search_fields = ("name", "slug", "vendor__name")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("vendor", ("name", "slug"), "format", ("is_active", "is_example"))}),
        ("Weight", {"fields": (("sheet_grams", "envelope_grams"), ("pages_per_sheet", "usual_pages"))}),
        (
            "Sorting",
            {
                "fields": (
                    ("bundle_least", "bundle_most"),
                    ("container_least", "container_most"),
                    ("region_digits", "container_digits"),
                )
            },
        ),
        (
            "Lead times",
            {
                "fields": (
                    ("production_days_least", "production_days_most"),
                    ("delivery_days_least", "delivery_days_most"),
                    ("abroad_days_more", "cut_off_at"),
                    ("country", "state"),
                    "working_days",
                    "delivery_days",
                )
            },
        ),
    )

    @display(description="Days, production and delivery")
    def lead(self, product: PostalProduct) -> str:
        return f"{_days(product, 'production')} + {_days(product, 'delivery')}"

    def get_readonly_fields(self, request: HttpRequest, obj: PostalProduct | None = None) -> tuple[str, ...]:
        return ("vendor", "slug") if obj else ()  # options name both

    def get_prepopulated_fields(self, request: HttpRequest, obj: Model | None = None) -> dict[str, tuple[str, ...]]:
        return {} if obj else self.prepopulated_fields

    def get_inlines(self, request: HttpRequest, obj: PostalProduct | None) -> tuple:
        return self.inlines if obj else ()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        product = self.get_object(request, object_id)
        shown = product is not None and self.has_view_permission(request, product)
        context = {"product": product} | _told(product) if shown else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)


class PriceInline(TabularInline):
    extra = 0
    hide_title = True


class ProductionInline(PriceInline):
    model = ProductionPrice
    verbose_name_plural = "Production, in cents, by the pieces of a run"
    fields = ("from_pieces", "piece_cents", "sheet_cents", "setup_cents")


class PostageInline(PriceInline):
    model = PostagePrice
    verbose_name_plural = "Postage, in cents, by country, zone, pieces of a run and weight"
    fields = ("country", "zone", "from_pieces", "up_to_grams", "piece_cents")


class DiscountInline(PriceInline):
    model = SortingDiscount
    verbose_name_plural = "Less for sorting, in cents a piece"
    fields = ("depth", "from_pieces", "piece_cents")


@admin.register(PriceTable)
class PriceTableAdmin(PlainAdmin):
    change_list_template = "channels/price_tables.html"
    inlines = (ProductionInline, PostageInline, DiscountInline)
    empty_hint = "What a postal product costs from a day on, by the pieces of a run."
    list_display = ("of_product", "valid_from_on", "currency", "note", "is_example")
    list_filter = ("is_example", "product__vendor")
    list_select_related = ("product__vendor",)
    search_fields = ("product__name", "product__slug")
    fields = (("product", "valid_from_on"), ("currency", "is_example"), "note")

    @display(description="Product")
    def of_product(self, table: PriceTable) -> str:
        return str(table.product)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("product__vendor")

    def pages(self) -> tuple:
        return (("import/", "import", require_POST(self.import_view)),)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """POST import/ with `file`."""
        for permission in ("add", "change", "delete"):
            require(request, f"channels.{permission}_pricetable")
        file = request.FILES.get("file")
        if file is None or file.size > importing.LARGEST:
            messages.error(request, f"Choose a CSV file of at most {importing.LARGEST // 1_000_000} MB.")
            return back(request, "admin:channels_pricetable_changelist")
        try:
            tables = importing.read(file.read())
        except importing.PriceFileError as error:
            more = len(error.problems) - MOST_SHOWN
            told = error.problems[:MOST_SHOWN] + ([f"and {more} more"] if more > 0 else [])
            messages.error(request, "Nothing was imported. " + " · ".join(told))
        else:
            for table in tables:
                note(request, table, "prices imported")
            messages.success(request, f"Imported: {'; '.join(map(str, tables))}.")
        return back(request, "admin:channels_pricetable_changelist")


def _told(product: PostalProduct) -> dict[str, Any]:
    """What one piece costs at each step of today's prices, and when it arrives if it is handed over now."""
    found: dict[str, Any] = {"weight": f"{postage.grams(product, product.usual_pages):.1f}"}
    try:
        found["lead"] = postage.of_product(product).lead(timezone.now())
    except calendars.CalendarError as error:
        found["no_lead"] = str(error)
    try:
        table = prices.table_on(product)
        tiers = prices.tiers_of(table, pages=product.usual_pages)
    except postage.PriceError as error:
        return found | {"no_price": str(error)}
    return found | {"currency": table.currency, "steps": [_step(product, tier) for tier in tiers]}


def _step(product: PostalProduct, tier: postage.Tier) -> dict[str, Any]:
    home = [cents for zone, cents in tier.postage.items() if zone.startswith(f"{product.country}:")]
    stamps = home or list(tier.postage.values())
    return {
        "least": tier.least,
        "setup": _euro(tier.setup),
        "production": _euro(tier.production),
        "postage": " to ".join(dict.fromkeys((_euro(min(stamps)), _euro(max(stamps))))),
        "example": _euro(tier.setup + tier.least * (tier.production + min(stamps))),
    }


def _euro(cents: Decimal) -> str:
    amount = cents / 100
    return f"{amount:,.2f}" if amount == round(amount, 2) else f"{amount.normalize():,f}"


def _days(product: PostalProduct, of: str) -> str:
    least, most = getattr(product, f"{of}_days_least"), getattr(product, f"{of}_days_most")
    return str(least) if least == most else f"{least} to {most}"
