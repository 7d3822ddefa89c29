"""Webhooks of vendors: where they are told, how that fares, and telling them once more. Secrets are shown once."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from campaigns.admin.pages import BigAdmin, IdFilter, PlainAdmin, ReadOnly, ReadOnlyInline, note, require
from campaigns.numbers import whole_number
from channels.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookType
from channels.webhooks import announcing, endpoints

from . import colours

MAY = "channels.change_webhookendpoint"
NOT_CALLED = "Nothing is sent to this webhook now: switch it on, or have it called again."


class EndpointForm(forms.ModelForm):
    url = forms.CharField(
        max_length=endpoints.LONGEST,
        label="Address",
        widget=UnfoldAdminTextInputWidget,
        help_text="Begins with https:// and leads to no private network",
    )
    types = forms.MultipleChoiceField(
        choices=[choice for choice in WebhookType.choices if choice[0] != WebhookType.PING],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label="Events",
        help_text="None ticked: all",
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("vendor", "url", "types", "is_active")

    def clean_url(self) -> str:
        url = self.cleaned_data["url"].strip()
        if reason := endpoints.problem(url):
            raise forms.ValidationError(reason)
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(PlainAdmin):
    form = EndpointForm
    change_form_outer_before_template = "channels/webhook_verbs.html"
    list_display = ("address", "vendor", "told", "shown_health", "health_reason", "failing_since")
    list_filter = ("vendor", "health", "is_active")
    list_select_related = ("vendor",)
    fields = (("vendor", "is_active"), "url", "types")
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> tuple[str, ...]:
        return ("vendor",) if obj else ()

    @display(description="Address", ordering="url")
    def address(self, endpoint: WebhookEndpoint) -> str:
        return format_html('<span style="overflow-wrap: anywhere">{}</span>', endpoint.url)

    @display(description="Events")
    def told(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.types) or "all"

    @display(description="Health", label=colours.WEBHOOK)
    def shown_health(self, endpoint: WebhookEndpoint) -> tuple[str, str]:
        return colours.health_of(endpoint)

    def pages(self) -> tuple:
        verbs = {
            "secret": self.secret_view,
            "enable": self.enable_view,
            "ping": self.ping_view,
            "replay": self.replay_view,
        }
        return tuple((f"<int:pk>/{name}/", name, require_POST(view)) for name, view in verbs.items())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        context: dict[str, Any] = {"endpoint": endpoint}
        if endpoint:
            is_given_up = Q(state=WebhookDelivery.State.GIVEN_UP)
            waits = Q(state=WebhookDelivery.State.DUE)
            context["sums"] = endpoint.deliveries.aggregate(
                given_up=Count("pk", filter=is_given_up), due=Count("pk", filter=waits)
            )
            context["is_ended"] = endpoint.health in (WebhookEndpoint.Health.DISABLED, WebhookEndpoint.Health.GONE)
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.raw = endpoints.renew_secret(obj)
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        note(request, obj, "made", flag=ADDITION)

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._shown(request, obj, obj.raw)

    def _shown(self, request: HttpRequest, endpoint: WebhookEndpoint, raw: str) -> HttpResponse:
        """The answer to the POST is the only page that ever shows the secret."""
        answer = self.page(request, "channels/webhook_made.html", title="Secret", endpoint=endpoint, raw=raw)
        answer["Cache-Control"] = "no-store"
        return answer

    def secret_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, MAY)
        endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
        raw = endpoints.renew_secret(endpoint)
        note(request, endpoint, "given a new secret")
        return self._shown(request, endpoint, raw)

    def enable_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, MAY)
        endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
        endpoints.enable(endpoint)
        note(request, endpoint, "enabled")
        messages.success(request, "It is called again. What was given up can be sent once more.")
        return redirect("admin:channels_webhookendpoint_change", pk)

    def ping_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, MAY)
        endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
        if not endpoints.is_called(endpoint):
            messages.error(request, NOT_CALLED)
        else:
            announcing.write(endpoint.vendor, WebhookType.PING, {"webhook": pk}, [endpoint])
            note(request, endpoint, "tried")
            messages.success(request, "A ping is on its way; see the delivery log.")
        return redirect("admin:channels_webhookendpoint_change", pk)

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All that was given up, or one delivery that the form names."""
        require(request, MAY)
        endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
        asked = request.POST.get("delivery")
        if not endpoints.is_called(endpoint):
            messages.error(request, NOT_CALLED)
        elif number := endpoints.replay(endpoint, None if asked is None else whole_number(asked) or 0):
            announcing.call(pk)
            note(request, endpoint, "sent again")
            messages.success(request, f"{number} will be sent once more, under the same webhook-id.")
        else:
            messages.warning(request, "There is nothing to be sent once more.")
        return redirect("admin:channels_webhookendpoint_change", pk)


class EndpointFilter(IdFilter):
    title = "webhook"
    parameter_name = "endpoint"
    field = "endpoint_id"


class AttemptInline(ReadOnlyInline):
    model = WebhookAttempt
    fields = ("at", "status", "milliseconds", "reason")
    readonly_fields = fields
    ordering = ("-pk",)
    verbose_name_plural = "Calls"


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, BigAdmin):
    change_form_outer_before_template = "channels/webhook_delivery.html"
    empty_hint = "No vendor has a webhook that was told of anything yet."
    list_display = ("id", "type", "payload", "vendor", "host", "shown_state", "tries", "announced_at")
    list_filter = ("state", EndpointFilter)
    list_filter_submit = True
    list_select_related = ("event", "endpoint__vendor")
    inlines = (AttemptInline,)
    fields = (("type", "payload"), ("vendor", "where"), ("uid", "announced_at"), ("state", "tries"), "due_at")
    readonly_fields = ("type", "payload", "vendor", "where", "uid", "announced_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("event", "endpoint__vendor")

    @display(description="Event")
    def type(self, delivery: WebhookDelivery) -> str:
        return delivery.event.type

    @display(description="About")
    def payload(self, delivery: WebhookDelivery) -> str:
        return ", ".join(f"{name} {value}" for name, value in delivery.event.payload.items())

    @display(description="Vendor")
    def vendor(self, delivery: WebhookDelivery) -> str:
        return str(delivery.endpoint.vendor)

    @display(description="Webhook")
    def where(self, delivery: WebhookDelivery) -> str:
        url = reverse("admin:channels_webhookendpoint_change", args=[delivery.endpoint_id])
        return format_html('<a class="plain-link" href="{}">{}</a>', url, delivery.endpoint.url)

    @display(description="Webhook")
    def host(self, delivery: WebhookDelivery) -> str:
        return urlsplit(delivery.endpoint.url).netloc

    @display(description="webhook-id")
    def uid(self, delivery: WebhookDelivery) -> str:
        return delivery.event.uid

    @display(description="Announced")
    def announced_at(self, delivery: WebhookDelivery) -> str:
        return formats.localize(timezone.localtime(delivery.event.created_at))

    @display(description="State", label=colours.DELIVERY)
    def shown_state(self, delivery: WebhookDelivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()
