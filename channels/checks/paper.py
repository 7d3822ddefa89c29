"""What is seen on printed pages only: pictures that are too coarse, missing QR codes, text that runs off the page."""

import re
from collections.abc import Iterator

from campaigns import assets, placeholders
from campaigns.blocks import ContentError
from campaigns.findings import Finding

from .case import Block, View, texts
from .page_images import Placed, placed, sheets

GOOD, LEAST = 300, 150  # dots an inch
MOST_MODULES = 177  # along a side of any QR code, which is drawn one dot a module
BREAKS = re.compile(r"[\s/\-\u00ad\u200b]+")
WIDEST = {"print_mailing": 78, "direct_post": 55}  # characters without a break that surely stay on the page


def coarse(view: View) -> Iterator[Finding]:
    pictures = [image for image in _images(view) if not _is_code(image)]
    for image in pictures:
        if image.dpi < GOOD:
            path, pixels = _whose(view, image), round(image.width / image.dpi * GOOD)
            reason = (
                f"the picture is printed at {image.dpi:.0f} dpi, and print needs {GOOD}: use one that is at least"
                f" {pixels:,} pixels wide"
            )
            say = view.error if image.dpi < LEAST else view.warning
            yield say(path, "image_coarse", reason)


def coded(view: View) -> Iterator[Finding]:
    if view.rendition and not any(_is_code(image) for image in _images(view)):
        reason = "there is no QR code on it, so nobody comes from the paper to the offer, and no answer is counted"
        yield view.warning("", "qr_missing", reason)


def pages(view: View) -> Iterator[Finding]:
    if view.rendition and (number := sheets(_pdf(view))) > 1:
        reason = (
            f"the letter has {number} pages: what the price of a piece pays for is one. Shorten it, or ask the printer"
        )
        yield view.warning("", "pages", reason)


def wide(view: View) -> Iterator[Finding]:
    """A word that nothing breaks, such as a long address of a site, runs over the edge of the text."""
    for block in view.shown:
        for name, raw in texts(block):
            said = placeholders.parse(raw).fill(view.fields if view.channel else {})
            longest = max((len(word) for word in BREAKS.split(said)), default=0)
            if longest > WIDEST[view.name]:
                reason = f"a word of {longest} characters cannot be broken and runs off the page: shorten it"
                yield view.error(view.place(block, name), "outside_page", reason)


def _images(view: View) -> tuple[Placed, ...]:
    return placed(_pdf(view)) if view.rendition else ()


def _pdf(view: View) -> bytes:
    part = view.rendition.parts.get("pdf", b"") if view.rendition else b""
    return part if isinstance(part, bytes) else b""


def _is_code(image: Placed) -> bool:
    return image.width == image.height <= MOST_MODULES


def _whose(view: View, image: Placed) -> str:
    shown = [block for block in view.shown if block["type"] == "image"]
    same = [block for block in shown if _size(block) == (image.width, image.height)] or shown
    return view.place(same[0], "source") if same else ""


def _size(block: Block) -> tuple[int, int]:
    try:
        return assets.size(block["source"])
    except ContentError:
        return 0, 0
