"""Imports: upload a file, try it, watch it, and get a report of what was wrong."""

from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files import File
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns import importing
from campaigns.models import ImportMapping, ImportRun
from campaigns.tasks import run_import

from .pages import PlainAdmin, note, require

STATE_COLOURS = {"waiting": "info", "running": "info", "done": "success", "refused": "warning", "failed": "danger"}
IN_PROGRESS = (ImportRun.State.WAITING, ImportRun.State.RUNNING)


class RunForm(forms.ModelForm):
    """Ours is the file of this request only; importing.start() keeps it."""

    file = forms.FileField(help_text="CSV, XLSX, JSON lines or GeoJSON, as the mapping says", required=True)

    class Meta:
        model = ImportRun
        fields = ("mapping", "file", "is_dry_run", "skips_bad_rows")
        labels = {"is_dry_run": "Only try it", "skips_bad_rows": "Leave bad rows out"}
        help_texts = {"mapping": "Says which column means what. Under Import mappings a new one is made from a file."}


@admin.register(ImportRun)
class ImportRunAdmin(PlainAdmin):
    form = RunForm
    change_form_outer_before_template = "campaigns/import_run.html"
    list_display = (
        "file_name",
        "mapping",
        "shown_state",
        "how",
        "rows_read",
        "rows_bad",
        "started_by",
        "created_at",
    )
    list_filter = ("state", "mapping__kind")
    list_select_related = ("mapping", "started_by")
    add_fieldsets = ((None, {"fields": ("mapping", "file", "is_dry_run", "skips_bad_rows")}),)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("mapping", "file_name"),
                    ("how", "of_bad_rows"),
                    ("started_by", "created_at"),
                    "finished_at",
                )
            },
        ),
    )

    readonly_fields = ("how", "of_bad_rows")

    @display(description="How")
    def how(self, run: ImportRun) -> str:
        return "trial" if run.is_dry_run else "for good"

    @display(description="Bad rows")
    def of_bad_rows(self, run: ImportRun) -> str:
        return "are left out" if run.skips_bad_rows else "refuse the file"

    @display(description="State", label=STATE_COLOURS)
    def shown_state(self, run: ImportRun) -> tuple[str, str]:
        return run.state, run.get_state_display()

    def has_change_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A trial is offered first; it can then be repeated for good."""
        return {"is_dry_run": True} | super().get_changeform_initial_data(request)

    def pages(self) -> tuple:
        return (
            ("<int:pk>/errors/", "errors", self.errors_view),
            ("<int:pk>/again/", "again", require_POST(self.again_view)),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        context = {"run": run, "in_progress": run is not None and run.state in IN_PROGRESS}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def save_model(self, request: HttpRequest, obj: ImportRun, form: forms.ModelForm, change: bool) -> None:
        made = start(
            form.cleaned_data["file"],
            obj.mapping,
            request,
            dry_run=obj.is_dry_run,
            skip_bad=obj.skips_bad_rows,
        )
        obj.pk, obj.file_name, obj.state = made.pk, made.file_name, made.state

    def response_add(self, request: HttpRequest, obj: ImportRun, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:campaigns_importrun_change", obj.pk)

    def errors_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "campaigns.view_importrun")
        run = get_object_or_404(ImportRun, pk=pk)
        if not run.error_report:
            raise Http404
        return FileResponse(run.error_report.open("rb"), as_attachment=True, filename=f"errors-{pk}.csv")

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """After a trial: the same file for good."""
        require(request, "campaigns.add_importrun")
        tried = get_object_or_404(ImportRun.objects.select_related("mapping"), pk=pk, state=ImportRun.State.DONE)
        if not (tried.is_dry_run and tried.file and Path(tried.file.path).is_file()):
            messages.warning(request, "Only a trial can be repeated for good, while its file is kept.")
            return redirect("admin:campaigns_importrun_change", pk)
        with tried.file.open("rb") as file:
            made = start(
                File(file, tried.file_name), tried.mapping, request, dry_run=False, skip_bad=tried.skips_bad_rows
            )
        note(request, made, f"started again after the trial {pk}")
        return redirect("admin:campaigns_importrun_change", made.pk)


def start(file: File, mapping: ImportMapping, request: HttpRequest, *, dry_run: bool, skip_bad: bool) -> ImportRun:
    """A worker imports the file."""
    with transaction.atomic():
        made = importing.start(file, mapping, dry_run=dry_run, skip_bad=skip_bad, user=request.user)
        # Robust: the run stays and says that it waits, also where no broker takes the message.
        transaction.on_commit(lambda: run_import.delay(made.pk), robust=True)
    return made
