"""Contents that nothing speaks against, and what is found when something of them is changed."""

from copy import deepcopy
from typing import Any

from campaigns.findings import Finding
from channels import checks

TEXT = (
    "wir haben unsere Werkstatt umgebaut und zeigen am Samstag, wie aus heimischem Holz Tische und Bänke werden. "
    "Kommen Sie vorbei, probieren Sie das Hobeln aus und nehmen Sie ein Brett für den Garten mit nach Hause. "
    "Kaffee und Kuchen stehen bereit, und für Kinder gibt es eine eigene Werkbank."
)
GOOD: list[dict[str, Any]] = [
    {"id": "headline", "type": "headline", "text": "Ein Tag in der Werkstatt", "preheader": "Am Samstag ab zehn Uhr"},
    {"id": "text", "type": "text", "text": TEXT},
    {"id": "shop", "type": "call_to_action", "label": "Zum Programm", "url": "https://shop.example.com/tag"},
    {"id": "imprint", "type": "footer", "text": "Muster GmbH, Musterstraße 1, 10115 Berlin, HRB 12345"},
]
PICTURE = {"id": "picture", "type": "image", "source": "static/campaigns/garden.png", "alt": "Ein Garten am Abend"}


def good(*more: dict[str, Any], **changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The good content with changed fields, by the id of the block, and with further blocks before the footer."""
    made = [block | changes.get(block["id"], {}) for block in deepcopy(GOOD)]
    return [*made[:-1], *more, made[-1]]


def without(id_: str) -> list[dict[str, Any]]:
    return [block for block in good() if block["id"] != id_]


def found(blocks: Any, *channels: str, code: str = "", **known: Any) -> list[Finding]:
    """What is found, of all kinds or of one."""
    return [one for one in checks.check(blocks, channels, **known) if code in ("", one.code)]


def codes(blocks: Any, *channels: str, **known: Any) -> set[str]:
    return {one.code for one in checks.check(blocks, channels, **known)}
