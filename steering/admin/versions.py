"""Versions of the uplift model: how good they are, which one decides, and training a new one."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin, ReadOnly, note, require
from campaigns.money import shown
from channels.admin.names import label
from steering import learning, tasks
from steering.models import ModelVersion

from .plan_words import table

PROMOTE = "steering.promote_modelversion"


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly, PlainAdmin):
    change_list_template = "steering/models.html"
    change_form_outer_before_template = "steering/model.html"
    list_display = ("number", "role", "trained_at", "trained_on_rows", "policy_value", "promoted_at", "promoted_by")
    list_select_related = ("promoted_by",)
    fields = (
        ("trained_at", "trained_on_rows"),
        ("window_from_at", "window_to_at"),
        ("promoted_at", "promoted_by"),
        "fingerprint",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Without the model itself, which is large and says nothing to people."""
        return super().get_queryset(request).defer("model").select_related("promoted_by")

    @display(description="", label={"decides": "success"})
    def role(self, version: ModelVersion) -> str:
        return "decides" if version.is_champion else ""

    @display(description="Its decisions earn, per customer")
    def policy_value(self, version: ModelVersion) -> str:
        policy = version.metrics.get("policy")
        if not policy:
            return ""
        return f"{shown(policy['value_cents'])} ({shown(policy['low_cents'])} to {shown(policy['high_cents'])})"

    def pages(self) -> tuple:
        return (
            ("train/", "train", require_POST(self.train_view)),
            ("roll-back/", "roll_back", require_POST(self.roll_back_view)),
            ("<int:pk>/promote/", "promote", require_POST(self.promote_view)),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        context = {"version": version, "tables": _tables(version) if version else []}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def train_view(self, request: HttpRequest) -> HttpResponse:
        require(request, PROMOTE)
        tasks.train_model.delay()
        messages.success(
            request, "A worker trains a new model; it appears here and decides nothing before it is promoted."
        )
        return redirect("admin:steering_modelversion_changelist")

    def promote_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PROMOTE)
        try:
            version = learning.promote(pk, by=request.user)
        except learning.LearningError as error:
            messages.error(request, f"{error}.")
        else:
            note(request, version, "promoted")
            messages.success(request, f"Model {version.number} decides from now on.")
        return redirect("admin:steering_modelversion_changelist")

    def roll_back_view(self, request: HttpRequest) -> HttpResponse:
        require(request, PROMOTE)
        try:
            version = learning.roll_back(by=request.user)
        except learning.LearningError as error:
            messages.error(request, f"{error}.")
        else:
            note(request, version, "rolled back to")
            messages.success(request, f"Model {version.number} decides again.")
        return redirect("admin:steering_modelversion_changelist")


def _tables(version: ModelVersion) -> list[dict[str, Any]]:
    return [_policy(version.metrics.get("policy") or {}), _channels(version.metrics.get("options") or {})]


def _policy(policy: dict[str, float]) -> dict[str, Any]:
    names = {
        "value_cents": "By this model",
        "random_cents": "At random",
        "nobody_cents": "Nobody contacted",
    }
    rows = [[label, shown(policy[name])] for name, label in names.items() if name in policy]
    interval = (
        f"95 % interval of the model's: {shown(policy['low_cents'])} to {shown(policy['high_cents'])}."
        if "low_cents" in policy
        else ""
    )
    note = (
        f"Sales per customer, estimated without bias from logged decisions that were left out of training. {interval}"
    )
    return table("What its decisions would have brought", ["Who is contacted", "Per customer"], rows, note=note)


def _channels(options: dict[str, dict[str, Any]]) -> dict[str, Any]:
    rows = [
        [
            label(name),
            f"{metrics.get('contacted', 0):,}",
            *(_number(metrics.get(key)) for key in ("qini_cents", "auuc_cents", "pooled_cents")),
        ]
        for name, metrics in options.items()
    ]
    note = (
        "Qini and area under the uplift curve say how well customers are ranked by what contacting adds: above zero is "
        "better than chance. The average effect is that of contacting everybody."
    )
    return table("By channel", ["Channel", "Contacted", "Qini", "Area under uplift", "Average effect"], rows, note=note)


def _number(cents: float | None) -> str:
    return "" if cents is None else shown(cents)
