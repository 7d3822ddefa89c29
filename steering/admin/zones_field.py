"""Postage zones on one line: “80: 0.70; 97: 0.95” on the page, cents by the beginning of the postcode in the database."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

SHAPE = (
    "Write the beginning of a postcode, a colon and the cost of a piece, and so on after semicolons: 80: 0.70; 97: 0.95"
)
PREFIX = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{0,10}")
HIGHEST_CENTS = 10**7


class ZonesField(forms.CharField):
    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return shown(value) if isinstance(value, Mapping) else value

    def clean(self, value: Any) -> dict[str, int]:
        entries = [entry.strip() for entry in re.split(r"[;\n]", super().clean(value)) if entry.strip()]
        zones: dict[str, int] = {}
        for entry in entries:
            prefix, cents = _zone(entry)
            if prefix in zones:
                raise forms.ValidationError(f"“{prefix}” is there twice.")
            zones[prefix] = cents
        return zones

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != (initial or {})
        except forms.ValidationError:
            return True


def shown(zones: Mapping[str, int]) -> str:
    return "; ".join(f"{prefix}: {Decimal(cents) / 100:.2f}" for prefix, cents in zones.items())


def _zone(entry: str) -> tuple[str, int]:
    prefix, _, cost = (part.strip() for part in entry.partition(":"))
    if not PREFIX.fullmatch(prefix):
        raise forms.ValidationError(f"“{entry}” cannot be read. {SHAPE}")
    try:
        cents = Decimal(cost) * 100
    except InvalidOperation:
        raise forms.ValidationError(f"“{cost or entry}” is no cost. {SHAPE}") from None
    if not (cents.is_finite() and 0 <= cents <= HIGHEST_CENTS and cents == int(cents)):
        raise forms.ValidationError(f"“{cost}” must be at least 0, with two decimals at most.")
    return prefix, int(cents)
