"""For whom a block is, as a row for each condition."""

import json
import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict

from campaigns import conditions
from campaigns.admin import written_json
from campaigns.models import Audience

from . import known

AUDIENCE, NOT_AUDIENCE = conditions.AUDIENCES
WHATS = {AUDIENCE: "in an audience", NOT_AUDIENCE: "not in an audience"}
OTHER = "other"
JOINS = {
    "": "Everybody",
    "all": "Only those of whom all of this is true",
    "any": "Only those of whom any of this is true",
}
VERBS = {
    "one_of": "is one of", "not_one_of": "is none of", "filled": "is known", "empty": "is not known",
    "at_least": "is at least", "at_most": "is at most",
}  # fmt: skip
MOST_OFFERED = 500  # audiences


class Offered:
    """What the rows of a page offer, read once for all of them."""

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        return known.for_conditions()

    @cached_property
    def audiences(self) -> list[tuple[int, str]]:
        return list(Audience.objects.order_by("name").values_list("id", "name")[:MOST_OFFERED])


class Row(forms.Form):
    """One condition: something known of the customer, or an audience that they are in."""

    def __init__(
        self, was: Any, *, prefix: str, key: str, offered: Offered, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, prefix=f"{prefix}-{key}", use_required_attribute=False)
        self.key, self.was = key, was or {}
        named = next((name for name in WHATS if name in self.was), "")
        what = named or self.was.get("field", "")
        whats = [("", "Choose …"), *WHATS.items(), *offered.fields, (OTHER, "another attribute …")]
        self.fields["what"] = _choice("What", whats, what)
        self.fields["other"] = _line("Name of the attribute", "", "tier")
        self.fields["is"] = _choice("How", VERBS.items(), self.was.get("is", "one_of"))
        self.fields["values"] = _line("Values, with commas between them", _listed(self.was), "gold, silver")
        audiences = [("", "Choose …"), *offered.audiences]
        self.fields["audience"] = _choice("Audience", audiences, self.was.get(named, ""), gone="number {}, deleted")

    def value(self) -> dict[str, Any] | None:
        """None for a row that says nothing yet."""
        typed = {name: self[name].data for name in self.fields}
        if all(data is None or data == str(self[name].initial) for name, data in typed.items()):
            return self.was or None
        if typed["what"] in WHATS:
            return {typed["what"]: _number(typed["audience"] or "")}
        field = f"attribute_{(typed['other'] or '').strip()}" if typed["what"] == OTHER else typed["what"]
        if not field:
            return None
        made = {"field": field, "is": typed["is"]}
        _, most = conditions.VERBS.get(typed["is"], (None, 1))  # an unknown verb is refused by campaigns.blocks
        return made | {"values": self._values(typed["values"] or "", most)} if most else made

    def _values(self, typed: str, most: int) -> list[Any]:
        if typed == str(self["values"].initial) and "values" in self.was:
            return self.was["values"]
        parts = [part.strip() for part in typed.split(",")] if most > 1 else [typed.strip()]
        return [part for part in parts if part]


class OnlyIf:
    """`was` is the condition as the browser got it, None for everybody."""

    def __init__(self, was: Any, *, prefix: str, offered: Offered, data: QueryDict | None = None) -> None:
        self.was, self.prefix, self._offered, self._data = was, prefix, offered, data
        self.is_form = was is None or _fits(was)
        joined = next(iter(was), "") if was is not None and self.is_form else ""
        self.join = data.get(prefix, joined) if data is not None else joined
        self.joins = JOINS.items()
        self.rows = self._rows(was[joined] if joined else [])

    def _rows(self, was: list[Any]) -> list[Row]:
        old = {str(n): one for n, one in enumerate(was)}
        keys = old if self._data is None else dict.fromkeys(self._data.getlist(f"{self.prefix}-row"))
        return [self._row(key, old.get(key)) for key in keys]

    def _row(self, key: str, was: Any = None) -> Row:
        return Row(was, prefix=self.prefix, key=key, offered=self._offered, data=self._data)

    def one_more(self) -> Row:
        """An empty row."""
        return Row(None, prefix=self.prefix, key=f"n{secrets.token_hex(4)}", offered=self._offered)

    @property
    def raw_json(self) -> str:
        return json.dumps(self.was, ensure_ascii=False)

    def value(self) -> Any:
        if self._data is None:
            return self.was
        if not self.is_form:
            return self._raw()
        if not self.join:
            return None
        said = [value for row in self.rows if (value := row.value()) is not None]
        return {self.join: said}

    def _raw(self) -> Any:
        typed = self._data.get(f"{self.prefix}-raw", "")
        try:
            return written_json.read(typed) if typed.strip() else None
        except ValueError:
            return typed  # refused with its place by campaigns.blocks


def _choice(label: str, choices: Any, now: Any, *, gone: str = "{}") -> forms.ChoiceField:
    """What is chosen stays a choice, whether or not it is offered any more."""
    offered = [(str(value), text) for value, text in choices]
    if str(now) not in dict(offered):
        offered.append((str(now), gone.format(now)))
    return forms.ChoiceField(label=label, choices=offered, required=False, initial=str(now))


def _line(label: str, now: str, hint: str) -> forms.CharField:
    line = forms.TextInput({"placeholder": hint})
    return forms.CharField(label=label, required=False, strip=False, initial=now, widget=line)


def _fits(was: Any) -> bool:
    if not (isinstance(was, dict) and len(was) == 1):
        return False
    [(join, rows)] = was.items()
    return join in conditions.GROUPS and isinstance(rows, list) and all(map(_is_row, rows))


def _is_row(row: Any) -> bool:
    if not isinstance(row, dict) or not row:
        return False
    if named := next((name for name in WHATS if name in row), ""):
        return len(row) == 1 and type(row[named]) is int
    values = row.get("values", [])
    return (
        row.keys() <= {"field", "is", "values"}
        and isinstance(row.get("field"), str)
        and row.get("is") in VERBS
        and isinstance(values, list)
    )


def _listed(was: Mapping[str, Any]) -> str:
    return ", ".join(str(value) for value in was.get("values", []))


def _number(text: str) -> Any:
    """Anything else is refused with its place by campaigns.blocks."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else text
