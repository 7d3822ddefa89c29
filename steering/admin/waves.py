"""Waves: simulate, approve, start, pause, resume, cancel, and what the plan says; all steps go through steering.waves."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin, back, note, require, sentence
from campaigns.models import Wave, WaveState
from channels import ledger, progress
from channels.models import PrintJob
from steering import long_steps, tasks, waves
from steering.models import Plan, PlanArea
from steering.planning import what_if

from . import curve_words, offer_words, plan_words, timetable_words
from .area_map import AreaMapPages
from .delivery import DeliveryPages
from .stability_words import stability_warning
from .state_colours import WAVE
from .together import TogetherPages

ICONS = {
    "simulate": "calculate",
    "approve": "verified",
    "start": "play_arrow",
    "pause": "pause",
    "resume": "play_arrow",
    "cancel": "cancel",
}
BUSY = {"simulate": "A worker is planning this wave.", "start": "A worker is making the dispatches of this wave."}
BEFORE_START = (WaveState.SIMULATED, WaveState.APPROVED)
CAN_BE_SCHEDULED = (WaveState.DRAFT, WaveState.SIMULATED, WaveState.APPROVED)

OPEN_IN = {"exploration_share": (WaveState.DRAFT,), "arrives_on": (WaveState.DRAFT, WaveState.SIMULATED)}


@admin.register(Wave)
class WaveAdmin(TogetherPages, DeliveryPages, AreaMapPages, PlainAdmin):
    change_form_outer_before_template = "steering/wave.html"
    empty_hint = "Waves are made on the page of a campaign: New wave."
    list_display = ("campaign", "number", "shown_state", "scheduled_at", "started_at", "finished_at", "approved_by")
    list_display_links = ("campaign", "number")
    list_filter = ("state",)
    list_select_related = ("campaign", "approved_by")
    search_fields = ("campaign__name",)
    ordering = ("-pk",)
    fields = ("campaign", "exploration_share", "scheduled_at", "arrives_on")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("campaign", "simulated_by", "approved_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a campaign makes its waves

    def has_delete_permission(self, request: HttpRequest, obj: Wave | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Wave | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state in CAN_BE_SCHEDULED)

    def get_readonly_fields(self, request: HttpRequest, obj: Wave | None = None) -> tuple[str, ...]:
        """The plan was made with the share, and approved for its day of arrival."""
        state = None if obj is None else obj.state
        shut = [name for name, states in OPEN_IN.items() if state not in states]
        return ("campaign", *shut)

    @display(description="State", label=WAVE)
    def shown_state(self, wave: Wave) -> tuple[str, str]:
        return wave.state, wave.get_state_display()

    def pages(self) -> tuple:
        return (*super().pages(), ("<int:pk>/do/<str:verb>/", "do", require_POST(self.do_view)))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        wave = self.get_object(request, object_id)
        context = _context(wave, request) if wave and self.has_view_permission(request, wave) else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def save_model(self, request: HttpRequest, obj: Wave, form: forms.ModelForm, change: bool) -> None:
        """Only what was changed here, and only while it may be: a worker may just be moving the wave on."""
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        open_in = set(CAN_BE_SCHEDULED).intersection(*(OPEN_IN.get(name, CAN_BE_SCHEDULED) for name in changes))
        if changes and not Wave.objects.filter(pk=obj.pk, state__in=open_in).update(**changes):
            messages.error(request, "The wave has moved on meanwhile; nothing was changed.")

    def do_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        require(request, "campaigns.view_wave")
        wave = get_object_or_404(Wave.objects.select_related("campaign__audience"), pk=pk)
        try:
            is_done = long_steps.ask(wave, verb, by=request.user, worker=tasks.take_step.delay)
        except waves.WaveError as error:
            messages.error(request, sentence(error))
        else:
            note(request, wave, verb)
            wave.refresh_from_db()
            progress.forget_wave(pk)
            if is_done:
                messages.success(request, f"{wave} is {wave.state} now.")
        return back(request, "admin:campaigns_wave_change", pk)


def _context(wave: Wave, request: HttpRequest) -> dict[str, Any]:
    plan = Plan.objects.select_related("model_version").filter(wave=wave).first()
    step = long_steps.progress(wave.pk)
    may_see_plan = request.user.has_perm("steering.view_plan")
    return {
        "wave": wave,
        "verbs": [] if step.verb else [_button(verb, wave) for verb in waves.allowed(wave, request.user)],
        "waits_for": _waits_for(wave, request),
        "busy_with": BUSY.get(step.verb, ""),
        "failure": sentence(step.failure),
        "plan": _plan(plan, wave) if plan and may_see_plan else None,
        "has_areas": bool(plan) and may_see_plan and PlanArea.objects.filter(plan=plan).exists(),
        "curve": _curve(plan, wave) if plan and may_see_plan else None,
        "warning": stability_warning(plan) if plan and may_see_plan else None,
        "timetable": timetable_words.of(wave),
        "print_jobs": _print_jobs(wave, request),
        "counts": plan_words.counts(ledger.counts(wave.pk)),
    }


def _print_jobs(wave: Wave, request: HttpRequest) -> QuerySet[PrintJob]:
    if not request.user.has_perm("channels.view_printjob"):
        return PrintJob.objects.none()
    return PrintJob.objects.filter(wave=wave).select_related("vendor").order_by("pk")


def _plan(plan: Plan, wave: Wave) -> dict[str, Any]:
    told, of_offers = plan_words.of(plan, wave.campaign), offer_words.of(wave, plan)
    return told | {"tables": [*told["tables"], of_offers]} if of_offers else told


def _curve(plan: Plan, wave: Wave) -> dict[str, Any] | None:
    """Computed once, when the plan is first looked at before it starts; later it is shown where there is one."""
    if wave.state in BEFORE_START and not what_if.ask(plan, worker=tasks.compute_what_if.delay):
        return {"is_computed": True}
    if plan.what_if and "failure" in plan.what_if:
        return {"failure": sentence(plan.what_if["failure"])}
    return curve_words.of(plan, budget_cents=wave.campaign.budget_cents, currency=wave.campaign.currency)


def _button(verb: str, wave: Wave) -> dict[str, Any]:
    is_again = verb == "simulate" and wave.state == WaveState.SIMULATED
    return {"name": verb, "icon": ICONS[verb], "is_danger": verb == "cancel", "is_again": is_again}


def _waits_for(wave: Wave, request: HttpRequest) -> str:
    """What has to happen next, said to the person who looks."""
    if wave.state == WaveState.SIMULATED and (late := _late(wave)):
        return late
    if wave.state == WaveState.SIMULATED and wave.simulated_by_id == request.user.pk:
        return "Somebody else has to approve this plan."
    if wave.state == WaveState.SIMULATED:
        return "The plan waits for approval."
    if wave.state == WaveState.APPROVED and wave.scheduled_at:
        return "It starts by itself at the time below."
    if wave.state == WaveState.APPROVED and wave.arrives_on:
        return "It starts by itself in time for its day of arrival."
    return "It can be started." if wave.state == WaveState.APPROVED else ""


def _late(wave: Wave) -> str:
    """Why nobody can approve its plan: print would come too late."""
    try:
        waves.refuse_late_print(wave)
    except waves.WaveError as error:
        return f"It cannot be approved like this: {error}."
    return ""
