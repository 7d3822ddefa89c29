"""Mail that came back: what it was, and the mails that nobody but a person understands, to look at and tick off."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import BigAdmin, ReadOnly, note, require
from channels.models import FOR_A_PERSON, InboundMail

MOST_SHOWN = 20_000  # characters
COLOURS = {
    "bounce": "danger",
    "complaint": "danger",
    "unreadable": "warning",
    "not_ours": "warning",
    "other": "warning",
}


class ToSeeFilter(SimpleListFilter):
    title = "for a person"
    parameter_name = "to_see"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "still to be looked at")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind__in=FOR_A_PERSON, seen_at=None) if self.value() == "1" else queryset


@admin.register(InboundMail)
class InboundMailAdmin(ReadOnly, BigAdmin):
    change_form_outer_before_template = "channels/inbound_verbs.html"
    empty_hint = "No mail has come back."
    list_display = ("received_at", "shown_kind", "note", "about", "way", "size", "state")
    list_filter = (ToSeeFilter, "kind")
    fields = (("received_at", "way"), ("kind", "note"), ("about", "size"), ("seen_at", "seen_by"), "shown_content")
    readonly_fields = ("about", "shown_content")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("content")

    @display(description="What it was", label=COLOURS)
    def shown_kind(self, mail: InboundMail) -> tuple[str, str]:
        return mail.kind, mail.get_kind_display()

    @display(description="About")
    def about(self, mail: InboundMail) -> str:
        if mail.dispatch_id is None:
            return ""
        url = reverse("admin:channels_dispatch_change", args=[mail.dispatch_id])
        return format_html('<a class="plain-link" href="{}">dispatch {}</a>', url, mail.dispatch_id)

    @display(description="State", label={"to be looked at": "warning", "looked at": "success"})
    def state(self, mail: InboundMail) -> str:
        if mail.seen_at:
            return "looked at"
        return "to be looked at" if mail.kind in FOR_A_PERSON else ""

    @display(description="Content")
    def shown_content(self, mail: InboundMail) -> str:
        if mail.content is None:
            return "not kept"
        text = bytes(mail.content[: 4 * MOST_SHOWN]).decode("utf-8", "replace")[:MOST_SHOWN].replace("\x00", "\ufffd")
        return format_html('<pre style="white-space: pre-wrap; overflow-wrap: anywhere">{}</pre>', text)

    def pages(self) -> tuple:
        return (("<int:pk>/seen/", "seen", require_POST(self.seen_view)),)

    def seen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "channels.change_inboundmail")
        mail = get_object_or_404(InboundMail.objects.defer("content"), pk=pk)
        unseen = InboundMail.objects.filter(pk=pk, seen_at=None)
        if unseen.update(seen_at=timezone.now(), seen_by=request.user):
            note(request, mail, "looked at")
            messages.success(request, "Ticked off.")
        return redirect(f"{reverse('admin:channels_inboundmail_changelist')}?to_see=1")
