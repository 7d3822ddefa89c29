"""Pages that say why a customer got what they got in a wave; found by ids, so nothing personal stands in a URL."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html

from campaigns.admin.pages import require
from campaigns.models import Customer
from campaigns.numbers import LARGEST
from steering.models import Plan
from steering.planning import PlanningError
from steering.planning.explaining import explain_choice

from . import why_words


class WhyPages:
    """Mixed into the admin of assignments."""

    def pages(self) -> tuple:
        return (("<int:wave_id>/<int:customer_id>/why/", "why", self.why_view),)

    def why_view(self, request: HttpRequest, wave_id: int, customer_id: int) -> HttpResponse:
        require(request, "steering.view_assignment")
        if max(wave_id, customer_id) > LARGEST:
            raise Http404
        plan = get_object_or_404(Plan.objects.select_related("wave__campaign"), wave_id=wave_id)
        get_object_or_404(Customer, pk=customer_id)
        return self.page(
            request,
            "steering/why.html",
            title="Why this decision?",
            plan=plan,
            wave=plan.wave,
            customer_id=customer_id,
            **_told(wave_id, customer_id),
        )


def _told(wave_id: int, customer_id: int) -> dict:
    """What cannot be reckoned any more is said instead."""
    try:
        why = explain_choice(wave_id, customer_id)
    except PlanningError as error:
        return {"failure": f"This decision cannot be reckoned once more: {error}."}
    return {"why": why_words.of(why)}


def why_link(wave_id: int, customer_id: int, text: str = "Why?") -> str:
    url = reverse("admin:steering_assignment_why", args=[wave_id, customer_id])
    return format_html('<a class="plain-link" href="{}">{}</a>', url, text)
