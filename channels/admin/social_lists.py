"""Add and remove lists for social networks: given to our account there batch by batch, or downloaded and uploaded."""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, ReadOnly, ReadOnlyInline, note, require
from channels.models import AudienceBatch, AudienceFile
from channels.social import sync

from .waves import WaveFilter

REMOVED_WITHIN = timedelta(hours=24)
COLOURS = {"waiting": "info", "overdue": "danger", "fetched": "success", "with the network": "success"}


class FetchedFilter(SimpleListFilter):
    title = "fetched"
    parameter_name = "fetched"

    def lookups(self, request: HttpRequest, model_admin: BigAdmin) -> Iterator[tuple[str, str]]:
        yield from (("no", "waiting"), ("yes", "fetched"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if not self.value() else queryset.filter(fetched_at__isnull=self.value() == "no")


class BatchInline(ReadOnlyInline):
    model = AudienceBatch
    fields = ("id", "sequence", "state", "rows", "attempts", "due_at", "reason", "state_changed_at")
    readonly_fields = fields
    ordering = ("pk",)
    verbose_name_plural = "Batches, each a call or a job at the network"
    hide_title = False


@admin.register(AudienceFile)
class AudienceFileAdmin(ReadOnly, BigAdmin):
    change_form_outer_before_template = "channels/social_list.html"
    empty_hint = "A wave with a social network makes lists of people when it starts."
    list_display = ("id", "network", "account", "action", "wave", "rows", "state", "created_at", "fetched_at")
    list_filter = (FetchedFilter, "network", "action", WaveFilter)
    list_select_related = ("wave__campaign", "account")
    inlines = (BatchInline,)
    fields = (("network", "account"), ("action", "rows"), ("wave", "sha256"), ("created_at", "fetched_at"))

    @display(description="State", label=COLOURS)
    def state(self, file: AudienceFile) -> str:
        if file.fetched_at:
            return "fetched" if file.account_id is None else "with the network"
        is_late = file.action == AudienceFile.Action.REMOVE and timezone.now() - file.created_at > REMOVED_WITHIN
        return "overdue" if is_late else "waiting"

    def pages(self) -> tuple:
        return (("<int:pk>/fetch/", "fetch", require_POST(self.fetch_view)),)

    def fetch_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """By POST, because taking a list says that the network has it."""
        require(request, "channels.change_audiencefile")
        try:
            path = sync.fetch(pk)
        except (AudienceFile.DoesNotExist, FileNotFoundError):
            messages.error(request, "There is no such list any more.")
            return redirect("admin:channels_audiencefile_changelist")
        note(request, AudienceFile(pk=pk), "downloaded for the network")
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type="text/csv")
