"""Testimonials: praise that was found in the service dialogue, asked for, and approved for contents."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin, ReadOnly, note, require, sentence
from campaigns.admin.people import numbered_link, with_names
from campaigns.models import Testimonial, TestimonialState
from campaigns.testimonials import life, quotes
from channels import quoting

COLOURS = {
    "proposed": "warning",
    "asked": "info",
    "permitted": "warning",
    "approved": "success",
    "refused": "danger",
    "withdrawn": "danger",
    "dismissed": "default",
}


@admin.register(Testimonial)
class TestimonialAdmin(ReadOnly, PlainAdmin):
    change_form_outer_before_template = "channels/testimonial_steps.html"
    empty_hint = "Praise is looked for every night among new service cases."
    list_display = ("shown_quote", "shown_state", "who", "language", "sure", "proposed_at")
    list_filter = ("state", "language")
    ordering = ("-pk",)
    fields = (
        ("quote", "who"),
        ("of", "case"),
        ("language", "sure"),
        ("proposed_at", "answered_at"),
        ("asked_at", "asked_by"),
        ("approved_at", "approved_by"),
        ("permission_text", "withdrawn_at"),
    )
    readonly_fields = ("of", "sure")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_names(super().get_queryset(request), request)

    @display(description="Quote", ordering="quote")
    def shown_quote(self, testimonial: Testimonial) -> str:
        return testimonial.quote if len(testimonial.quote) <= 90 else f"{testimonial.quote[:89]}…"

    @display(description="State", label=COLOURS)
    def shown_state(self, testimonial: Testimonial) -> tuple[str, str]:
        return testimonial.state, TestimonialState(testimonial.state).label

    @display(description="Praise, says the classifier", ordering="score")
    def sure(self, testimonial: Testimonial) -> str:
        return f"{testimonial.score:.0%}"

    @display(description="Customer")
    def of(self, testimonial: Testimonial) -> str:
        return numbered_link(testimonial)

    def pages(self) -> tuple:
        return (
            ("<int:pk>/reword/", "reword", require_POST(self.reword_view)),
            ("<int:pk>/ask/", "ask", require_POST(self.ask_view)),
            ("<int:pk>/approve/", "approve", require_POST(self.approve_view)),
            ("<int:pk>/dismiss/", "dismiss", require_POST(self.dismiss_view)),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        return super().change_view(request, object_id, form_url, (extra_context or {}) | _steps(request, found))

    def reword_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return _take(request, pk, life.ASK, "reworded", lambda: life.reword(pk, request.POST.get("quote", "")))

    def ask_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        by_mail = request.POST.get("how") == "mail"
        done = "asked by mail" if by_mail else "asked by a link"
        return _take(request, pk, life.ASK, done, lambda: quoting.ask(pk, by=request.user, by_mail=by_mail))

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return _take(request, pk, life.APPROVE, "approved", lambda: life.approve(pk, by=request.user))

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        may = life.APPROVE if request.user.has_perm(life.APPROVE) else life.ASK
        return _take(request, pk, may, "dismissed", lambda: life.dismiss(pk))


def _take(request: HttpRequest, pk: int, may: str, what: str, step: Callable[[], Any]) -> HttpResponse:
    require(request, may)
    testimonial = get_object_or_404(Testimonial, pk=pk)
    try:
        step()
    except life.TestimonialError as error:
        messages.error(request, sentence(error))
    else:
        note(request, testimonial, what)
        messages.success(request, f"Testimonial {pk} is {what}.")
    return redirect("admin:campaigns_testimonial_change", pk)


def _steps(request: HttpRequest, found: Model | None) -> dict[str, Any]:
    """What can be done with it now, by this person."""
    if not isinstance(found, Testimonial):
        return {}
    state, may_ask, may_approve = found.state, request.user.has_perm(life.ASK), request.user.has_perm(life.APPROVE)
    is_open = state in ("proposed", "asked", "permitted", "approved")
    return {
        "testimonial": found,
        "can_reword": may_ask and state == "proposed",
        "can_ask": may_ask and state in ("proposed", "asked"),
        "link": quoting.url(life.token(found.pk)) if may_ask and state == "asked" else "",
        "can_approve": may_approve and state == "permitted",
        "can_dismiss": (may_ask or may_approve) and is_open,
        "used_by": quotes.used_by(found.pk),
    }
