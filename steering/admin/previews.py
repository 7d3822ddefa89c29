"""A page that shows a content as one person would get it on every channel, side by side."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns import languages
from campaigns.admin.pages import note, require
from campaigns.blocks import ContentError
from campaigns.models import Customer
from channels import previews, registry, renditions, trials
from channels.base import ChannelError, Rendition
from channels.previews import Preview

SIZED = re.compile(r"html_(\d+)x(\d+)")  # a creative in a fixed size
SCRIPTS = re.compile(r"<script>.*?</script>", re.S)  # of ad servers; the frame runs none
BORDERS = 2  # pixels around a frame
NAMES = {"pdf": "PDF", "pdf_a4": "PDF in A4"}


@dataclass(frozen=True)
class Part:
    """One thing to show: a page in a frame of its own, a picture, or text."""

    name: str
    html: str = ""
    height: int = 560
    width: int = 0  # 0: as wide as there is room
    picture: str = ""  # data URL
    text: str = ""


class ChooseForm(forms.Form):
    """By number, not by name: who is looked at is nobody's business in a log."""

    number = forms.CharField(
        label="Customer number",
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "placeholder": "empty: a made-up person"}),
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
            ("<int:pk>/try/<str:channel>/", "try", require_POST(self.try_view)),
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

    def try_view(self, request: HttpRequest, pk: int, channel: str) -> HttpResponse:
        """Send a content to whoever presses the button, or show it, as the channel would; see Channel.try_out."""
        require(request, f"campaigns.view_{self.opts.model_name}")
        of = get_object_or_404(self.model, pk=pk)
        if channel not in registry.CHANNELS:
            raise Http404
        customer = _chosen(request)
        customer_id = customer.pk if customer else None
        try:
            tried = trials.try_out(channel, of.blocks, recipient=request.user.email, customer_id=customer_id)
        except (ContentError, ChannelError) as error:
            messages.error(request, f"It was not sent: {error}.")
            return redirect(f"admin:campaigns_{self.opts.model_name}_preview", pk)
        note(request, of, f"tried out on {channel}" + (f" as customer {customer_id} gets it" if customer else ""))
        if pdf := _pdf(tried.rendition):
            return _file(pdf, f"{channel}-test.pdf")
        made = Preview(channel, registry.get(channel).label, tried.rendition)
        return self.page(
            request,
            "steering/tried.html",
            title=f"Tried out: {of}",
            said=tried.said,
            one=self._shown(made, pk, customer),
            customer=customer,
            back=reverse(f"admin:campaigns_{self.opts.model_name}_preview", args=[pk]),
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
        shown = list(parts(one.rendition, one.picture)) if one.rendition else []
        return {
            "channel": one.channel,
            "try_url": reverse(f"admin:campaigns_{self.opts.model_name}_try", args=[pk, one.channel]),
            "label": one.label,
            "is_wide": any(part.width for part in shown),
            "problems": one.problems,
            "warnings": one.rendition.warnings if one.rendition else (),
            "subject": one.rendition.parts.get("subject", "") if one.rendition else "",
            "parts": shown,
            "downloads": downloads,
        }

    def pdf_view(self, request: HttpRequest, pk: int, channel: str, part: str) -> HttpResponse:
        """For the made-up person, as the printer would get it."""
        require(request, f"campaigns.view_{self.opts.model_name}")
        of = get_object_or_404(self.model, pk=pk)
        if channel not in registry.CHANNELS:
            raise Http404
        made = previews.one(channel, of.blocks, renditions.made_up(of.blocks, languages.own()))
        content = made.rendition.parts.get(part) if made.rendition else None
        if not isinstance(content, bytes):
            raise Http404
        return _file(content, f"{channel}-{part}.pdf")


def _chosen(request: HttpRequest) -> Customer | None:
    """The customer with whose data it is filled in. Raises PermissionDenied for who may not see customers."""
    if not request.POST.get("number", "").strip():
        return None
    require(request, "campaigns.view_customer")
    form = ChooseForm(request.POST)
    if not form.is_valid():
        raise Http404
    return form.cleaned_data["number"]


def _pdf(rendition: Rendition) -> bytes | None:
    found = (part for name, part in rendition.parts.items() if name.startswith("pdf") and isinstance(part, bytes))
    return next(found, None)


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def parts(rendition: Rendition, picture: bytes | None) -> Iterator[Part]:
    if picture:
        yield Part("First page", picture=_data_url(picture))
    for name, value in rendition.parts.items():
        if size := SIZED.fullmatch(name):
            width, height = int(size[1]), int(size[2])
            yield Part(
                f"{width} by {height}", html=SCRIPTS.sub("", str(value)), width=width + BORDERS, height=height + BORDERS
            )
        elif name == "html":
            yield Part("As a page", html=str(value))
        elif isinstance(value, bytes):
            if value.startswith(b"\x89PNG"):
                yield Part(name.capitalize(), picture=_data_url(value))
        elif name != "subject":
            yield Part("As plain text" if "html" in rendition.parts else name.capitalize(), text=value)


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
