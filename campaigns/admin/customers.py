"""Customers as staff see them: who they are, what they agreed to or refused, and what happened lately."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns import consent, search, time_outs
from campaigns.models import Customer, CustomerMerge, DuplicatePair, PairState

from .pages import BigAdmin, ReadOnly, note, require

MOST_SHOWN = 20
# Section title, related name, and the permission to see it.
SECTIONS = (
    ("identifiers", "campaigns.view_identifier"),
    ("consents", "campaigns.view_consent"),
    ("objections", "campaigns.view_objection"),
    ("time_outs", "campaigns.view_timeout"),
    ("postal_reports", "campaigns.view_postalreport"),
    ("service_cases", "campaigns.view_servicecase"),
    ("events", "campaigns.view_event"),
)
NEWEST_FIRST = {"events": ("-occurred_at", "-pk"), "identifiers": ("kind", "pk")}


class FindForm(forms.Form):
    text = forms.CharField(
        label="Customer number, e-mail, phone, loyalty card, or the beginning of the last name",
        max_length=200,
        widget=UnfoldAdminTextInputWidget({"autofocus": True, "autocomplete": "off"}),
    )


@admin.register(Customer)
class CustomerAdmin(ReadOnly, BigAdmin):
    """Nothing about a person is searched for by URL, so lists have no search: see find_view."""

    change_list_template = "campaigns/customers.html"
    change_form_outer_after_template = "campaigns/customer.html"
    list_display = ("customer_number", "name", "place", "stage", "region", "customer_since_on")
    list_filter = ("journey_stage",)
    list_select_related = ("household",)
    fieldsets = (
        (
            None,
            {"fields": (("customer_number", "journey_stage"), ("salutation", "title"), ("first_name", "last_name"))},
        ),
        (
            "More",
            {
                "classes": ("tab",),
                "fields": (
                    ("household", "region"),
                    ("born_on", "customer_since_on"),
                    ("language", "time_zone"),
                    ("source", "contact_is_made_up"),
                    "merged_into",
                    "known",
                ),
            },
        ),
    )

    readonly_fields = ("merged_into", "known")

    @display(description="Name")
    def name(self, customer: Customer) -> str:
        return str(customer)

    @display(description="Place")
    def place(self, customer: Customer) -> str:
        return f"{customer.household.postcode} {customer.household.city}" if customer.household else ""

    @display(description="Attributes")
    def known(self, customer: Customer) -> str:
        """By the names that rules and texts call them."""
        return linebreaksbr(
            "\n".join(f"{name}: {_words(customer.attributes[name])}" for name in sorted(customer.attributes))
        )

    @display(description="Stage", label=True)
    def stage(self, customer: Customer) -> str:
        return customer.get_journey_stage_display()

    def pages(self) -> tuple:
        return (
            ("find/", "find", self.find_view),
            ("<int:pk>/withdraw/", "withdraw", require_POST(self.withdraw_view)),
            ("<int:pk>/lift/", "lift", require_POST(self.lift_view)),
            ("<int:pk>/end-time-out/", "end_time_out", require_POST(self.end_time_out_view)),
        )

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """What is looked for comes by POST, so that nothing personal stands in a URL or a log."""
        require(request, "campaigns.view_customer")
        form = FindForm(request.POST or None)
        found = list(search.find(form.cleaned_data["text"])) if form.is_valid() else []
        if len(found) == 1:
            return redirect("admin:campaigns_customer_change", found[0].pk)
        rows = [{"customer": one, "url": reverse("admin:campaigns_customer_change", args=[one.pk])} for one in found]
        return self.page(
            request,
            "campaigns/find_person.html",
            title="Find a person",
            form=form,
            searched=form.is_valid(),
            rows=rows,
            most=search.MOST_FOUND,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "sections": self._sections(request, object_id),
            "same": _same_person(request, object_id),
            "most_shown": MOST_SHOWN,
        }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def _sections(self, request: HttpRequest, object_id: str) -> dict[str, list]:
        """The newest rows of what this person may see; each is found by the customer's index."""
        if not object_id.isdecimal() or not self.has_view_permission(request):
            return {}
        of = Customer(pk=int(object_id))
        return {
            name: list(getattr(of, name).order_by(*NEWEST_FIRST.get(name, ("-pk",)))[:MOST_SHOWN])
            for name, permission in SECTIONS
            if request.user.has_perm(permission)
        }

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "campaigns.add_consent")
        of, channel = get_object_or_404(Customer, pk=pk), request.POST.get("channel", "")
        if channel and consent.withdraw(customer_id=pk, channel=channel, source=f"staff, user {request.user.pk}"):
            note(request, of, f"withdrew the consent to {channel}")
            messages.success(request, f"The consent to {channel} is withdrawn, from now on.")
        else:
            messages.warning(request, "There was no such consent to withdraw.")
        return redirect("admin:campaigns_customer_change", pk)

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "campaigns.add_objection")
        of, channel = get_object_or_404(Customer, pk=pk), request.POST.get("channel", "")
        campaign = request.POST.get("campaign", "")
        campaign_id = int(campaign) if campaign.isascii() and campaign.isdecimal() else None
        scope = f"campaign {campaign_id}" if campaign_id else channel or "every channel"
        if consent.lift(customer_id=pk, channel=channel, campaign_id=campaign_id):
            note(request, of, f"lifted the objection to {scope}")
            messages.success(request, f"The objection to {scope} is lifted.")
        else:
            messages.warning(request, "There was no such objection to lift.")
        return redirect("admin:campaigns_customer_change", pk)

    def end_time_out_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "campaigns.add_timeout")
        of = get_object_or_404(Customer, pk=pk)
        if time_outs.end(customer_id=pk):
            note(request, of, "ended the time-out")
            messages.success(request, "The time-out is over, from now on.")
        else:
            messages.warning(request, "There was no time-out to end.")
        return redirect("admin:campaigns_customer_change", pk)


def _same_person(request: HttpRequest, object_id: str) -> dict[str, list]:
    """Records that may be of this person too, and those that were merged into this one."""
    if not object_id.isdecimal() or not request.user.has_perm("campaigns.view_customer"):
        return {}
    of = int(object_id)
    pairs = DuplicatePair.objects.filter(Q(first=of) | Q(second=of), state=PairState.OPEN).order_by("-probability")
    merges = CustomerMerge.objects.filter(Q(kept=of) | Q(merged=of), undone_at=None).order_by("-pk")
    may_see = request.user.has_perm
    return {
        "pairs": list(pairs[:MOST_SHOWN]) if may_see("campaigns.view_duplicatepair") else [],
        "merges": list(merges[:MOST_SHOWN]) if may_see("campaigns.view_customermerge") else [],
    }


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
