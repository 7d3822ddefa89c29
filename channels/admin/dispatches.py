"""The dispatch ledger to look at; uncertain dispatches can be decided, nothing else is changed here."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action, display

from campaigns.admin.pages import BigAdmin, CustomerFilter, ReadOnly, ReadOnlyInline
from campaigns.admin.people import numbered_link, with_names
from campaigns.models.variants import letter
from campaigns.money import shown
from channels import ledger
from channels.models import Attempt, Dispatch, DispatchState

from . import colours
from .names import label
from .uncertain import RESOLVE, UncertainPages
from .waves import ChannelFilter, CodeFilter, ReasonFilter, StateFilter, WaveFilter


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ("number", "at", "outcome", "code", "answer")
    readonly_fields = fields
    ordering = ("pk",)
    verbose_name_plural = "Attempts"
    hide_title = False


SEES_MESSAGE = ("channels.view_dispatch", "campaigns.view_contentversion", "campaigns.view_customer")


@admin.register(Dispatch)
class DispatchAdmin(ReadOnly, UncertainPages, BigAdmin):
    empty_hint = "A wave makes dispatches when it starts, one for each customer who gets something."
    list_display = ("id", "wave", "of", "by", "shown_state", "reason", "attempts", "state_changed_at")
    list_filter = (WaveFilter, ChannelFilter, StateFilter, ReasonFilter, CodeFilter, CustomerFilter)
    list_filter_submit = True
    list_select_related = ("wave__campaign",)
    actions = ("it_was_sent", "it_failed", "queue_it_again")
    inlines = (AttemptInline,)
    fields = (
        ("wave", "of"),
        ("by", "cost"),
        ("state", "reason"),
        ("state_changed_at", "created_at"),
        ("due_at", "deadline_at"),
        ("attempts", "claimed_at"),
        "coupon_code",
        "provider_id",
        ("said", "compared"),
    )
    readonly_fields = ("of", "by", "cost", "said", "compared")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_names(super().get_queryset(request), request, "wave__campaign")

    def get_fields(self, request: HttpRequest, obj: Dispatch | None = None) -> tuple:
        """What it said names the person, so the link is there for who may follow it."""
        return self.fields if request.user.has_perms(SEES_MESSAGE) else (*self.fields[:-1], "compared")

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RESOLVE)

    @display(description="Customer")
    def of(self, dispatch: Dispatch) -> str:
        return numbered_link(dispatch)

    @display(description="Channel")
    def by(self, dispatch: Dispatch) -> str:
        return label(dispatch.channel)

    @display(description="Cost")
    def cost(self, dispatch: Dispatch) -> str:
        return shown(dispatch.cost_cents)

    @display(description="What it said")
    def said(self, dispatch: Dispatch) -> str:
        url = reverse("admin:campaigns_contentversion_sent", args=[dispatch.pk])
        return format_html('<a class="plain-link" href="{}">Show the message</a>', url)

    @display(description="Variant")
    def compared(self, dispatch: Dispatch) -> str:
        return letter(dispatch.variant) if dispatch.variant else "none was compared"

    @display(description="State", label=colours.DISPATCH)
    def shown_state(self, dispatch: Dispatch) -> tuple[str, str]:
        return dispatch.state, dispatch.state.replace("_", " ")

    @action(description="Uncertain: it was sent", permissions=["resolve"])
    def it_was_sent(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._resolve(request, queryset, DispatchState.SENT)

    @action(description="Uncertain: it failed", permissions=["resolve"])
    def it_failed(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._resolve(request, queryset, DispatchState.FAILED)

    @action(description="Uncertain: it had surely not left, queue it again", permissions=["resolve"])
    def queue_it_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._resolve(request, queryset, DispatchState.QUEUED)

    def _resolve(self, request: HttpRequest, queryset: QuerySet, verdict: DispatchState) -> None:
        chosen = list(queryset.values_list("pk", flat=True))
        decided = ledger.resolve(chosen, verdict=verdict, by=request.user)
        left_alone = len(chosen) - decided
        messages.success(request, f"{decided} decided as {verdict.value}." if decided else "None was uncertain.")
        if decided and left_alone:
            messages.warning(request, f"{left_alone} were not uncertain and stay as they are.")
