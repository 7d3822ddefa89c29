"""How a field of each kind is written: what its control looks like, and what was typed as a value."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django import forms

from campaigns import placeholders
from campaigns.admin import written_json
from campaigns.blocks.types import NEAREST, ROW, BlockField, Kind
from campaigns.models import Offer, Testimonial, TestimonialState

LINE_ENDS = re.compile("\r\n|\r")
BETWEEN = "|"  # the parts of a product on its line
HINTS: Mapping[str, str] = {
    "url": "https://…",
    "coupon": "SOMMER20, or: personal",
    "products": "attribute_recommended, or a product a line: Name | price | words | image | id",
    "rows": "A product a line: Name | price | words | image | id",
}
ROWS = 5
MOST_OFFERED = 200
QUOTED = 60  # letters of a testimonial in the list


def shown(value: Any) -> str:
    """A value as text in a control: products as lines, whatever else is no text as JSON."""
    if isinstance(value, str):
        return value
    if value in (None, []):
        return ""
    return _lines(value) if _are_lines(value) else json.dumps(value, ensure_ascii=False)


def said(value: Any) -> str:
    """A value as people would say it: of products their names."""
    if not isinstance(value, list):
        return shown(value)
    rows = [row for row in value if isinstance(row, dict)]
    return ", ".join(str(name) for row in rows if (name := row.get("name") or row.get("product")))


def plain(text: str) -> str:
    """As browsers send it back: with one kind of line end."""
    return LINE_ENDS.sub("\n", text)


def value(kind: Kind, typed: str) -> Any:
    """What was typed, as it is kept. Addresses, codes and dates never begin or end with blanks."""
    text = plain(typed)
    if kind in (Kind.LINE, Kind.MARKDOWN):
        return text
    text = text.strip()
    return _products(text) if kind in (Kind.PRODUCTS, Kind.ROWS) else text


def _products(text: str) -> Any:
    """Rows, or the name of the attribute that holds a customer's own."""
    if text.startswith(placeholders.ATTRIBUTE) and "\n" not in text:
        return text
    try:
        return written_json.read(text)
    except ValueError:
        return [_row(line) for line in text.split("\n") if line.strip()]


def _row(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split(BETWEEN, len(ROW) - 1)]
    return {name: part for name, part in zip(ROW, parts, strict=False) if part}


def _lines(rows: list[dict[str, str]]) -> str:
    return "\n".join(f" {BETWEEN} ".join(row.get(name, "") for name in ROW).rstrip(f" {BETWEEN}") for row in rows)


def _are_lines(value: Any) -> bool:
    """Whether these rows are the same again when they are read as lines."""
    if not (isinstance(value, list) and value and all(isinstance(row, dict) for row in value)):
        return False
    texts = all(isinstance(text, str) for row in value for text in row.values())
    return texts and [_row(line) for line in _lines(value).split("\n")] == value


def form_field(declared: BlockField, was: Any, *, below: Any = None) -> forms.Field:
    """The control; `below` is what holds where it is left empty."""
    attributes = {"data-kind": declared.kind.value, "placeholder": shown(below)[:200] or HINTS.get(declared.kind, "")}
    if declared.is_templated:
        attributes["data-longest"] = str(declared.longest)
    if declared.kind in (Kind.PRODUCTS, Kind.ROWS):
        attributes["data-parts"] = " ".join(ROW)
    make = CONTROLS.get(declared.kind, _line)
    return make(declared, shown(was), attributes)


def _line(declared: BlockField, was: str, attributes: dict[str, str]) -> forms.Field:
    return forms.CharField(
        label=declared.label, required=False, strip=False, initial=was, widget=forms.TextInput(attributes)
    )


def _markdown(declared: BlockField, was: str, attributes: dict[str, str]) -> forms.Field:
    area = forms.Textarea({**attributes, "rows": str(ROWS)})
    return forms.CharField(label=declared.label, required=False, strip=False, initial=was, widget=area)


def _date(declared: BlockField, was: str, attributes: dict[str, str]) -> forms.Field:
    """A browser's date field shows nothing where what was written is no date, and would lose it."""
    made = _line(declared, was, attributes)
    if not was or _is_date(was):
        made.widget.input_type = "date"
    return made


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _offer(declared: BlockField, was: str, attributes: dict[str, str]) -> forms.Field:
    known = Offer.objects.filter(withdrawn_at=None).values_list("slug", "name")
    return _one_of([(slug, f"{name} ({slug})") for slug, name in known], declared, was, attributes)


def _testimonial(declared: BlockField, was: str, attributes: dict[str, str]) -> forms.Field:
    known = Testimonial.objects.filter(state=TestimonialState.APPROVED).order_by("-approved_at")[:MOST_OFFERED]
    quoted = [(str(one.pk), f"“{one.quote[:QUOTED]}” {one.who}".strip()) for one in known]
    return _one_of(quoted, declared, was, attributes)


def _store(declared: BlockField, was: str, attributes: dict[str, str]) -> forms.Field:
    return _one_of([(NEAREST, "the store nearest to each delivery area, on leaflets")], declared, was, attributes)


def _one_of(offered: list[tuple[str, str]], declared: BlockField, was: str, attributes: dict[str, str]) -> forms.Field:
    """What is named already stays a choice, whatever became of it."""
    if was and was not in dict(offered):
        offered.append((was, f"{was}, not offered any more"))
    instead = attributes.pop("placeholder", "")
    choices = [("", instead or "none"), *offered]
    return forms.ChoiceField(
        label=declared.label, required=False, initial=was, choices=choices, widget=forms.Select(attributes)
    )


CONTROLS: Mapping[Kind, Callable[[BlockField, str, dict[str, str]], forms.Field]] = {
    Kind.MARKDOWN: _markdown,
    Kind.PRODUCTS: _markdown,
    Kind.ROWS: _markdown,
    Kind.DATE: _date,
    Kind.OFFER: _offer,
    Kind.TESTIMONIAL: _testimonial,
    Kind.STORE: _store,
}
