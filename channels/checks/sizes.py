"""What is too heavy for those who show it."""

import re
from collections.abc import Iterator

from campaigns.assets import sources
from campaigns.blocks import ContentError
from campaigns.findings import Finding

from .case import View

MAIL = 100_000  # bytes of HTML; Gmail cuts off what follows, and with it the unsubscribe link
BANNER = 150_000  # bytes of a creative with its pictures, as ad networks allow
PICTURE = re.compile(r"(?:media|static)/[A-Za-z0-9_./-]+\.(?:png|jpe?g)")


def heavy(view: View) -> Iterator[Finding]:
    if not view.rendition:
        return
    if view.name == "email" and (size := len(view.text("html").encode())) > MAIL:
        reason = (
            f"the mail has {size // 1000} KB and Gmail cuts off what is above 100 KB: shorten it, or leave blocks out"
        )
        yield view.warning("", "too_large", reason)
    if view.name == "banner":
        yield from _banner(view)


def _banner(view: View) -> Iterator[Finding]:
    for name, part in view.rendition.parts.items():
        data = part.encode() if isinstance(part, str) else part
        size = len(data) + (_pictures(part) if isinstance(part, str) else 0)
        if size > BANNER:
            shown = name.rpartition("_")[2]
            reason = f"the banner {shown} has {size // 1000} KB with its picture, networks take 150: use a smaller one"
            yield view.error("", "too_large", reason)


def _pictures(html: str) -> int:
    return sum(_size(source) for source in set(PICTURE.findall(html)))


def _size(source: str) -> int:
    try:
        with sources.opened(source) as file:
            return file.size
    except ContentError:
        return 0
