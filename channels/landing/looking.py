"""The landing page in a preview: as a person gets it who follows a link or a QR code, and nothing is counted."""

from typing import Any

from campaigns import blocks as content_blocks
from campaigns import languages
from campaigns.blocks import ContentError
from channels import registry, renditions
from channels.base import Rendition
from channels.compiled import Blocks, Fields
from channels.previews import Preview, Problem

from .render import render

NAME, LABEL = "landing", "Landing page"


def look(blocks: Blocks, who: Fields) -> Preview:
    """`blocks` must be right in themselves; `who` as channels.renditions and channels.preview_people give people."""
    try:
        html = render(blocks, _fields(blocks, who))
    except ContentError as error:
        return Preview(NAME, LABEL, problems=(Problem(NAME, error.path, error.reason),))
    return Preview(NAME, LABEL, Rendition({"html": html}))


def _fields(blocks: Blocks, who: Fields) -> dict[str, Any]:
    language = languages.chosen(who.get("language"), content_blocks.languages(blocks))
    shown = content_blocks.for_channel(blocks, NAME, language)
    links = {block["id"]: block["url"] for block in shown if block.get("url")}
    return renditions.fields_for(registry.get("email"), blocks, who) | {"links": links}
