"""Offers and their pools of codes: made, filled, read out for the shop, withdrawn; never edited under customers who have them."""

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from campaigns import languages, offers
from campaigns.models import Offer, OfferKind
from campaigns.offers import changing, codes, generating

from .money import CentsField
from .pages import PlainAdmin, note, require, sentence

CENTS = ("minimum_basket_cents", "cost_cents", "expected_basket_cents")
LARGEST_FILE = 64 * 1024 * 1024
MOST_SHOWN = 20


class PercentField(forms.DecimalField):
    """20 on the page, 0.2 in the database."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:.2f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        cleaned = super().clean(value)
        return None if cleaned is None else cleaned / 100

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != data


def terms_in(language: str) -> forms.CharField:
    return forms.CharField(
        label=f"Small print in {languages.LANGUAGES[language]}",
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
    )


class OfferForm(forms.ModelForm):
    terms_de, terms_en = terms_in("de"), terms_in("en")
    cost_share = PercentField(label="And of the basket, in percent", required=False, initial=Decimal(0))
    expected_rate = PercentField(
        label="Expected to be redeemed by, in percent",
        initial=Decimal("0.03"),
        help_text="Of those who get it; past waves of this offer correct it",
    )

    class Meta:
        model = Offer
        fields = (
            *("slug", "name", "kind", "code", "most_uses", "valid_from_on", "valid_until_on", "where", "stores"),
            *("minimum_basket_cents", "cost_cents", "cost_share", "expected_rate", "expected_basket_cents"),
        )
        field_classes = dict.fromkeys(CENTS, CentsField)
        labels = {
            "minimum_basket_cents": "Basket of at least",
            "cost_cents": "One redemption costs",
            "expected_basket_cents": "Expected basket of a redemption",
            "most_uses": "Uses at most",
            "where": "Redeemable",
        }
        widgets = {"stores": UnfoldAdminTextInputWidget}
        help_texts = {
            "slug": "How contents name it: small letters, digits, -; stays the same for ever",
            "minimum_basket_cents": "Of the sale, before the coupon; 0: any",
            "cost_cents": "Money, besides the share of the basket below; the plan counts it against what a message adds",
            "expected_basket_cents": "Of which the share is given away, until baskets have been seen",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in languages.LANGUAGES:
            if language_field := self.fields.get(f"terms_{language}"):
                language_field.initial = self.instance.terms.get(language, "")

    def clean_cost_share(self) -> Decimal:
        return self.cleaned_data["cost_share"] or Decimal(0)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.instance.terms = {
            language: said for language in languages.LANGUAGES if (said := cleaned.get(f"terms_{language}", "").strip())
        }
        return cleaned

    def _post_clean(self) -> None:
        """Once the instance is as it would be saved."""
        before = Offer.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        super()._post_clean()
        for field, reason in changing.refused(before, self.instance) if before else ():
            named = field if field in self.fields else None
            self.add_error(named, f"Cannot be changed: {reason}.")


@admin.register(Offer)
class OfferAdmin(PlainAdmin):
    form = OfferForm
    change_form_outer_before_template = "campaigns/offer.html"
    empty_hint = "An offer is what customers may redeem: its code, until when, where, and what it costs."
    list_display = ("name", "slug", "kind", "state", "valid_until_on", "left", "redeemed")
    list_filter = ("kind",)
    search_fields = ("name", "slug")
    actions = None
    fieldsets = (
        (None, {"fields": (("name", "slug"), "kind", ("code", "most_uses"))}),
        (
            "When and where",
            {"fields": (("valid_from_on", "valid_until_on"), ("where", "stores"), "minimum_basket_cents")},
        ),
        ("What it costs", {"fields": (("cost_cents", "cost_share"), ("expected_rate", "expected_basket_cents"))}),
        ("Small print", {"fields": tuple(f"terms_{language}" for language in languages.LANGUAGES)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return offers.with_counts(super().get_queryset(request))

    @display(description="State", label={"open": "success", "withdrawn": "danger", "over": "warning"})
    def state(self, offer: Offer) -> str:
        return "withdrawn" if offer.withdrawn_at else "over" if offers.is_over(offer) else "open"

    @display(description="Codes left")
    def left(self, offer: Offer) -> str:
        return f"{offer.free_codes:,}" if offer.kind == OfferKind.UNIQUE else "shared"

    @display(description="Redeemed")
    def redeemed(self, offer: Offer) -> str:
        return f"{offer.times_redeemed:,}"

    def has_delete_permission(self, request: HttpRequest, obj: Offer | None = None) -> bool:
        """An offer is withdrawn; contents that were sent name it for ever."""
        return False

    def pages(self) -> tuple:
        return (
            ("<int:pk>/generate/", "generate", require_POST(self.generate_view)),
            ("<int:pk>/import/", "import", require_POST(self.import_view)),
            ("<int:pk>/export/", "export", require_POST(self.export_view)),
            ("<int:pk>/withdraw/", "withdraw", require_POST(self.withdraw_view)),
            ("<int:pk>/withdraw-code/", "withdraw_code", require_POST(self.withdraw_code_view)),
        )

    def save_model(self, request: HttpRequest, obj: Offer, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        offer = self.get_object(request, object_id)
        context = {"offer": offer, "counts": offers.counts(offer), "most": generating.MOST} if offer else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def generate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        offer = _offer(request, pk, "campaigns.change_offer")
        asked = request.POST.get("count", "").replace(",", "").replace(".", "").strip()
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
            messages.error(request, "Say how many codes, as a number.")
            return _back(pk)
        try:
            made = offers.generate(offer, int(asked))
        except offers.OfferError as error:
            messages.error(request, f"Nothing was added: {error}.")
        else:
            _noted(request, offer, f"{made:,} codes made")
        return _back(pk)

    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        offer, file = _offer(request, pk, "campaigns.change_offer"), request.FILES.get("file")
        if file is None or file.size > LARGEST_FILE:
            messages.error(request, f"Choose a CSV file of at most {LARGEST_FILE // 2**20} MB.")
            return _back(pk)
        try:
            taken = _imported(offer, file)
        except offers.CodesRefusedError as refusal:
            return self._refused(request, offer, refusal)
        except offers.OfferError as error:
            messages.error(request, f"Nothing was imported: {error}.")
        else:
            _noted(request, offer, f"{taken:,} codes imported")
        return _back(pk)

    def _refused(self, request: HttpRequest, offer: Offer, refusal: offers.CodesRefusedError) -> HttpResponse:
        told = refusal.problems[:MOST_SHOWN]
        messages.error(request, "Nothing was imported. " + " · ".join(str(problem) for problem in told))
        return _back(offer.pk)

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        offer = _offer(request, pk, "campaigns.export_offer")
        note(request, offer, "codes read out as a file")
        response = StreamingHttpResponse(offers.lines(offer), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="codes-{offer.slug}.csv"'
        return response

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        offer = _offer(request, pk, "campaigns.withdraw_offer")
        try:
            gone = offers.withdraw(offer)
        except offers.OfferError as error:
            messages.error(request, f"Not withdrawn: {error}.")
        else:
            _noted(request, offer, f"withdrawn, with {gone:,} codes")
        return _back(pk)

    def withdraw_code_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        offer = _offer(request, pk, "campaigns.withdraw_offer")
        try:
            offers.withdraw_code(offer, codes.key(request.POST.get("code", "")))
        except offers.OfferError as error:
            messages.error(request, f"Not withdrawn: {error}.")
        else:
            _noted(request, offer, "one code withdrawn")
        return _back(pk)


def _offer(request: HttpRequest, pk: int, permission: str) -> Offer:
    require(request, permission)
    return get_object_or_404(Offer, pk=pk)


def _imported(offer: Offer, file: UploadedFile) -> int:
    with tempfile.NamedTemporaryFile(suffix=".csv") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        return offers.import_codes(offer, Path(kept.name))


def _noted(request: HttpRequest, offer: Offer, what: str) -> None:
    note(request, offer, what)
    messages.success(request, sentence(what))


def _back(pk: int) -> HttpResponse:
    return redirect("admin:campaigns_offer_change", pk)
