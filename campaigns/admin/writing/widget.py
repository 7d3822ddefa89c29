"""The form field for blocks: cards where scripts run, else their JSON."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.forms.widgets import Media, Script
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.admin import written_json

from . import cards, drawing, known, reading


class BlocksWidget(UnfoldAdminTextareaWidget):
    """`channels` names those that a block may be otherwise on, `urls` those of the pages that draw pieces of it."""

    template_name = "campaigns/editor/blocks.html"

    def __init__(self, channels: Callable[[], drawing.Channels], urls: Callable[[], Mapping[str, str]]) -> None:
        self.channels, self.urls = channels, urls
        super().__init__({"class": "editor-json", "spellcheck": "false", "rows": 20})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        blocks = _parsed(value)
        return super().get_context(name, value, attrs) | {
            **drawing.cards_context(cards.of_blocks(blocks), self.channels()),
            "is_json": not isinstance(blocks, list),
            "as_name": reading.AS,
            "picks": known.for_texts(),
            "urls": self.urls(),
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if reading.is_of_forms(data):
            return json.dumps(reading.blocks_of(data), ensure_ascii=False)
        return super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not reading.is_of_forms(data) and super().value_omitted_from_data(data, files, name)

    @property
    def media(self) -> Media:
        return Media(
            css={"all": ["campaigns/content-editor.css"]},
            js=[Script("campaigns/content-editor.js", type="module")],
        )


def _parsed(value: Any) -> Any:
    try:
        return written_json.read(value or "[]")
    except ValueError:
        return None
