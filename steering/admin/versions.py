"""Versions of the uplift model: how good they are, which one decides, and training a new one."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import localize
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin, ReadOnly, note, require, sentence
from steering import champion, tasks, trainings
from steering.logbook import LearningError
from steering.models import ModelVersion

from . import version_words

PROMOTE = "steering.promote_modelversion"


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnly, PlainAdmin):
    change_list_template = "steering/models.html"
    change_form_outer_before_template = "steering/model.html"
    list_display = (
        "number", "role", "trained_at", "trained_on_rows", "added_value", "promoted_at", "promoted_by",
    )  # fmt: skip
    list_select_related = ("promoted_by",)
    fields = (
        ("trained_at", "trained_by", "trained_on_rows"),
        ("first_wave_at", "last_wave_at", "known_until"),
        ("promoted_at", "promoted_by"),
        "fingerprint",
    )
    readonly_fields = ("first_wave_at", "last_wave_at", "known_until")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Without the model itself, which is large and says nothing to people."""
        versions = super().get_queryset(request).defer("model", "reference")
        return versions.select_related("promoted_by", "trained_by")

    @display(description="Learned from waves since")
    def first_wave_at(self, version: ModelVersion) -> datetime | None:
        return version.window_from_at

    @display(description="Until")
    def last_wave_at(self, version: ModelVersion) -> datetime | None:
        return version.window_to_at

    @display(description="Knows nothing that happened after")
    def known_until(self, version: ModelVersion) -> datetime:
        return version.known_until_at

    @display(description="", label={"champion": "success", "challenger": "info"})
    def role(self, version: ModelVersion) -> str:
        return version_words.role(version)

    @display(description="Earns per customer, against no contact")
    def added_value(self, version: ModelVersion) -> str:
        added = version.metrics.get("against", {}).get("nobody")
        return version_words.estimated(added) if added else ""

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
        may_see = version is not None and self.has_view_permission(request, version)
        context = {"version": version} | (version_words.of(version) if may_see else {})
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        context = {"training": trainings.standing()}
        return super().changelist_view(request, (extra_context or {}) | context)

    def train_view(self, request: HttpRequest) -> HttpResponse:
        require(request, PROMOTE)
        if since := trainings.standing().under_way_since:  # two would leave no worker for anything else
            messages.warning(
                request, f"A training is under way since {localize(timezone.localtime(since))}: wait for it."
            )
            return redirect("admin:steering_modelversion_changelist")
        tasks.train_model.delay(request.user.pk)
        messages.success(
            request, "A worker trains a new model; it appears here and decides nothing before it is promoted."
        )
        return redirect("admin:steering_modelversion_changelist")

    def promote_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, PROMOTE)
        try:
            version = champion.promote(pk, by=request.user)
        except LearningError as error:
            messages.error(request, sentence(error))
        else:
            note(request, version, "promoted")
            messages.success(request, f"Model {version.number} decides from now on.")
        return redirect("admin:steering_modelversion_changelist")

    def roll_back_view(self, request: HttpRequest) -> HttpResponse:
        require(request, PROMOTE)
        try:
            version = champion.roll_back(by=request.user)
        except LearningError as error:
            messages.error(request, sentence(error))
        else:
            note(request, version, "rolled back to")
            messages.success(request, f"Model {version.number} decides again.")
        return redirect("admin:steering_modelversion_changelist")
