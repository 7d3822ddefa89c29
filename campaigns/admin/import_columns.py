"""A new import mapping made from a file: its columns with samples, and beside each what it means.

The file comes anew with every step, so nothing of it is kept before its trial begins.
"""

from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from campaigns.importing import ImportRefused, composing, looking, reopening, targets
from campaigns.importing.composing import Choices, Contradiction
from campaigns.importing.looking import Look
from campaigns.importing.reopening import Reopened
from campaigns.importing.targets import Target
from campaigns.models import EventKind, ImportKind, ImportMapping

from . import channel_choices

DATES = [(key, example) for key, (example, _, _) in looking.DATES.items()]
DECIMALS = [(".", "1,204.50"), (",", "1.204,50")]
YES_NO = {"": None, "yes": True, "no": False}


class FileForm(forms.Form):
    """What is there before the columns are known."""

    file = forms.FileField(label="File")
    mapping = forms.ModelChoiceField(
        ImportMapping.objects.all(), required=False, widget=forms.Select, empty_label="none: a new mapping"
    )
    kind = forms.ChoiceField(label="What is in it", choices=ImportKind.choices, widget=UnfoldAdminSelectWidget)

    def clean(self) -> dict[str, Any]:
        """A saved mapping says itself what is in the file."""
        cleaned = super().clean()
        if saved := cleaned.get("mapping"):
            cleaned["kind"] = saved.kind
            try:
                cleaned["saved"] = reopening.reopen(saved.definition, kind=saved.kind, among=_among(saved.kind))
            except ImportRefused as refusal:
                self.add_error("mapping", str(refusal))
        return cleaned

    def by_kind(self) -> list[tuple[str, list[ImportMapping]]]:
        found = sorted(ImportMapping.objects.all(), key=lambda one: ImportKind.values.index(one.kind))
        return [(kind, list(some)) for kind, some in groupby(found, key=lambda one: one.get_kind_display())]


class MappingForm(forms.Form):
    """What the columns do not say."""

    name = forms.CharField(
        label="Name of the mapping",
        max_length=80,
        widget=UnfoldAdminTextInputWidget,
        help_text="Under this name it is chosen for the next file of the same form",
    )
    source = forms.RegexField(
        r"^[\w .-]{1,40}$",
        label="Source",
        widget=UnfoldAdminTextInputWidget,
        help_text="Who says so, as “shop” or “till”; kept with everything that is imported. A new opt-out list replaces "
        "the former one of its source. Letters, digits, blanks, _ . -",
    )
    dates = forms.ChoiceField(label="Dates are written", choices=DATES, widget=UnfoldAdminSelectWidget)
    decimal = forms.ChoiceField(label="Numbers are written", choices=DECIMALS, widget=UnfoldAdminSelectWidget)
    replaces = forms.BooleanField(
        label="Replace the mapping that has this name", required=False, widget=UnfoldBooleanSwitchWidget
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("replaces") and ImportMapping.objects.filter(name=cleaned.get("name", "")).exists():
            self.add_error("name", "There is a mapping of this name already: choose another, or replace it")
        return cleaned


class EventForm(MappingForm):
    """Also what is the same for every event of the file, where no column says it."""

    event_kind = forms.ChoiceField(
        label="What happened, if no column says it",
        choices=[("", "a column says it"), *EventKind.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    event_medium = forms.CharField(
        label="Medium, if no column says it", max_length=20, required=False, widget=UnfoldAdminTextInputWidget
    )
    event_is_online = forms.ChoiceField(
        label="Online, if no column says it",
        choices=[("", "a column says it"), ("yes", "online"), ("no", "offline")],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


class CarrierForm(MappingForm):
    """Also whose areas these are, where no column says it."""

    carrier = forms.CharField(
        label="Carrier, if no column says it", max_length=60, required=False, widget=UnfoldAdminTextInputWidget
    )


FORMS = {ImportKind.EVENTS: EventForm, ImportKind.AREAS: CarrierForm, ImportKind.STREETS: CarrierForm}


@dataclass
class Draft:
    """A mapping in the making, as the page shows it."""

    kind: str
    look: Look
    among: list[Target]
    chosen: dict[str, str]
    form: forms.Form
    saved: ImportMapping | None = None
    missing: list[str] = field(default_factory=list)  # columns that the saved mapping reads, and the file does not have
    wrong: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[int, str, str]] | None = None  # what is wrong with the first rows, once they were looked at
    definition: dict[str, Any] | None = None

    @property
    def groups(self) -> list[tuple[str, list[Target]]]:
        ordered = sorted(self.among, key=lambda one: self._order.index(one.group))
        return [(group, list(found)) for group, found in groupby(ordered, key=lambda one: one.group)]

    @property
    def _order(self) -> list[str]:
        return list(dict.fromkeys(one.group for one in self.among))

    @property
    def columns(self) -> list[dict[str, Any]]:
        return [
            {"name": one.name, "samples": one.samples, "chosen": self.chosen.get(one.name, "")}
            for one in self.look.columns
        ]

    @property
    def shown(self) -> str:
        """For which kind and saved mapping the columns stand on the page."""
        return f"{self.kind} {self.saved.pk if self.saved else ''}"

    @property
    def first_rows(self) -> int:
        return composing.FIRST_ROWS


def draft(request: HttpRequest, path: Path, said: dict[str, Any]) -> Draft:
    """What is known after this step, from what FileForm said. Raises ImportRefused for a file that cannot be read."""
    kind, mapping, saved = said["kind"], said["mapping"], said.get("saved")
    look = looking.look(path, name=said["file"].name, saved=saved and saved.rest)
    headers = [one.name for one in look.columns]
    among = _among(kind)
    made = Draft(kind, look, among, {}, _form(kind, None, _initial(look, mapping, saved)), mapping)
    made.missing = [column for column in saved.choices.targets if column not in headers] if saved else []
    sent = dict(zip(request.POST.getlist("column"), request.POST.getlist("target"), strict=False))
    if set(sent) == set(headers) and request.POST.get("shown") == made.shown:
        known = {one.key for one in among}
        made.chosen = {column: key if key in known else "" for column, key in sent.items()}
        made.form = _form(kind, request.POST, None)
        _compose(made, path, said["file"].name, saved)
    elif saved:
        made.chosen = {header: saved.choices.targets.get(header, "") for header in headers}
    else:
        made.chosen = dict(zip(headers, targets.guess(headers, among), strict=True))
    return made


def _among(kind: str) -> list[Target]:
    return targets.of(kind, channels=channel_choices.known())


def _form(kind: str, said: Any, initial: dict[str, Any] | None) -> forms.Form:
    return FORMS.get(ImportKind(kind), MappingForm)(said, initial=initial)


def _initial(look: Look, mapping: ImportMapping | None, saved: Reopened | None) -> dict[str, Any]:
    if mapping is None or saved is None:
        return {"dates": look.dates, "decimal": look.decimal, "source": "file"}
    choices = saved.choices
    said = {"name": mapping.name, "replaces": True, "source": choices.source, "dates": choices.dates}
    constants = {key.replace(".", "_").replace("events", "event"): value for key, value in choices.constants.items()}
    if "event_is_online" in constants:
        constants["event_is_online"] = "yes" if constants["event_is_online"] else "no"
    return said | {"decimal": choices.decimal, "carrier": constants.pop("fields_carrier", "")} | constants


def _compose(made: Draft, path: Path, name: str, saved: Reopened | None) -> None:
    is_valid, said = made.form.is_valid(), made.form.cleaned_data
    choices = Choices(
        kind=made.kind,
        source=said.get("source", "file"),
        targets=made.chosen,
        dates=said.get("dates", "iso"),
        decimal=said.get("decimal", "."),
        constants=_constants(said),
    )
    try:
        definition = reopening.composed(choices, made.look, made.among, saved)
        made.rows = composing.problems_of(path, definition, kind=made.kind, name=name)
    except Contradiction as error:
        made.wrong = error.problems
    except ImportRefused as refusal:
        made.wrong = [("", str(refusal))]
    else:
        made.definition = definition if is_valid else None


def _constants(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "events.kind": said.get("event_kind", ""),
        "events.medium": said.get("event_medium", ""),
        "events.is_online": YES_NO[said.get("event_is_online", "")],
        "fields.carrier": said.get("carrier", ""),
    }
