"""What the law asks of advertising: who sends it, how to end it, and that it can be recognised.

Sources: § 5 DDG (imprint), § 6 DDG (commercial communication is recognisable), § 7 UWG (sender and a way to end it in
advertising e-mail), Art. 21 (4) GDPR (the right to object, said at the latest in the first letter).
"""

import html
import io
import re
from collections.abc import Iterator

from django.conf import settings
from pypdf import PdfReader

from campaigns.findings import Finding

from .. import words
from .case import View

SHOWN = {"email": ("html", "text"), "print_mailing": ("pdf",), "direct_post": ("pdf",)}
IMPRINT = re.compile(r"\b(impressum|imprint|legal notice|anbieterkennzeichnung)\b", re.IGNORECASE)
ADVERTISING = re.compile(r"\b(anzeige|werbung|advertisement|advertising|sponsored|gesponsert|promotion)\b|#ad\b", re.I)
COMMERCIAL = ("offer", "call_to_action", "product_list")


def sender(view: View) -> Iterator[Finding]:
    """In what is rendered, not only in the settings."""
    if view.name not in SHOWN or not view.rendition:
        return
    address = settings.SENDER_ADDRESS.strip()
    if not address:
        reason = "nobody is named as its sender: set SENDER_ADDRESS to the company's name and postal address"
        yield view.error("", "no_sender", reason)
    elif any(_bare(address) not in _bare(_said(view, part)) for part in SHOWN[view.name]):
        yield view.error("", "no_sender", "the sender's name and address do not stand in it")


def imprint(view: View) -> Iterator[Finding]:
    """A footer that everybody gets, or a text that leads to the imprint."""
    for_all = [block for block in view.shown if not block.get("only_if")]
    has_footer = any(block["type"] == "footer" for block in for_all)
    leads = any(IMPRINT.search(block.get("text", "")) for block in for_all if block["type"] in ("text", "legal_notice"))
    if not (has_footer or leads):
        reason = (
            "advertising e-mail needs an imprint: add a footer for everybody with the company's name, legal form,"
            " address, representatives and register number"
        )
        yield view.error("", "no_imprint", reason)


def unsubscribe(view: View) -> Iterator[Finding]:
    if not view.rendition:
        return
    url = str(view.fields["unsubscribe_url"])
    for part, label in (("html", "HTML"), ("text", "plain text")):
        if url not in html.unescape(view.text(part)):
            reason = f"the {label} of the mail has no link by which to end such mails, which the law asks for"
            yield view.error("", "no_unsubscribe", reason)


def objection(view: View) -> Iterator[Finding]:
    if not view.rendition:
        return
    notice = words.say("object", {"language": view.language})
    said = _bare(_said(view, "pdf"))
    if _bare(notice) not in said and not re.search(r"wider(spruch|sprechen|rufen)|object", said):
        reason = "a letter has to tell of the right to object to advertising (Art. 21 GDPR): say it in a legal notice"
        yield view.warning("", "no_objection", reason)


def recognisable(view: View) -> Iterator[Finding]:
    if not view.rendition or not any(block["type"] in COMMERCIAL for block in view.shown):
        return
    texts = (part for part in view.rendition.parts.values() if isinstance(part, str))
    if not any(ADVERTISING.search(text) for text in texts):
        reason = (
            "advertising has to be recognisable as such: write “Anzeige” or “Werbung” into it,"
            " unless it is plain where it is shown"
        )
        yield view.warning("", "not_marked", reason)


def _said(view: View, part: str) -> str:
    made = view.rendition.parts.get(part, b"") if view.rendition else ""
    if isinstance(made, bytes):
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages) if made else ""
    return html.unescape(made)


def _bare(text: str) -> str:
    """Without blanks and hyphens, for lines are broken where there is room."""
    return re.sub(r"[\s\u00ad\u200b\u2010-]", "", text).casefold()
