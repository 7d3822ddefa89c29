"""Whether text in the company's colour, and white text on it, can be read (WCAG 2.2, 1.4.3)."""

from collections.abc import Iterator

from django.conf import settings

from campaigns.findings import Finding

from .. import colours
from .case import View

LARGE = 3.0  # the least for large text, level AA: nothing may be below


def of_brand(view: View) -> Iterator[Finding]:
    """Channels put white text on it, and it on white; the contrast is the same."""
    colour = settings.BRAND_COLOR
    try:
        found = colours.contrast(colour, colours.WHITE)
    except ValueError:
        yield view.error("", "contrast", f"BRAND_COLOR must be a colour such as #1c4f82, got {colour[:20]!r}")
        return
    if found >= colours.AA:
        return
    reason = (
        f"the contrast of the company's colour {colour} with white is {found:.1f}:1, and text needs {colours.AA}:1"
        " (WCAG AA): set a darker BRAND_COLOR"
    )
    yield (view.error if found < LARGE else view.warning)("", "contrast", reason)
