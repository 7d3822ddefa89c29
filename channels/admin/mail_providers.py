"""Mail providers: weights, senders, and a URL that is entered here and never shown again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from campaigns.admin.pages import PlainAdmin
from channels.email import providers
from channels.email.breaker import breakers
from channels.models import MailProvider

from .sealed import KEPT, SealedField

FORMS = "smtp://, smtp+tls:// or smtps:// user:password@host:port, or anymail+postmark://?server_token=…; sealed, and never shown again"


class ProviderForm(forms.ModelForm):
    url = SealedField("URL")

    class Meta:
        model = MailProvider
        fields = ("name", "weight", "senders", "connections", "messages_a_connection", "is_enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "url" in self.fields:
            self.fields["url"].help_text = KEPT if self.instance.sealed_url else FORMS

    def clean_url(self) -> str:
        """Put into the provider at once, so that only what can be used is saved."""
        url = self.cleaned_data["url"]
        if not url and not self.instance.sealed_url:
            raise forms.ValidationError("Say where the provider is reached.")
        if url:
            try:
                providers.keep_url(self.instance, url)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return url

    def clean_senders(self) -> str:
        return "\n".join(sorted(set(self.cleaned_data["senders"].lower().replace(",", " ").split())))


@admin.register(MailProvider)
class MailProviderAdmin(PlainAdmin):
    form = ProviderForm
    empty_hint = "E-mails leave by the server that EMAIL_URL names. The first provider here takes its place."
    list_display = ("name", "place", "weight", "state")
    list_filter = ("is_enabled",)
    fields = (("name", "url"), ("weight", "is_enabled"), "senders", ("connections", "messages_a_connection"))

    def get_readonly_fields(self, request: HttpRequest, obj: MailProvider | None = None) -> tuple[str, ...]:
        return ("name",) if obj else ()  # attempts and speed limits name it

    @display(description="Reached at")
    def place(self, provider: MailProvider) -> str:
        return providers.shown_url(provider)

    @display(
        description="State", label={"on": "success", "off": "warning", "left alone": "danger", "unusable": "danger"}
    )
    def state(self, provider: MailProvider) -> str:
        if not provider.is_enabled:
            return "off"
        known = providers.of_row(provider)
        if known is None:
            return "unusable"
        return "left alone" if breakers().is_open(known.key) else "on"
