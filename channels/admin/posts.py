"""Posts: planned from a campaign's content, looked at as they will be, approved by a second person, followed."""

from base64 import b64encode
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin, note, require, sentence
from channels import calls, queues
from channels.models import PostState, SocialPost
from channels.social import posting, posts

COLOURS = {
    "draft": "warning",
    "approved": "info",
    "publishing": "info",
    "scheduled": "info",
    "published": "success",
    "withdrawing": "info",
    "failed": "danger",
    "uncertain": "warning",
}
VERBS = {"approve": posts.approve, "cancel": posts.cancel, "revise": posts.revise, "withdraw": posts.withdraw}
DONE = {
    "approve": "approved; it goes out at its time",
    "cancel": "cancelled",
    "revise": "a draft again, with what the content says now; somebody else approves it",
    "withdraw": "being taken down",
}


class PostForm(forms.ModelForm):
    """plan() decides what may be planned, so the form asks it."""

    class Meta:
        model = SocialPost
        fields = ("campaign", "wave", "account", "publish_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "account" in self.fields:
            self.fields["account"].queryset = posting.usable_accounts()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            try:
                with transaction.atomic():
                    self.plan()
                    transaction.set_rollback(True)  # only asked
            except posts.PostError as error:
                raise forms.ValidationError(sentence(error)) from error
        return cleaned

    def plan(self) -> SocialPost:
        asked = self.cleaned_data
        return posts.plan(
            asked["campaign"],
            asked["account"],
            by=self.by,
            wave=asked.get("wave"),
            publish_at=asked.get("publish_at"),
        )


@admin.register(SocialPost)
class SocialPostAdmin(PlainAdmin):
    form = PostForm
    change_form_outer_before_template = "channels/social_post.html"
    empty_hint = "A post says a campaign's content to everybody, on a network account."
    list_display = ("id", "campaign", "account", "shown_state", "publish_at", "published_at", "link", "answer")
    list_filter = ("state", "account")
    list_select_related = ("campaign", "account")
    ordering = ("-pk",)
    autocomplete_fields = ("campaign",)
    raw_id_fields = ("wave",)
    add_fieldsets = ((None, {"fields": (("campaign", "wave"), "account", "publish_at")}),)
    fields = (
        ("campaign", "wave"),
        ("version", "account"),
        ("publish_at", "published_at"),
        ("planned_by", "approved_by"),
        ("attempts", "provider_id"),
        ("link", "answer"),
    )
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """By verbs only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [name for row in self.fields for name in row] if obj else ()

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        return type("PostForm", (super().get_form(request, obj, change, **kwargs),), {"by": request.user})

    @display(description="State", label=COLOURS)
    def shown_state(self, post: SocialPost) -> tuple[str, str]:
        return post.state, PostState(post.state).label

    @display(description="Link")
    def link(self, post: SocialPost) -> str:
        if not post.url.startswith(("https://", "http://")):
            return "-"
        return format_html('<a class="plain-link" href="{}" rel="noopener noreferrer">{}</a>', post.url, "look at it")

    def pages(self) -> tuple:
        return (
            ("<int:pk>/decide/", "decide", require_POST(self.decide_view)),
            ("<int:pk>/do/<slug:verb>/", "do", require_POST(self.do_view)),
        )

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> SocialPost:
        super().save_form(request, form, change)
        return form.plan()

    def save_model(self, request: HttpRequest, obj: SocialPost, form: Any, change: bool) -> None:
        """plan() saved it."""

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        note(request, obj, "planned", flag=ADDITION)

    def response_add(self, request: HttpRequest, obj: SocialPost, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, "Planned. It goes out when somebody else has approved it.")
        return redirect("admin:channels_socialpost_change", obj.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        post = self.get_object(request, object_id)
        context = {"post": post, "seen": _seen(post), "verbs": posts.allowed(post, request.user)} if post else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def do_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        post = get_object_or_404(SocialPost, pk=pk)
        require(request, posts.APPROVE if verb == "approve" else posts.PLAN)
        if verb not in VERBS:
            messages.error(request, "There is no such step.")
            return redirect("admin:channels_socialpost_change", pk)
        return self._answer(request, post, verb, lambda: VERBS[verb](pk, by=request.user), DONE[verb])

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, posts.APPROVE)
        post, verdict = get_object_or_404(SocialPost, pk=pk), request.POST.get("verdict", "")
        return self._answer(
            request, post, f"decided as {verdict}", lambda: posts.decide(pk, verdict, by=request.user), "decided"
        )

    def _answer(self, request: HttpRequest, post: SocialPost, what: str, act: Any, done: str) -> HttpResponse:
        try:
            act()
        except posts.PostError as error:
            messages.error(request, sentence(error))
        else:
            note(request, post, what)
            messages.success(request, f"Post {post.pk} is {done}.")
            calls.call(queues.SEND_CHANNEL, "social")
        return redirect("admin:channels_socialpost_change", post.pk)


def _seen(post: SocialPost) -> dict[str, str]:
    """As it will be out; why it cannot be, where content that was fine is not any more."""
    try:
        parts = posts.preview(post).parts
    except posts.PostError as error:
        return {"problem": str(error)}
    image = parts["image"]
    shown = f"data:image/png;base64,{b64encode(image).decode()}" if isinstance(image, bytes) else ""
    return {"text": str(parts["text"]), "image": shown}
