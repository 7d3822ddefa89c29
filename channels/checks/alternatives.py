"""Alternative texts: what is read to whoever does not see a picture."""

import re
from collections.abc import Iterator

from campaigns import languages, placeholders
from campaigns.findings import Finding

from .case import Block, View

FILE_NAME = re.compile(
    r"\.(png|jpe?g|gif|webp|svg|heic|tiff?)\s*$|^(img|dsc|dscf|pict?|scan|screenshot)[-_ ]?\d+", re.I
)
SAYS_NOTHING = {
    *("image", "picture", "photo", "pic", "graphic", "banner", "header", "hero", "logo", "icon", "untitled", "img"),
    *("bild", "foto", "grafik", "abbildung", "kopfbild", "titelbild", "produktbild", "platzhalter", "placeholder"),
    *("alt", "alt text", "alternative text", "alternativtext", "the image", "a picture", "ein bild", "das bild"),
}
SHORTEST = 3  # letters


def useless(view: View) -> Iterator[Finding]:
    headlines = {_plain(block["text"]) for block in view.shown if block["type"] == "headline"}
    for block in _pictures(view):
        text, path = _plain(block.get("alt", "")), view.place(block, "alt")
        if not text:
            yield view.error(path, "alt_missing", f"the picture has no alternative text: {SAY}")
        elif FILE_NAME.search(text):
            yield view.warning(path, "alt_useless", f"the alternative text is the name of a file: {SAY}")
        elif text.strip(" .") in SAYS_NOTHING or sum(map(str.isalpha, text)) < SHORTEST:
            yield view.warning(path, "alt_useless", f"the alternative text says nothing: {SAY}")
        elif text in headlines:
            yield view.warning(path, "alt_useless", f"the alternative text is the headline, so it is read twice: {SAY}")


SAY = "say what is to be seen"


def untranslated(view: View) -> Iterator[Finding]:
    if view.language == languages.own():
        return
    for block in _pictures(view):
        written = next(one for one in view.case.blocks if one["id"] == block["id"])
        if block.get("alt") == written.get("alt"):
            label = languages.LANGUAGES[view.language]
            path = f"{block['id']}.languages.{view.language}.alt"
            yield view.warning(path, "alt_untranslated", f"the alternative text is not in {label}: translate it")


def _pictures(view: View) -> Iterator[Block]:
    return (block for block in view.shown if block["type"] == "image")


def _plain(text: str) -> str:
    return placeholders.parse(text).fill({}).strip().casefold()
