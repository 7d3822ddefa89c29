"""What a channel cannot carry at all, and what it does not show."""

import re
from collections.abc import Iterator

from campaigns.findings import Finding

from .case import View

OUTSIDE = re.compile(r"too long for (the page|a letter|a leaflet)|mm of height|overflow", re.IGNORECASE)
SAID_ELSEWHERE = re.compile(r"^Not carried: |\bKB\b|\bpages\b")


def refused(view: View) -> Iterator[Finding]:
    """The whole of it: the channel makes nothing of it."""
    if error := view.refused:
        code = "outside_page" if OUTSIDE.search(error.reason) else "not_carried"
        yield view.error(error.path, code, error.reason)


def left_out(view: View) -> Iterator[Finding]:
    """A block of which the channel shows nothing, in the words of its type."""
    for id_, reason in view.left_out.items():
        yield view.warning(id_, "left_out", f"it is not shown here. {reason} Hide it on this channel if that is meant.")


def said(view: View) -> Iterator[Finding]:
    """What the renderer had no room for, as it says itself."""
    ids = {block["id"] for block in view.shown}
    for warning in view.rendition.warnings if view.rendition else ():
        if not SAID_ELSEWHERE.search(warning):
            named = [word for word in re.findall(r"[a-z0-9][a-z0-9_-]*", warning.partition(":")[2]) if word in ids]
            yield view.warning(named[0] if named else "", "no_room", warning)
