"""Print jobs with their files and withdrawals; vendors move them by the API, staff finish, date and cancel them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet, Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import localize
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns import money
from campaigns.admin.pages import BigAdmin, PagedInline, ReadOnly, ReadOnlyInline, note, require, sentence
from channels import print_files, print_jobs
from channels.access import audit
from channels.base import ChannelError
from channels.models import (
    DeletionCertificate,
    JobState,
    MailingFile,
    PrintItem,
    PrintItemState,
    PrintJob,
    PrintPosting,
    PrintWithdrawal,
)
from channels.print_jobs import deletion, finishing, revising

from . import colours, job_words
from .names import label
from .waves import WaveFilter

MOST_NAMES = 10  # of files that are written anew; a large job has hundreds
SLOW = timedelta(hours=1)  # of files that take minutes


class FileInline(PagedInline):
    model = MailingFile
    fields = ("download", "revision", "shown_rows", "size", "sha256", "created_at", "destroyed")
    readonly_fields = fields
    ordering = ("-revision", "name")
    verbose_name_plural = "Files, newest revision first"

    @display(description="File")
    def download(self, file: MailingFile) -> str:
        if file.destroyed_at:
            return format_html('<span class="file-name">{}</span>', file.name)
        url = reverse("admin:channels_printjob_file", args=[file.job_id, file.pk])
        return format_html('<a class="plain-link file-name" href="{}">{}</a>', url, file.name)

    @display(description="Size")
    def size(self, file: MailingFile) -> str:
        return format_html('<span style="white-space: nowrap">{}</span>', filesizeformat(file.bytes))

    @display(description="Rows")
    def shown_rows(self, file: MailingFile) -> str:
        return f"{file.rows:,}"

    @display(description="Destroyed")
    def destroyed(self, file: MailingFile) -> str:
        """The proof: when, and why."""
        if file.destroyed_at is None:
            return ""
        at = localize(timezone.localtime(file.destroyed_at))
        return f"{at}: {file.destroyed_because}" if file.destroyed_because else at


class WithdrawalInline(PagedInline):
    model = PrintWithdrawal
    fields = ("seq", "letter", "reason", "in_time", "withdrawn_at", "acknowledged_at")
    readonly_fields = fields
    ordering = ("-seq",)
    verbose_name_plural = "Letters withdrawn after the vendor had fetched them"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintWithdrawal]:
        return super().get_queryset(request).select_related("item")

    @display(description="Letter")
    def letter(self, withdrawal: PrintWithdrawal) -> str:
        url = reverse("admin:channels_printitem_change", args=[withdrawal.item_id])
        return format_html('<a class="plain-link" href="{}">{}</a>', url, withdrawal.item.sequence)


class PostingInline(PagedInline):
    model = PrintPosting
    fields = ("shown_pieces", "posted_at", "receipt", "postage", "recorded_at")
    readonly_fields = fields
    ordering = ("pk",)
    verbose_name_plural = "Postings, as the vendor reported them"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintPosting]:
        return super().get_queryset(request).select_related("job__wave__campaign")

    @display(description="Pieces")
    def shown_pieces(self, posting: PrintPosting) -> str:
        return f"{posting.pieces:,}"

    @display(description="Postage")
    def postage(self, posting: PrintPosting) -> str:
        return _money(posting.postage_cents, posting.job)


class CertificateInline(ReadOnlyInline):
    model = DeletionCertificate
    fields = ("deleted_at", "method", "reference", "recorded_at")
    readonly_fields = fields
    verbose_name_plural = "The vendor's deletion certificate"


class OwedFilter(admin.SimpleListFilter):
    title = "deletion certificate"
    parameter_name = "certificate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("owed", "overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(pk__in=deletion.owed().values("pk")) if self.value() == "owed" else queryset


@admin.register(PrintJob)
class PrintJobAdmin(ReadOnly, BigAdmin):
    change_form_outer_before_template = "channels/print_job.html"
    empty_hint = "A wave whose plan has letters or leaflets makes print jobs when it starts."
    list_display = (
        "id",
        "vendor",
        "wave",
        "by",
        "shown_state",
        "shown_rows",
        "revision",
        "cut_off_at",
        "posted_at",
        "created_at",
    )
    list_filter = ("state", "vendor", WaveFilter, OwedFilter)
    list_select_related = ("vendor", "wave__campaign")
    inlines = (FileInline, WithdrawalInline, PostingInline, CertificateInline)
    fields = (
        ("vendor", "wave"),
        ("by", "shown_rows"),
        ("state", "state_changed_at"),
        ("revision", "pulled_revision"),
        ("acknowledged_revision", "leased"),
        "cut_off_at",
        ("pieces_posted", "posted_at"),
        ("posting_receipt", "postage"),
        ("reject_reason", "deletion_due"),
    )
    readonly_fields = ("by", "shown_rows", "leased", "pieces_posted", "postage", "deletion_due")

    @display(description="Channel")
    def by(self, job: PrintJob) -> str:
        return label(job.channel)

    @display(description="Rows")
    def shown_rows(self, job: PrintJob) -> str:
        return f"{job.rows:,}"

    @display(description="Posted pieces, so far")
    def pieces_posted(self, job: PrintJob) -> str:
        return "" if job.posted_pieces is None else f"{job.posted_pieces:,}"

    @display(description="State", label=colours.JOB)
    def shown_state(self, job: PrintJob) -> tuple[str, str]:
        return job.state, job.state.replace("_", " ")

    @display(description="Leased to")
    def leased(self, job: PrintJob) -> str:
        if not print_jobs.is_held(job):
            return "nobody"
        return f"{job.lease_holder}, until {localize(timezone.localtime(job.lease_until))}"

    @display(description="Postage, as the vendor paid it")
    def postage(self, job: PrintJob) -> str:
        return _money(job.postage_cents, job)

    @display(description="Deletion certificate due")
    def deletion_due(self, job: PrintJob) -> str:
        due = deletion.due_at(job)
        return localize(timezone.localdate(due)) if due else "not yet"

    def pages(self) -> tuple:
        return (
            ("<int:pk>/cancel/", "cancel", require_POST(self.cancel_view)),
            ("<int:pk>/finish/", "finish", require_POST(self.finish_view)),
            ("<int:pk>/cut-off/", "cut_off", require_POST(self.cut_off_view)),
            ("<int:pk>/files/<int:file_pk>/", "file", self.file_view),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        if job is not None and request.method == "GET" and self.has_view_permission(request, job):
            audit.note(request.user, "staff-view", job, request=request)
        may_change = job is not None and request.user.has_perm("channels.change_printjob")
        context = {
            "job": job,
            "state": job.state.replace("_", " ").capitalize() if job else "",
            "comes_next": job_words.comes_next(job) if job else "",
            "wrong": job_words.wrong(job) if job else [],
            "item_sums": _sums(job) if job else [],
            "may_cancel": may_change and job.state in print_jobs.BEFORE_PRODUCTION,
            "may_finish": may_change and job.state == JobState.DRAFT and job.gathered_at is None,
            "owes_certificate": job is not None and deletion.owed().filter(pk=job.pk).exists(),
            "anew": _anew(job) if job else None,
            "late": PrintWithdrawal.objects.filter(job=job, in_time=False).count() if job else 0,
        }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._change(request, pk, print_jobs.cancel, "cancelled", "its dispatches will not go out")

    def finish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Whatever may still come for it begins another job."""
        return self._change(request, pk, finishing.finish, "finished", "its files are being written")

    def cut_off_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        text = request.POST.get("cut_off", "").strip()
        try:
            at = parse_datetime(text) if text else None
            at = at if at is None or timezone.is_aware(at) else timezone.make_aware(at)
        except ValueError:
            at = None
        if text and at is None:
            messages.error(request, "Say the cut-off as a date and a time.")
            return redirect("admin:channels_printjob_change", pk)
        if at and at <= timezone.now():
            messages.error(request, "This cut-off is in the past: the job would expire. Cancel it if that is meant.")
            return redirect("admin:channels_printjob_change", pk)
        step = partial(print_jobs.set_cut_off, at=at)
        told = f"it must be in production by {localize(timezone.localtime(at))}" if at else "it has no cut-off"
        return self._change(request, pk, step, "given a cut-off", told)

    def _change(self, request: HttpRequest, pk: int, step: Callable[[int], Any], done: str, told: str) -> HttpResponse:
        require(request, "channels.change_printjob")
        job = get_object_or_404(PrintJob, pk=pk)
        try:
            step(pk)
        except (print_jobs.Refused, ChannelError) as refusal:
            messages.error(request, sentence(str(refusal).replace("_", " ")))  # states, as their names are read
        else:
            note(request, job, done)
            messages.success(request, f"Job {pk} is {done}; {told}.")
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


def _money(cents: int | None, job: PrintJob) -> str:
    return "" if cents is None else money.shown(cents, job.wave.campaign.currency)


def _anew(job: PrintJob) -> dict[str, Any] | None:
    """Which files are written anew because letters in them were withdrawn; None: none."""
    files = revising.files_anew(job)
    if not revising.is_stale(job):
        return None
    left = [file.name for file, is_there in files if not is_there]
    return {
        "left": left[:MOST_NAMES],
        "more": max(len(left) - MOST_NAMES, 0),
        "done": len(files) - len(left),
        "files": len(files),
        "revision": job.revision + 1,
        "is_fetched": job.pulled_revision == job.revision,
        "is_slow": job.stale_at < timezone.now() - SLOW,
    }


def _sums(job: PrintJob) -> list[dict[str, Any]]:
    """Items and pieces by state."""
    sums = PrintItem.objects.filter(job=job).values("state").annotate(items=Count("pk"), pieces=Sum("quantity"))
    labels = dict(PrintItemState.choices)
    return [row | {"label": labels[row["state"]]} for row in sums.order_by("state")]
