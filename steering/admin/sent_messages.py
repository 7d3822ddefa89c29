"""What a dispatch said to somebody, as it was sent."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from campaigns.admin.pages import require
from channels import looking_back
from channels.admin.dispatches import SEES_MESSAGE
from channels.models import Dispatch
from channels.previews import Preview

from . import previews


class SentPages:
    """Mixed into the admin of versions, which are what was sent."""

    def pages(self) -> tuple:
        return (*super().pages(), ("sent/<int:pk>/", "sent", self.sent_view))

    def sent_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """It names the person, so only who may see customers sees it."""
        for permission in SEES_MESSAGE:
            require(request, permission)
        dispatch = get_object_or_404(Dispatch.objects.select_related("wave__campaign"), pk=pk)
        shown = looking_back.show(dispatch)
        if shown is None:
            raise Http404
        return self.page(
            request,
            "steering/sent_message.html",
            title=f"What dispatch {pk} said",
            dispatch=dispatch,
            shown=shown,
            one=_one(shown.preview),
            back=reverse("admin:channels_dispatch_change", args=[pk]),
        )


def _one(preview: Preview) -> dict[str, Any]:
    rendition = preview.rendition
    shown = list(previews.parts(rendition, preview.picture)) if rendition else []
    return {
        "label": preview.label,
        "is_wide": any(part.width for part in shown),
        "problems": preview.problems,
        "warnings": rendition.warnings if rendition else (),
        "subject": rendition.parts.get("subject", "") if rendition else "",
        "parts": shown,
    }
