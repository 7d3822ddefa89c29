"""Triggers: written as a form, read back as a sentence, approved by a second person; and what became of each firing."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.admin.pages import (
    BigAdmin,
    CustomerFilter,
    IdFilter,
    PlainAdmin,
    ReadOnly,
    back,
    note,
    require,
    sentence,
)
from campaigns.models import EventKind
from steering import triggers
from steering.models import Firing, Outcome, Trigger, TriggerState
from steering.triggers import answering, conditions, words

COLOURS = {TriggerState.DRAFT: "info", TriggerState.ACTIVE: "success", TriggerState.PAUSED: "warning"}
ENDS = {Outcome.CONTACTED: "success", Outcome.WAITING: "info", Outcome.LATE: "danger"}
PERMISSIONS = {"approve": "approve_trigger", "pause": "run_trigger", "resume": "run_trigger"}
VERBS = {
    TriggerState.DRAFT: ("approve", "verified"),
    TriggerState.ACTIVE: ("pause", "pause"),
    TriggerState.PAUSED: ("resume", "play_arrow"),
}
WORDS = {"approve": "It fires from now on.", "pause": "It fires no more.", "resume": "It fires again."}


class WaitField(forms.CharField):
    """Minutes, written as a span of time."""

    def prepare_value(self, value: Any) -> Any:
        return words.span(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        try:
            return words.minutes_of(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ConditionsField(forms.CharField):
    """One condition a line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(conditions.lines(value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[dict[str, Any]]:
        try:
            return conditions.parse(super().clean(value))
        except conditions.ConditionError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def _kinds(label: str, help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=EventKind.choices, required=False, help_text=help_text,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )  # fmt: skip


class TriggerForm(forms.ModelForm):
    wait_minutes = WaitField(
        label="How long after",
        required=False,
        initial="at once",
        help_text="30 minutes, 3 days, 14 days before, at once",
        widget=UnfoldAdminTextInputWidget,
    )
    conditions = ConditionsField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="One a line, all must hold: “ink_percent at most 15”, “product is one of X200, X300”, “value at least 50”",
    )
    unless_kinds = _kinds("Unless", "Nothing is sent if one of these came meanwhile")
    only_if_kinds = _kinds("Only if", "Something is sent only if one of these came meanwhile")

    class Meta:
        model = Trigger
        fields = (
            "campaign", "name", "event_kind", "after_campaign", "conditions", "wait_minutes", "count_from", "unless_kinds",
            "only_if_kinds", "once_in_days", "valid_hours", "active_from_at", "active_until_at",
        )  # fmt: skip
        labels = {
            "count_from": "Of a date in",
            "once_in_days": "Days between two",
            "valid_hours": "Hours of worth",
            "active_from_at": "From",
            "active_until_at": "Until",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        campaign = cleaned.get("campaign")
        if campaign and (reason := triggers.why_not(campaign)):
            self.add_error("campaign", reason)
        return cleaned


@admin.register(Trigger)
class TriggerAdmin(PlainAdmin):
    form = TriggerForm
    change_form_outer_before_template = "steering/trigger.html"
    empty_hint = "A trigger starts a campaign for single customers by what they do."
    list_display = ("name", "campaign", "sentence", "shown_state", "fired", "waiting")
    list_filter = ("state",)
    list_select_related = ("campaign", "after_campaign")
    search_fields = ("name", "campaign__name")
    autocomplete_fields = ("campaign", "after_campaign")
    readonly_fields = ("sentence", "written_by", "approved_by", "approved_at")
    ordering = ("-campaign_id", "id")
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": (("campaign", "name"),)}),
        (
            "What starts it",
            {"fields": (("event_kind", "after_campaign"), "conditions", ("wait_minutes", "count_from"))},
        ),
        ("What prevents it", {"fields": (("unless_kinds", "only_if_kinds"), ("once_in_days", "valid_hours"))}),
        ("When it is active", {"fields": ("active_from_at", "active_until_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        related = ("campaign", "after_campaign", "written_by", "approved_by")
        return super().get_queryset(request).select_related(*related)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Counts the firings of all triggers of the page by one query."""
        page = super().get_changelist_instance(request)
        counted = answering.counts([trigger.pk for trigger in page.result_list])
        for trigger in page.result_list:
            trigger.counted = counted.get(trigger.pk, {})
        return page

    def get_fieldsets(self, request: HttpRequest, obj: Trigger | None = None) -> tuple:
        """Who may only look reads the sentence, which stands above."""
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return super().get_fieldsets(request, obj) if may_write else ((None, {"fields": (("campaign", "name"),)}),)

    def has_delete_permission(self, request: HttpRequest, obj: Trigger | None = None) -> bool:
        return False  # what it did stays to be looked at; it is paused instead

    @display(description="In words")
    def sentence(self, trigger: Trigger) -> str:
        return triggers.in_words(trigger)

    @display(description="State", label=COLOURS)
    def shown_state(self, trigger: Trigger) -> tuple[str, str]:
        return trigger.state, trigger.get_state_display()

    @display(description="Contacted")
    def fired(self, trigger: Trigger) -> int:
        return trigger.counted.get(Outcome.CONTACTED, 0)

    @display(description="Wait")
    def waiting(self, trigger: Trigger) -> int:
        return trigger.counted.get(Outcome.WAITING, 0)

    def pages(self) -> tuple:
        return (("<int:pk>/do/<str:verb>/", "do", require_POST(self.do_view)),)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        trigger = self.get_object(request, object_id)
        context = _context(trigger, request) if trigger and self.has_view_permission(request, trigger) else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def save_model(self, request: HttpRequest, obj: Trigger, form: forms.ModelForm, change: bool) -> None:
        """Whoever changes what a trigger says makes it a draft, which a second person approves."""
        if change and not form.changed_data:
            return
        obj.condition_path = conditions.path(obj.conditions)
        obj.state, obj.written_by, obj.approved_by, obj.approved_at = TriggerState.DRAFT, request.user, None, None
        super().save_model(request, obj, form, change)

    def do_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        require(request, f"steering.{PERMISSIONS.get(verb, 'run_trigger')}")
        try:
            triggers.act(pk, verb, by=request.user)
        except triggers.TriggerError as error:
            messages.error(request, sentence(error))
        else:
            note(request, Trigger(pk=pk), verb)
            messages.success(request, WORDS[verb])
        return back(request, "admin:steering_trigger_changelist")


def _context(trigger: Trigger, request: HttpRequest) -> dict[str, Any]:
    verb, icon = VERBS[TriggerState(trigger.state)]
    may = request.user.has_perm(f"steering.{PERMISSIONS[verb]}")
    is_own = verb == "approve" and trigger.written_by_id == request.user.pk
    counted = answering.counts([trigger.pk]).get(trigger.pk, {})
    return {
        "trigger": trigger,
        "sentence": triggers.in_words(trigger),
        "verb": verb if may and not is_own else "",
        "icon": icon,
        "waits_for": "A second person has to approve this trigger."
        if verb == "approve" and (is_own or not may)
        else "",
        "outcomes": [(outcome, Outcome(outcome).label, counted.get(outcome, 0)) for outcome in Outcome],
        "may_see_firings": request.user.has_perm("steering.view_firing"),
    }


class TriggerFilter(IdFilter):
    title = "trigger id"
    parameter_name = "trigger"
    field = "trigger_id"


@admin.register(Firing)
class FiringAdmin(ReadOnly, BigAdmin):
    empty_hint = "No trigger has been set off yet."
    list_display = ("pk", "trigger", "of", "occurred_at", "due_at", "shown_outcome", "ended_at", "wave")
    list_display_links = None
    list_filter = ("outcome", TriggerFilter, CustomerFilter)
    list_select_related = ("trigger", "wave__campaign")

    @display(description="Customer")
    def of(self, firing: Firing) -> str:
        return f"customer {firing.customer_id}"

    @display(description="What became of it", label=ENDS)
    def shown_outcome(self, firing: Firing) -> tuple[str, str]:
        return firing.outcome, firing.get_outcome_display()
