"""Contents: blocks written once, checked as they are saved, with images, and previewed on every channel."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns import assets, blocks, drafts
from campaigns.admin.pages import PlainAdmin, require
from campaigns.models import Content, ContentVersion
from channels import previews, registry

from . import drafting, live
from .content_form import ContentForm, in_use, in_words
from .content_workflow import WorkflowPages
from .drafting import DraftPages
from .editing import EditorPages
from .live import LivePages
from .previews import PreviewPages
from .sent_messages import SentPages


@admin.register(Content)
class ContentAdmin(WorkflowPages, DraftPages, LivePages, EditorPages, PreviewPages, PlainAdmin):
    form = ContentForm
    change_form_template = "steering/content_form.html"
    change_form_outer_before_template = "steering/content_verbs.html"
    empty_hint = "A content is written once, as blocks; every channel makes its own of it."
    list_display = ("name", "shown_state", "kinds", "created_by", "updated_at")
    list_filter = ("state",)
    list_select_related = ("created_by",)
    search_fields = ("name",)
    readonly_fields = ("kinds",)

    def get_fields(self, request: HttpRequest, obj: Content | None = None) -> tuple[str, ...]:
        """Who cannot change the blocks looks at the preview."""
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return ("name", "description", "blocks", "seen") if may_write else ("name", "description", "kinds")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        may_write = "name" in form.fields
        more = {
            "live": live.context(request, context.get("original")),
            "may_write": may_write,
            "named": [form[name] for name in ("name", "description")] if may_write else [],
            "theirs": getattr(form, "theirs", None),
            **(drafting.context(request, context.get("original"), form) if may_write else {}),
        }
        return super().render_change_form(request, context | more, *args, **kwargs)

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
        drafts.drop(request.user, obj if change else None)
        others = [name for name in registry.CHANNELS if name not in in_use(obj)]
        for problem in previews.problems(obj.blocks, others):
            messages.warning(request, f"Saved, but not for every channel yet. {in_words(problem, obj.blocks)}")

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
class ContentVersionAdmin(SentPages, PreviewPages, PlainAdmin):
    """What was sent, or may be: made when a content is approved, never changed."""

    change_form_outer_before_template = "steering/content_verbs.html"
    list_display = ("content", "number", "submitted_by", "approved_by", "created_at")
    list_select_related = ("content", "submitted_by", "approved_by")
    list_filter = ("content",)
    ordering = ("-pk",)
    fields = (("content", "number"), ("submitted_by", "approved_by"), "created_at", "confirmed_warnings")
    readonly_fields = ("confirmed_warnings",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("content", "submitted_by", "approved_by")

    @display(description="Warnings that were confirmed")
    def confirmed_warnings(self, version: ContentVersion) -> str:
        return "; ".join(f"{one['channel']} {one['reason']}".strip() for one in version.confirmed) or "none"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ContentVersion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ContentVersion | None = None) -> bool:
        return False
