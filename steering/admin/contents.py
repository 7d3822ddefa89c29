"""Contents: blocks written once, checked as they are saved, with images, and previewed on every channel."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns import assets, blocks, personalise
from campaigns.admin.editors import EditorField, EditorWidget
from campaigns.admin.pages import PlainAdmin, require
from campaigns.models import Content, ContentVersion, Option
from channels import previews, registry
from channels.previews import Problem

from .previews import PreviewPages


def vocabulary() -> dict[str, Any]:
    """What the editor of blocks offers."""
    return {
        "types": [
            {
                "name": name,
                "label": block_type.label,
                "fields": [
                    {
                        "name": field_name,
                        "label": field.label,
                        "kind": field.kind.value,
                        "required": field.required,
                        "longest": field.longest,
                    }
                    for field_name, field in block_type.fields.items()
                ],
            }
            for name, block_type in blocks.BLOCK_TYPES.items()
        ],
        "channels": registry.choices(),
        "image_url": reverse("admin:campaigns_content_image"),
        "placeholders": [
            {"name": name, "label": field.label, "may_be_empty": field.may_be_empty}
            for name, field in personalise.FIELDS.items()
        ],
    }


class ContentForm(forms.ModelForm):
    blocks = EditorField(
        initial=[],
        widget=EditorWidget("block", vocabulary),
        help_text="Written once, in this order. Where a channel needs other words, say so under “Otherwise on”.",
    )

    class Meta:
        model = Content
        fields = ("name", "description", "blocks")
        widgets = {"description": UnfoldAdminTextareaWidget({"rows": 2})}

    def clean_blocks(self) -> Any:
        """What is wrong anywhere is refused; and what a campaign that uses this content could not send any more."""
        written = self.cleaned_data["blocks"]
        if not written:
            raise forms.ValidationError("Write at least one block.")
        found = previews.problems(written, channels_in_use(self.instance))
        if found:
            raise forms.ValidationError([in_words(problem) for problem in found])
        return written


def channels_in_use(content: Content) -> list[str]:
    """Channels on which campaigns that are not archived send this content."""
    if content.pk is None:
        return []
    shows_it = Q(content=content) | Q(content=None, campaign__content=content)
    in_use = Option.objects.filter(shows_it, campaign__is_archived=False)
    return sorted(set(in_use.values_list("channel", flat=True)) & registry.CHANNELS.keys())


def in_words(problem: Problem) -> str:
    label = f"{registry.get(problem.channel).label}: " if problem.channel else ""
    return f"{label}{problem.path}: {problem.reason}" if problem.path else f"{label}{problem.reason}"


@admin.register(Content)
class ContentAdmin(PreviewPages, PlainAdmin):
    form = ContentForm
    change_form_outer_before_template = "steering/content_verbs.html"
    list_display = ("name", "kinds", "created_by", "updated_at")
    list_select_related = ("created_by",)
    search_fields = ("name",)
    readonly_fields = ("kinds",)
    warn_unsaved_form = True

    def get_fields(self, request: HttpRequest, obj: Content | None = None) -> tuple[str, ...]:
        """Who cannot change the blocks looks at the preview."""
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return ("name", "description", "blocks") if may_write else ("name", "description", "kinds")

    @display(description="Blocks")
    def kinds(self, content: Content) -> str:
        labels = {name: block_type.label for name, block_type in blocks.BLOCK_TYPES.items()}
        return ", ".join(labels.get(block.get("type"), "?") for block in content.blocks if isinstance(block, dict))

    def pages(self) -> tuple:
        return (*super().pages(), ("images/", "image", require_POST(self.image_view)))

    def save_model(self, request: HttpRequest, obj: Content, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)
        others = [name for name in registry.CHANNELS if name not in channels_in_use(obj)]
        for problem in previews.problems(obj.blocks, others):
            messages.warning(request, f"Saved, but not for every channel yet. {in_words(problem)}")

    def image_view(self, request: HttpRequest) -> HttpResponse:
        """Put an image into the library and say by which source blocks refer to it."""
        if not request.user.has_perm("campaigns.add_content"):
            require(request, "campaigns.change_content")
        file = request.FILES.get("image")
        if not isinstance(file, UploadedFile):
            return JsonResponse({"error": "Choose a PNG or JPEG file."}, status=400)
        if file.size > assets.LARGEST:
            return JsonResponse({"error": f"It is larger than {assets.LARGEST // 1024 // 1024} MB."}, status=400)
        try:
            source = assets.add(file.read(), name=file.name or "", by=request.user).source
        except blocks.ContentError as error:
            return JsonResponse({"error": f"It {error.reason}."}, status=400)
        return JsonResponse({"source": source, "url": f"/{source}"})


@admin.register(ContentVersion)
class ContentVersionAdmin(PreviewPages, PlainAdmin):
    """What was sent: made when a wave is approved, never changed."""

    change_form_outer_before_template = "steering/content_verbs.html"
    list_display = ("content", "number", "created_at")
    list_select_related = ("content",)
    list_filter = ("content",)
    ordering = ("-pk",)
    fields = (("content", "number"), "created_at")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("content")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ContentVersion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ContentVersion | None = None) -> bool:
        return False
