"""Keys to which vendors' files are encrypted, confirmed by who compared the fingerprint; and seed addresses of print."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.admin.pages import PlainAdmin, note, require, sentence
from channels import encryption_keys, valid_keys
from channels.mailing_files import encryption
from channels.models import EncryptionKey, PrintSeed


class KeyForm(forms.ModelForm):
    public_key = forms.CharField(
        widget=UnfoldAdminTextareaWidget, label="Public key", help_text="age1..., or an OpenPGP public key block"
    )

    class Meta:
        model = EncryptionKey
        fields = ("vendor", "public_key", "ends_at")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        try:
            key = encryption.read(said.get("public_key", ""))
        except encryption.KeyRefused as error:
            raise forms.ValidationError({"public_key": sentence(error)}) from error
        if EncryptionKey.objects.filter(vendor=said.get("vendor"), fingerprint=key.fingerprint).exists():
            raise forms.ValidationError({"public_key": "This vendor has this key already."})
        self.instance.kind, self.instance.fingerprint = key.kind, key.fingerprint
        return said | {"public_key": key.text}


@admin.register(EncryptionKey)
class EncryptionKeyAdmin(PlainAdmin):
    """A key is taken in and confirmed or revoked, but for its end never changed."""

    form = KeyForm
    change_form_outer_before_template = "channels/encryption_key_verbs.html"
    empty_hint = "Once a vendor's public key is here and confirmed, all of its files are encrypted to it."
    list_display = ("shown", "vendor", "kind", "state", "confirmed_by", "ends_at")
    list_filter = ("vendor", "kind")
    list_select_related = ("vendor", "confirmed_by")
    actions = None
    ordering = ("-pk",)

    def get_fields(self, request: HttpRequest, obj: EncryptionKey | None = None) -> tuple:
        return ("vendor", "kind", "shown", "ends_at", "public_key") if obj else ("vendor", "public_key", "ends_at")

    def get_readonly_fields(self, request: HttpRequest, obj: EncryptionKey | None = None) -> tuple[str, ...]:
        """A key that is over stays so: others are in use by now, perhaps of another kind."""
        over = ("ends_at",) if obj and state_of(obj)[0] == "not used" else ()
        return ("vendor", "kind", "shown", "public_key", *over) if obj else ()

    def get_form(self, request: HttpRequest, obj: EncryptionKey | None = None, **more: Any) -> type[forms.ModelForm]:
        return super().get_form(request, obj, **(more | ({"form": forms.ModelForm} if obj else {})))

    @display(description="Fingerprint")
    def shown(self, key: EncryptionKey) -> str:
        return grouped(key.fingerprint)

    @display(description="State", label={"in use": "success", "to be confirmed": "warning", "not used": "info"})
    def state(self, key: EncryptionKey) -> tuple[str, str]:
        return state_of(key)

    def pages(self) -> tuple:
        return tuple(
            (f"<int:pk>/{name}/", name, require_POST(view))
            for name, view in {"confirm": self.confirm_view, "revoke": self.revoke_view}.items()
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        key = self.get_object(request, object_id)
        context = {"key": key, "key_state": state_of(key)[1] if key else ""}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, encryption_keys.PERMISSION)
        key = get_object_or_404(EncryptionKey, pk=pk)
        try:
            encryption_keys.confirm(pk, fingerprint=request.POST.get("fingerprint", "")[:200], by=request.user)
        except encryption.KeyRefused as error:
            self.message_user(request, f"Not confirmed: {error}.", messages.ERROR)
        else:
            note(request, key, "confirmed")
            self.message_user(request, "Confirmed: from now on this vendor's files are encrypted to it.")
        return redirect("admin:channels_encryptionkey_change", pk)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, encryption_keys.PERMISSION)
        key = get_object_or_404(EncryptionKey, pk=pk)
        encryption_keys.revoke(pk)
        note(request, key, "revoked")
        self.message_user(request, "Revoked: what this vendor has not begun to print is made anew for its other keys.")
        if not valid_keys.of(key.vendor).exists():
            said = f"{key.vendor} has no valid key any more: it gets no files until you confirm one."
            self.message_user(request, said, messages.WARNING)
        return redirect("admin:channels_encryptionkey_change", pk)

    def has_delete_permission(self, request: HttpRequest, obj: EncryptionKey | None = None) -> bool:
        """Without any key a vendor's files are written in clear: only a key that was never used can go."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.confirmed_at is None)


def grouped(fingerprint: str) -> str:
    """In fours, as people read it to each other."""
    return " ".join(fingerprint[place : place + 4] for place in range(0, len(fingerprint), 4)).upper()


def state_of(key: EncryptionKey) -> tuple[str, str]:
    """How it looks, and the words."""
    if key.revoked_at:
        return "not used", "revoked"
    if key.ends_at and key.ends_at <= timezone.now():
        return "not used", "ended"
    return ("in use", "in use") if key.confirmed_at else ("to be confirmed", "to be confirmed")


@admin.register(PrintSeed)
class PrintSeedAdmin(PlainAdmin):
    empty_hint = "Addresses of our own, which vendors print along with a mailing or get as a proof."
    list_display = ("name", "street", "postcode", "city", "country", "is_active")
    list_filter = ("is_active",)
    fields = (("name", "is_active"), "street", ("postcode", "city", "country"))
