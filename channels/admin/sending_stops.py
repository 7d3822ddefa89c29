"""The switch that stops all sending: pressed in the head of every page, and each use of it to look at here."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin, ReadOnly, back, note, require, sentence
from channels import ledger
from channels.ledger.stopping import MAY
from channels.models import SendingStop


@admin.register(SendingStop)
class SendingStopAdmin(ReadOnly, PlainAdmin):
    empty_hint = "Sending was never stopped."
    list_display = ("stopped_at", "stopped_by", "reason", "resumed_at", "resumed_by", "shown_state")
    list_select_related = ("stopped_by", "resumed_by")
    fields = (("stopped_at", "stopped_by"), "reason", ("resumed_at", "resumed_by"))
    ordering = ("-pk",)

    def pages(self) -> tuple:
        return (
            ("stop/", "stop", require_POST(self.stop_view)),
            ("resume/", "resume", require_POST(self.resume_view)),
        )

    @display(description="State", label={"open": "danger", "ended": "success"})
    def shown_state(self, stop: SendingStop) -> tuple[str, str]:
        return ("ended", "ended") if stop.resumed_at else ("open", "all sending is stopped")

    def stop_view(self, request: HttpRequest) -> HttpResponse:
        require(request, MAY)
        try:
            stop = ledger.stop_all(request.user, request.POST.get("reason", ""))
        except ledger.LedgerError as error:
            messages.error(request, sentence(error))
        else:
            _tell(request, stop)
        return back(request, "admin:index")

    def resume_view(self, request: HttpRequest) -> HttpResponse:
        require(request, MAY)
        stop = SendingStop.objects.filter(resumed_at=None).first()
        if ledger.resume_all(request.user) and stop:
            note(request, stop, "let all sending go on")
            messages.success(request, "Sending goes on within a minute.")
        else:
            messages.info(request, "Sending was not stopped.")
        return back(request, "admin:index")


def _tell(request: HttpRequest, stop: SendingStop) -> None:
    """Who comes second finds the first one's stop, which stays with its reason."""
    if stop.stopped_by_id == request.user.pk:
        note(request, stop, "stopped all sending")
        messages.warning(request, "All sending is stopped. What was just being given away leaves; nothing else begins.")
    else:
        messages.info(request, f"It was stopped already, by {stop.stopped_by or 'somebody'}.")
