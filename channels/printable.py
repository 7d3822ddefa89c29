"""Letters that no font of the paper has, found before they are printed as empty boxes.

typst takes whatever its own fonts have (Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari and more, but neither Chinese,
Japanese, Korean nor Thai, and no emoji). As PDF/A, which allows no missing letter, it tells of each; which those are is
asked once a letter.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import typst

from campaigns.blocks import BLOCK_TYPES, ContentError, Kind

from .typeset_apart import OPTIONS

# Up to Latin Extended-B there are all letters; blanks and marks of ours are none.
UNUSUAL = re.compile("[^\u0000-\u024f\u2000-\u206f\u20ac\ue000-\uf8ff]")
PRINTED = (Kind.LINE, Kind.MARKDOWN, Kind.PRODUCTS, Kind.ROWS)
UNSEEN = {"alt", "preheader"}  # on paper
SHOWN = b'#set text(font: "Libertinus Serif")\n#sys.inputs.letter'


class UnprintableError(ContentError):
    """`path` names the field, or the field of a block, that holds the letters; what it says is not repeated."""


def check_person(texts: Iterable[str], fields: Mapping[str, Any]) -> None:
    """Raises UnprintableError for texts that one person's page shows, by the field that they come from."""
    if letter := next(_lacking(texts), ""):
        held = (name for name, value in fields.items() if letter in (value if isinstance(value, str) else ""))
        raise UnprintableError(next(held, "address_lines"), _reason(letter))


def check_blocks(blocks: Sequence[Mapping[str, Any]]) -> None:
    """Raises UnprintableError for a content's own texts, its rows included."""
    for block in blocks:
        printed = {name for name, field in BLOCK_TYPES[block["type"]].fields.items() if field.kind in PRINTED} - UNSEEN
        for name in sorted(printed & block.keys()):
            if letter := next(_lacking(_texts(block[name])), ""):
                raise UnprintableError(f"{block['id']}.{name}", _reason(letter))


def drawn(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block without the letters that cannot be drawn, for pictures whose words stand elsewhere in full."""
    return {name: _without(value) if name not in ("id", "type") else value for name, value in block.items()}


def _without(value: Any) -> Any:
    if not isinstance(value, str) or not any(_lacking([value])):
        return value
    kept = "".join(letter for letter in value if not (UNUSUAL.match(letter) and not is_printable(letter)))
    return " ".join(kept.split())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (text for row in value for text in row.values() if isinstance(text, str))


def _lacking(texts: Iterable[str]) -> Iterator[str]:
    return (letter for text in texts for letter in UNUSUAL.findall(text) if not is_printable(letter))


@lru_cache(maxsize=8192)
def is_printable(letter: str) -> bool:
    try:
        typst.compile(SHOWN, format="pdf", pdf_standards="a-2b", sys_inputs={"letter": letter}, **OPTIONS)
    except typst.TypstError:
        return False
    return True


def _reason(letter: str) -> str:
    return f"holds letters that the paper's font does not have ({kind(letter)})"


def kind(letter: str) -> str:
    """Its script in one word, such as cjk or hebrew: what may be said of somebody's name."""
    return unicodedata.name(letter, "unknown").split()[0].lower()
