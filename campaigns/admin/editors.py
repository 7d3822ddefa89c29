"""Form fields for JSON that people edit by an editor in the page; without scripts, or by choice, as the JSON itself."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.forms.widgets import Media, Script
from unfold.widgets import UnfoldAdminTextareaWidget


class EditorWidget(UnfoldAdminTextareaWidget):
    """A textarea that campaigns/static/campaigns/<name>-editor.js turns into an editor; `config` tells it the vocabulary."""

    template_name = "campaigns/editor.html"

    def __init__(self, name: str, config: Callable[[], Mapping[str, Any]]) -> None:
        self.name, self.config = name, config
        super().__init__({"class": "editor-json", "spellcheck": "false"})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        # Asked for with every page, because the vocabulary has rows of the database in it.
        return super().get_context(name, value, attrs) | {"editor": self.name, "config": json.dumps(self.config())}

    @property
    def media(self) -> Media:
        return Media(js=[Script(f"campaigns/{self.name}-editor.js", type="module")])


class EditorField(forms.JSONField):
    """Empty is refused by whoever checks the value, so that the reason is in plain words."""

    empty_values = ("", None)

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise forms.ValidationError("It is nested too deep.", code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):  # what was typed and could not be read
            return value
        return json.dumps(value, indent=2, ensure_ascii=False)
