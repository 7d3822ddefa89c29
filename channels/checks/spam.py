"""What makes mail programs take an advertising mail for spam, and people not open it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from campaigns import markdown, placeholders
from campaigns.blocks import BLOCK_TYPES, ContentError, Kind
from campaigns.findings import Finding

from .case import Block, View, texts

LONGEST_SUBJECT = 60  # characters
MOST_MARKS = 3  # exclamation marks in all texts
LEAST_LETTERS = 12  # fewer say nothing about capitals
CAPITALS = 0.5  # share of letters
LEAST_TEXT = 200  # characters beside a picture
ANSWER = re.compile(r"\s*(re|aw|fw|fwd|wg)\s*:", re.IGNORECASE)
SHOUTED = re.compile(r"[!?]{2,}|!\s*!|[€$]{2,}")
WORD = re.compile(r"[^\W\d_]{4,}")
PHRASES = re.compile(
    r"\b("
    # German
    r"100\s?% (?:gratis|kostenlos|garantiert)|garantiert(?:er)? gewinn\w*|sie haben gewonnen|herzlichen glückwunsch|"
    r"jetzt (?:sofort )?zuschlagen|nur noch heute|letzte chance|jetzt kaufen|sofort bestellen|hier klicken|klicken sie hier|"
    r"geld verdienen|schnelles geld|ohne risiko|risikofrei|kein haken|kredit ohne schufa|wundermittel|kostenlos testen|"
    r"unverbindlich und kostenlos|gratis geschenk|nicht verpassen|dringend|wichtige mitteilung|millionär|"
    # English
    r"100\s?% (?:free|guaranteed)|click (?:here|below)|act now|buy now|order now|limited time|last chance|only today|"
    r"you(?:'ve| have) won|you are a winner|congratulations|risk[- ]free|no risk|no obligation|no catch|make money|"
    r"earn money|cash bonus|extra income|miracle|once in a lifetime|this is not spam|dear friend|urgent|free gift|"
    r"double your|lowest price|viagra|casino"
    r")\b",
    re.IGNORECASE,
)


class Pattern(NamedTuple):
    code: str
    reason: str


def subject(view: View) -> Iterator[Finding]:
    """Of the mail as it is rendered; its place is the headline from which it comes."""
    if not view.rendition:
        return
    said = view.text("subject").strip()
    path = _subject_place(view)
    if not said:
        yield view.error(path, "subject_empty", "the mail has no subject, and such mail is not opened: write one")
    if len(said) > LONGEST_SUBJECT:
        reason = f"the subject has {len(said)} characters, and phones show about {LONGEST_SUBJECT}: say it shorter"
        yield view.warning(path, "subject_long", reason)
    if ANSWER.match(said):
        reason = "the subject pretends to be an answer, which is forbidden for advertising: leave Re: and the like out"
        yield view.warning(path, "subject_answer", reason)
    if said.count("!") > 1:
        yield view.warning(
            path, "spam_marks", "the subject has several exclamation marks, as spam has: keep one at most"
        )
    for pattern in _patterns(said):
        yield view.warning(path, pattern.code, f"the subject {pattern.reason}")
    if said and said.casefold() == _preheader(view).casefold():
        reason = "the preview text says the same as the subject, so a line in the inbox is lost: say what comes next"
        yield view.warning(path.replace(".subject", ".preheader"), "preheader_same", reason)


def text(view: View) -> Iterator[Finding]:
    marks = 0
    for block in view.shown:
        for name, raw in texts(block):
            if (block["type"], name) in (("headline", "subject"), ("image", "alt")):
                continue
            said = _plain(block, name, raw)
            marks += said.count("!")
            for pattern in _patterns(said):
                yield view.warning(view.place(block, name), pattern.code, f"the text {pattern.reason}")
    if marks > MOST_MARKS:
        reason = f"the mail has {marks} exclamation marks, and filters count them: keep {MOST_MARKS} at most"
        yield view.warning("", "spam_marks", reason)


def pictures(view: View) -> Iterator[Finding]:
    """Filters cannot read pictures, so they distrust mail that is hardly anything else; and many people see none."""
    shown = [block for block in view.shown if block["type"] == "image"]
    letters = sum(
        len(_plain(block, name, raw))
        for block in view.shown
        if block["type"] not in ("image", "footer", "legal_notice")
        for name, raw in texts(block)
        if name not in ("subject", "preheader")
    )
    if shown and letters < LEAST_TEXT * len(shown) ** 0.5:
        reason = (
            f"the mail is {len(shown)} picture{'s' * (len(shown) > 1)} with {letters} characters of text: spam filters"
            " distrust that, and many programs show no pictures at first. Say in words what matters"
        )
        yield view.warning(view.place(shown[0], ""), "mostly_pictures", reason)


def _patterns(said: str) -> Iterator[Pattern]:
    letters = [letter for letter in said if letter.isalpha()]
    shouted = [word for word in WORD.findall(said) if word.isupper()]
    is_loud = len(letters) >= LEAST_LETTERS and sum(map(str.isupper, letters)) > CAPITALS * len(letters)
    if is_loud or len(shouted) >= 3:
        yield Pattern("spam_capitals", "is in capitals, which is read as shouting and counted by spam filters")
    if SHOUTED.search(said):
        found = SHOUTED.search(said)[0]
        yield Pattern("spam_signs", f"has “{found}”, as spam has: one is enough")
    if found := PHRASES.search(said):
        yield Pattern("spam_phrase", f"says “{found[0]}”, which spam filters know: say it in your own words")


def _subject_place(view: View) -> str:
    block = next((one for one in view.shown if one["type"] == "headline"), None)
    if block is None:
        return ""
    return view.place(block, "subject" if block.get("subject") else "text")


def _preheader(view: View) -> str:
    said = next((one["preheader"] for one in view.shown if one["type"] == "headline" and one.get("preheader")), "")
    return placeholders.parse(said).fill(view.fields).strip()


def _plain(block: Block, name: str, raw: str) -> str:
    """As a made-up person reads it; placeholders say nothing here, for they are not what was written."""
    said = "".join(part for part in placeholders.parse(raw).parts if isinstance(part, str))
    if BLOCK_TYPES[block["type"]].fields[name].kind != Kind.MARKDOWN:
        return said
    try:
        return re.sub(r"\(https?://\S+\)|\(mailto:\S+\)", "", markdown.plain(said))
    except ContentError:
        return said
