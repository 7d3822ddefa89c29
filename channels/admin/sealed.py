"""A secret that staff enter, that is kept sealed, and that is never shown again."""

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget

KEPT = "One is kept. Leave it empty to keep it; enter another to replace it."


class SealedField(forms.CharField):
    """Empty means: keep what is there."""

    def __init__(self, label: str) -> None:
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        super().__init__(required=False, strip=True, widget=widget, label=label)
