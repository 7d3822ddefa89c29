"""A page that shows a content as one person would get it on every channel, side by side."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.admin.pages import require
from campaigns.models import Customer
from channels import previews
from channels.base import Rendition
from channels.previews import Preview

# Of these parts the channel's own order is kept; the others are PDFs, which are shown by the picture of their first page.
HEIGHTS = {"html_300x250": 260, "html_728x90": 100, "html_160x600": 610}
NAMES = {"pdf": "PDF", "pdf_a4": "PDF in A4"}


@dataclass(frozen=True)
class Part:
    """One thing to show: a page in a frame of its own, a picture, or text."""

    name: str
    html: str = ""
    height: int = 560
    picture: str = ""  # data URL
    text: str = ""


class ChooseForm(forms.Form):
    """By number, not by name: who is looked at is nobody's business in a log."""

    number = forms.CharField(
        label="Customer number",
        required=False,
        max_length=64,
        help_text="Empty: a made-up person with long names",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )

    def clean_number(self) -> Customer | None:
        number = self.cleaned_data["number"].strip()
        found = Customer.objects.filter(customer_number=number).first() if number else None
        if number and found is None:
            raise forms.ValidationError("There is no customer with this number.")
        return found


class PreviewPages:
    """Mixed into the admins of contents and of their versions."""

    def pages(self) -> tuple:
        return (
            ("<int:pk>/preview/", "preview", self.preview_view),
            ("<int:pk>/preview/<str:channel>/<str:part>.pdf", "pdf", self.pdf_view),
        )

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For a made-up person, or by POST for a customer of whom the reader may know."""
        require(request, f"campaigns.view_{self.opts.model_name}")
        of = get_object_or_404(self.model, pk=pk)
        may_choose = request.user.has_perm("campaigns.view_customer")
        form = ChooseForm(request.POST or None) if may_choose else None
        customer = form.cleaned_data["number"] if form is not None and form.is_valid() else None
        made = previews.preview(of.blocks, customer.pk if customer else None)
        return self.page(
            request,
            "steering/preview.html",
            title=f"Preview: {of}",
            of=of,
            form=form,
            customer=customer,
            back=reverse(f"admin:campaigns_{self.opts.model_name}_change", args=[pk]),
            shown=[self._shown(one, pk, customer) for one in made.values()],
        )

    def _shown(self, one: Preview, pk: int, customer: Customer | None) -> dict[str, Any]:
        downloads = []
        if one.rendition and customer is None:
            name = f"admin:campaigns_{self.opts.model_name}_pdf"
            downloads = [
                {"name": NAMES.get(part, part), "url": reverse(name, args=[pk, one.channel, part])}
                for part in one.rendition.parts
                if part.startswith("pdf")
            ]
        return {
            "label": one.label,
            "problems": one.problems,
            "warnings": one.rendition.warnings if one.rendition else (),
            "subject": one.rendition.parts.get("subject", "") if one.rendition else "",
            "parts": list(_parts(one.rendition, one.picture)) if one.rendition else [],
            "downloads": downloads,
        }

    def pdf_view(self, request: HttpRequest, pk: int, channel: str, part: str) -> HttpResponse:
        """For the made-up person, as the printer would get it."""
        require(request, f"campaigns.view_{self.opts.model_name}")
        of = get_object_or_404(self.model, pk=pk)
        made = previews.preview(of.blocks).get(channel)
        content = made.rendition.parts.get(part) if made and made.rendition else None
        if not isinstance(content, bytes):
            raise Http404
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{channel}-{part}.pdf"'},
        )


def _parts(rendition: Rendition, picture: bytes | None) -> Iterator[Part]:
    if picture:
        yield Part("First page", picture=_data_url(picture))
    for name, value in rendition.parts.items():
        if name.startswith("html"):
            title = name.removeprefix("html_") if "_" in name else "As a page"
            yield Part(title, html=str(value), height=HEIGHTS.get(name, 560))
        elif isinstance(value, bytes):
            if value.startswith(b"\x89PNG"):
                yield Part(name.capitalize(), picture=_data_url(value))
        elif name != "subject":
            yield Part("As plain text" if "html" in rendition.parts else name.capitalize(), text=value)


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
