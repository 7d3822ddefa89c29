"""The asset library: a grid of pictures and videos, where uploads are described and get their focal point."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.forms.widgets import Media, Script
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns import assets, languages
from campaigns.admin.pages import PlainAdmin
from campaigns.content_error import ContentError
from campaigns.models import Asset, AssetKind

from .asset_formats import crops
from .asset_pages import PER_PAGE, AssetPages, thumbnail

FACTS = ("kind", "pixels", "weight", "source", "credit", "licence", "uploaded_by", "uploaded_at")


class AssetForm(forms.ModelForm):
    class Meta:
        model = Asset
        fields = ("name", "credit", "licence", "focal_x", "focal_y")
        labels = {"focal_x": "Focal point from the left", "focal_y": "Focal point from the top"}
        help_texts = dict.fromkeys(("focal_x", "focal_y"), "0 to 1, as set in the picture")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in settings.ASSET_LANGUAGES:
            self.fields[f"alt_{language}"].initial = self.instance.alternative_texts.get(language, "")

    def clean(self) -> dict[str, Any]:
        given = {language: self.cleaned_data.get(f"alt_{language}") or "" for language in settings.ASSET_LANGUAGES}
        if all(given.values()):  # what is missing is said at its field
            try:
                self.instance.alternative_texts = assets.checked(given)
            except ContentError as error:
                self.add_error(None, str(error))
        return self.cleaned_data


def form_with_languages() -> type[AssetForm]:
    """The form with a field for the alternative text in every language of the library."""
    fields = {f"alt_{language}": _alternative_text(language) for language in settings.ASSET_LANGUAGES}
    return type("AssetForm", (AssetForm,), fields)


def _alternative_text(language: str) -> forms.CharField:
    return forms.CharField(
        label=f"Alternative text, {languages.LANGUAGES.get(language, language)}",
        max_length=assets.LONGEST_TEXT,
        widget=UnfoldAdminTextInputWidget({"lang": language}),
        help_text="What is to be seen, for those who cannot see it and for mails without pictures",
    )


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("missing", "alternative text missing"), ("ready", "ready to be used"), ("archived", "archived")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "missing":
                return queryset.filter(archived_at=None).exclude(alternative_texts__has_keys=settings.ASSET_LANGUAGES)
            case "ready":
                return queryset & Asset.objects.ready()
            case "archived":
                return queryset.exclude(archived_at=None)
        return queryset.filter(archived_at=None)


@admin.register(Asset)
class AssetAdmin(AssetPages, PlainAdmin):
    change_list_template = "steering/assets.html"
    change_form_outer_before_template = "steering/asset_verbs.html"
    change_form_before_template = "steering/asset_crops.html"
    list_display = ("name",)
    list_filter = ("kind", StateFilter)
    list_per_page = PER_PAGE
    search_fields = ("name", "credit", "alternative_texts")
    actions = None
    warn_unsaved_form = True

    @property
    def media(self) -> Media:
        return super().media + Media(
            js=[Script("campaigns/assets.js", type="module")], css={"all": ["steering/assets.css"]}
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Files are added on the list, several at once."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Asset | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not assets.is_used(obj))

    def delete_model(self, request: HttpRequest, obj: Asset) -> None:
        assets.delete(obj)

    def get_form(self, request: HttpRequest, obj: Asset | None = None, change: bool = False, **kwargs: Any) -> type:
        return super().get_form(request, obj, change, **kwargs | {"form": form_with_languages()})

    def get_fieldsets(self, request: HttpRequest, obj: Asset | None = None) -> list:
        texts = [f"alt_{language}" for language in settings.ASSET_LANGUAGES]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": ("name", "texts", *FACTS)})]
        focal = [("focal_x", "focal_y")] if obj and obj.kind == AssetKind.IMAGE else []
        return [
            (None, {"fields": ("name", *texts, ("credit", "licence"), *focal)}),
            ("File", {"fields": (("kind", "pixels", "weight"), "source", ("uploaded_by", "uploaded_at"))}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Asset | None = None) -> tuple[str, ...]:
        return ("texts", "kind", "pixels", "weight", "source", "uploaded_by", "uploaded_at")

    @display(description="Alternative texts")
    def texts(self, asset: Asset) -> str:
        return format_html_join(" ", "{}: {}", sorted(asset.alternative_texts.items())) or "none yet"

    @display(description="Size")
    def pixels(self, asset: Asset) -> str:
        seconds = f", {asset.seconds:.1f} seconds" if asset.seconds else ""
        return f"{asset.width} x {asset.height} pixels{seconds}"

    @display(description="File")
    def weight(self, asset: Asset) -> str:
        kilobytes = asset.size / 1024
        size = f"{kilobytes / 1024:.1f} MB" if kilobytes >= 1024 else f"{max(1, round(kilobytes))} KB"
        return f"{asset.media_type}, {size}"

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        if hasattr(answer, "context_data") and "cl" in answer.context_data:
            answer.context_data |= {
                "cards": [(asset, thumbnail(asset)) for asset in answer.context_data["cl"].result_list],
                "may_add": request.user.has_perm("campaigns.add_asset"),
                "asset_languages": [(one, languages.LANGUAGES.get(one, one)) for one in settings.ASSET_LANGUAGES],
                "missing_url": f"{reverse('admin:campaigns_asset_changelist')}?state=missing",
            }
        return answer

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        asset = kwargs.get("obj") or context.get("original")
        if asset:
            is_image = asset.kind == AssetKind.IMAGE
            context |= {
                "crops": crops(asset) if is_image else [],
                "used_in": assets.used_in(asset).only("name"),
                "sent_in": assets.sent_in(asset).count(),
                "may_delete": self.has_delete_permission(request, asset),
            }
        return super().render_change_form(request, context, *args, **kwargs)
