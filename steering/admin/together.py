"""Waves chosen in the list are planned together: campaigns that compete for the same customers, with a limit for each."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from campaigns.admin.pages import note, require, sentence
from campaigns.models import Wave
from steering import long_steps, tasks, waves

MOST_AT_ONCE = 20  # campaigns
LARGEST_LIMIT = 100


class TogetherForm(forms.Form):
    most = forms.IntegerField(
        label="Most contacts of a customer",
        min_value=1,
        max_value=LARGEST_LIMIT,
        help_text="Over all of these campaigns, in these waves; each campaign gives a customer one thing at most",
        widget=UnfoldAdminIntegerFieldWidget,
    )


class TogetherPages:
    """For the admin of waves: an action of its list, and the page that asks for the limit."""

    actions = ("plan_together",)

    def pages(self) -> tuple:
        return (*super().pages(), ("together/", "together", self.together_view))

    @action(description="Plan together …", permissions=["change"])
    def plan_together(self, request: HttpRequest, queryset: QuerySet[Wave]) -> HttpResponse | None:
        chosen = queryset.select_related("campaign").order_by("pk")[: MOST_AT_ONCE + 1]
        if reason := _reason_against(list(chosen)):
            messages.error(request, reason)
            return None
        ids = ",".join(str(wave.pk) for wave in chosen)
        return redirect(f"{reverse('admin:campaigns_wave_together')}?waves={ids}")

    def together_view(self, request: HttpRequest) -> HttpResponse:
        require(request, "campaigns.change_wave")
        ids = [int(id_) for id_ in request.GET.get("waves", "").split(",")[:MOST_AT_ONCE] if id_.isdecimal()]
        chosen = list(Wave.objects.filter(pk__in=ids).select_related("campaign__audience").order_by("pk"))
        reason = _reason_against(chosen)
        form = TogetherForm(request.POST or None, initial={"most": min(waves.most_contacts(), len(chosen))})
        if request.method == "POST" and not reason and form.is_valid():
            reason = self._plan(request, chosen, form.cleaned_data["most"])
            if not reason:
                return redirect("admin:campaigns_wave_changelist")
        if reason:
            messages.error(request, reason)
        return self.page(request, "steering/together.html", title="Plan together", waves=chosen, form=form)

    def _plan(self, request: HttpRequest, chosen: list[Wave], most: int) -> str:
        """Why it was not done; empty: it is, or a worker is at it."""
        try:
            is_done = long_steps.ask_together(chosen, most, by=request.user, worker=tasks.plan_together.delay)
        except waves.WaveError as error:
            return sentence(error)
        for wave in chosen:
            note(request, wave, "simulate together")
        names = ", ".join(map(str, chosen))
        said = "are planned together now." if is_done else "are planned together by a worker; look again in a while."
        messages.success(request, f"{names} {said}")
        return ""


def _reason_against(chosen: list[Wave]) -> str:
    if len({wave.campaign_id for wave in chosen}) < max(2, len(chosen)):
        return "Choose one wave each of at least two campaigns."
    if len(chosen) > MOST_AT_ONCE:
        return f"At most {MOST_AT_ONCE} campaigns can be planned together."
    if closed := [wave for wave in chosen if wave.state not in waves.STEPS["simulate"].sources]:
        return f"{closed[0]} is {closed[0].state} already."
    return ""


def words(wave_id: int, together: dict[str, Any]) -> str:
    """With which others a wave was planned; empty: alone."""
    if not together:
        return ""
    others = Wave.objects.filter(pk__in=together["waves"]).exclude(pk=wave_id).select_related("campaign")
    times = "once" if together["most"] == 1 else f"{together['most']} times"
    return f"Planned together with {', '.join(map(str, others))}: nobody is contacted more than {times} by all of them."
