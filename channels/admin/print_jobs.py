"""Print jobs with their files and items; vendors move them by the API, staff may cancel until production starts."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, IdFilter, ReadOnly, ReadOnlyInline, note, require
from channels import print_files, print_jobs
from channels.access import audit
from channels.models import MailingFile, PrintItem, PrintItemState, PrintJob, PrintReport

from . import colours
from .names import label
from .waves import WaveFilter


class FileInline(ReadOnlyInline):
    model = MailingFile
    fields = ("download", "revision", "rows", "bytes", "sha256", "created_at")
    readonly_fields = fields
    ordering = ("-revision", "name")
    verbose_name_plural = "Files, newest revision first"
    hide_title = False

    @display(description="File")
    def download(self, file: MailingFile) -> str:
        url = reverse("admin:channels_printjob_file", args=[file.job_id, file.pk])
        return format_html('<a class="plain-link" href="{}">{}</a>', url, file.name)


@admin.register(PrintJob)
class PrintJobAdmin(ReadOnly, BigAdmin):
    change_form_outer_before_template = "channels/print_job.html"
    list_display = ("id", "vendor", "wave", "by", "shown_state", "rows", "revision", "created_at", "posted_at")
    list_filter = ("state", "vendor", WaveFilter)
    list_select_related = ("vendor", "wave__campaign")
    inlines = (FileInline,)
    fields = (
        ("vendor", "wave"),
        ("by", "rows"),
        ("state", "state_changed_at"),
        ("revision", "acknowledged_revision"),
        ("posted_pieces", "posted_at"),
        ("posting_receipt", "reject_reason"),
    )
    readonly_fields = ("by",)

    @display(description="Channel")
    def by(self, job: PrintJob) -> str:
        return label(job.channel)

    @display(description="State", label=colours.JOB)
    def shown_state(self, job: PrintJob) -> tuple[str, str]:
        return job.state, job.state.replace("_", " ")

    def pages(self) -> tuple:
        return (
            ("<int:pk>/cancel/", "cancel", require_POST(self.cancel_view)),
            ("<int:pk>/files/<int:file_pk>/", "file", self.file_view),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        if job is not None and request.method == "GET" and self.has_view_permission(request, job):
            audit.note(request.user, "staff-view", job, request=request)
        may_cancel = job is not None and request.user.has_perm("channels.change_printjob")
        context = {
            "job": job,
            "item_sums": _sums(job) if job else [],
            "may_cancel": may_cancel and job.state in print_jobs.BEFORE_PRODUCTION,
        }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "channels.change_printjob")
        job = get_object_or_404(PrintJob, pk=pk)
        try:
            print_jobs.cancel(pk)
        except print_jobs.Refused as refusal:
            messages.error(request, f"{refusal}.")
        else:
            note(request, job, "cancelled")
            messages.success(request, f"Job {pk} is cancelled; its dispatches will not go out.")
        return redirect("admin:channels_printjob_change", pk)

    def file_view(self, request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
        """Files hold names and addresses, so it is noted who took one."""
        require(request, "channels.view_mailingfile")
        file = get_object_or_404(MailingFile, pk=file_pk, job_id=pk)
        try:
            content = print_files.location(file).open("rb")
        except FileNotFoundError as error:
            raise Http404("this file was purged") from error
        note(request, file, "downloaded")
        audit.note(request.user, "staff-download", file.job, request=request, file=file.pk)
        return FileResponse(content, as_attachment=True, filename=file.name, content_type=file.media_type)


def _sums(job: PrintJob) -> list[dict[str, Any]]:
    """Items and pieces by state."""
    sums = PrintItem.objects.filter(job=job).values("state").annotate(items=Count("pk"), pieces=Sum("quantity"))
    labels = dict(PrintItemState.choices)
    return [row | {"label": labels[row["state"]]} for row in sums.order_by("state")]


class JobFilter(IdFilter):
    title = "job id"
    parameter_name = "job"
    field = "job_id"


class ItemStateFilter(admin.SimpleListFilter):
    """Within a job only: the index begins with it."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return PrintItemState.choices if request.GET.get("job") else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(state=self.value()) if self.value() and request.GET.get("job") else queryset


class ReportInline(ReadOnlyInline):
    model = PrintReport
    fields = ("reported_at", "state", "reason", "event_id", "recorded_at")
    readonly_fields = fields
    ordering = ("pk",)
    verbose_name_plural = "What the vendor reported"
    hide_title = False


@admin.register(PrintItem)
class PrintItemAdmin(ReadOnly, BigAdmin):
    list_display = ("id", "job_id", "sequence", "dispatch_id", "delivery_area", "quantity", "state", "reason")
    list_filter = (JobFilter, ItemStateFilter)
    list_filter_submit = True
    list_select_related = ("delivery_area",)
    inlines = (ReportInline,)
    fields = (("job", "sequence"), ("dispatch", "delivery_area"), ("quantity", "state"), ("reason", "state_changed_at"))
