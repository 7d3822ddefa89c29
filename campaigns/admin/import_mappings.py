"""Mappings that read files: made from a file by choosing what each column means, or written as JSON."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns import importing
from campaigns.importing import schema
from campaigns.models import ImportMapping

from . import import_columns
from .editors import EditorField
from .imports import start
from .pages import PlainAdmin, note, require
from .uploads import on_disk


class MappingForm(forms.ModelForm):
    definition = EditorField(
        widget=UnfoldAdminTextareaWidget({"rows": 30, "spellcheck": "false", "style": "font-family: monospace"}),
        help_text="JSON; docs/importing.md explains every key by examples. The shipped mappings are good starting points.",
    )

    class Meta:
        model = ImportMapping
        fields = ("name", "kind", "definition")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "definition" in cleaned and cleaned.get("kind"):
            try:
                schema.check(cleaned["definition"], kind=cleaned["kind"])
            except importing.ImportRefused as refusal:
                self.add_error("definition", str(refusal))
        return cleaned


@admin.register(ImportMapping)
class ImportMappingAdmin(PlainAdmin):
    form = MappingForm
    change_list_template = "campaigns/import_mappings.html"
    change_form_outer_before_template = "campaigns/import_mapping.html"
    list_display = ("name", "kind", "description")
    list_filter = ("kind",)
    search_fields = ("name",)

    @display(description="What it reads")
    def description(self, mapping: ImportMapping) -> str:
        return mapping.definition.get("description", "")

    def pages(self) -> tuple:
        return (("columns/", "columns", self.columns_view),)

    def columns_view(self, request: HttpRequest) -> HttpResponse:
        """POST with `file` and `kind` or `mapping` shows its columns; with `verb` also what was chosen for them."""
        require(request, "campaigns.add_importmapping")
        require(request, "campaigns.add_importrun")
        upload = import_columns.FileForm(request.POST or None, request.FILES or None, initial=request.GET.dict())
        made, refusal = None, ""
        if upload.is_valid():
            try:
                made = _draft(request, upload.cleaned_data)
            except importing.ImportRefused as error:
                refusal = str(error)
        if made and made.definition and request.POST.get("verb") == "save":
            return self._save(request, made, upload.cleaned_data["file"])
        template = "import_columns_chosen.html" if "HX-Request" in request.headers else "import_columns.html"
        return self.page(
            request,
            f"campaigns/{template}",
            title="Import mapping from a file",
            upload=upload,
            draft=made,
            refusal=refusal,
        )

    def _save(self, request: HttpRequest, made: import_columns.Draft, file: Any) -> HttpResponse:
        """The mapping is kept, and the whole file is tried with it."""
        name = made.form.cleaned_data["name"]
        is_known = ImportMapping.objects.filter(name=name).exists()
        if is_known:
            require(request, "campaigns.change_importmapping")
        mapping = importing.save_mapping(name=name, kind=made.kind, definition=made.definition)
        note(request, mapping, "made from the columns of a file", flag=CHANGE if is_known else ADDITION)
        run = start(file, mapping, request, dry_run=True, skip_bad=False)
        messages.success(request, f"The mapping “{name}” is saved. The file is being tried: nothing is imported yet.")
        return _go(request, reverse("admin:campaigns_importrun_change", args=[run.pk]))


def _draft(request: HttpRequest, said: dict[str, Any]) -> import_columns.Draft:
    with on_disk(said["file"]) as path:
        return import_columns.draft(request, path, said)


def _go(request: HttpRequest, url: str) -> HttpResponse:
    """A form that a script sends stays on its page unless told otherwise."""
    return HttpResponse(headers={"HX-Redirect": url}) if "HX-Request" in request.headers else redirect(url)
