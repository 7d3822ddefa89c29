"""Words of a customer without what tells who is who: names, addresses, numbers. An editor looks at what is left."""

import re
from collections.abc import Iterable

LEFT_OUT = "[…]"
NAME = r"[A-ZÄÖÜ][\w'\u2019-]+"
FORMS = [
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",  # e-mail addresses
    r"(?:https?://|www\.)\S+",
    r"@\w{3,}",  # handles
    r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?\b",  # IBAN
    r"\b[\w-]+(?:straße|strasse|str\.|weg|platz|gasse|allee|ufer|damm)\s*\d+(?:\s?[a-z])?\b",
    rf"\b(?:{NAME} )+(?:[Ss]tr(?:aße|asse|\.)|[Pp]latz|[Aa]llee|[Ww]eg) \d+(?:\s?[a-z])?\b",
    rf"\b\d{{1,4}} (?:{NAME} )+(?:[Ss]treet|[Rr]oad|[Ll]ane|[Aa]venue|[Dd]rive)\b",
    rf"\b\d{{5}} {NAME}",  # postcode and place
    r"(?<![\w,.])[+(]?\d[\d ()/-]{5,}\d\b",  # telephone numbers
    r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9-]{5,}\b",  # numbers of orders, contracts, devices
    r"\b\d{5,}\b",
    r"\b\d{1,2}\.\d{1,2}\.(?:\d{2,4})?(?!\d)",  # days
    r"\b\d{4}-\d{2}-\d{2}\b",
    # Who is called by a title, in the middle of a sentence or at its end: the title stays.
    rf"(?<=\bFrau )(?:(?:Prof\. |Dr\. )*{NAME}(?: {NAME})?)",
    rf"(?<=\bHerr )(?:(?:Prof\. |Dr\. )*{NAME}(?: {NAME})?)",
    rf"(?<=\bHerrn )(?:(?:Prof\. |Dr\. )*{NAME}(?: {NAME})?)",
    rf"(?<=\bFamilie ){NAME}",
    rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? {NAME}(?: {NAME})?",
    rf"(?<=\b[Mm]ein Name ist ){NAME}(?: {NAME})?",
    rf"(?<=\b[Mm]y name is ){NAME}(?: {NAME})?",
]
PERSONAL = re.compile("|".join(f"(?:{form})" for form in FORMS))
REPEATED = re.compile(rf"(?:{re.escape(LEFT_OUT)}[\s,/-]*){{2,}}")
BEFORE_MARK = re.compile(rf"{re.escape(LEFT_OUT)} (?=[.,;:!?])")
SHORTEST_KNOWN = 3  # a first name of two letters is a word as well


def redact(text: str, *, names: Iterable[str] = (), places: Iterable[str] = ()) -> str:
    """With LEFT_OUT for what may tell who is who; `names` and `places` are the customer's own."""
    words = {part for name in names for part in name.split()} | {place.strip() for place in places}
    known = {form for word in words if len(word) >= SHORTEST_KNOWN for form in (word, word.title(), word.upper())}
    if known:
        longest_first = sorted(map(re.escape, known), key=len, reverse=True)
        text = re.sub(rf"\b(?:{'|'.join(longest_first)})(?:s|\u2019s|'s)?\b", LEFT_OUT, text)
    text = REPEATED.sub(f"{LEFT_OUT} ", PERSONAL.sub(LEFT_OUT, text)).strip()
    return BEFORE_MARK.sub(LEFT_OUT, text)
