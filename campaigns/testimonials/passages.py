"""A message cut into sentences, and sentences that belong together put into passages."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

SHORTEST_WORDS, LONGEST = 4, 400  # a quote of fewer words says nothing, one of more characters is not read
NO_END = r"(?<!\bDr\.)(?<!\bNr\.)(?<!\bca\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bMrs\.)(?<!\bbzw\.)(?<!\bProf\.)(?<!\b\w\.)(?<!\d\.)"
END = re.compile(rf"(?:(?<=[.!?…])|(?<=[.!?…][\"»“”']))(?:{NO_END})\s+|\s*[\r\n]+\s*")


def sentences(message: str) -> list[str]:
    """In their order. Line breaks end one; abbreviations, ordinals and initials do not."""
    return [sentence for part in END.split(message) if (sentence := " ".join(part.split()))]


def passages(sentences: Sequence[str], wanted: Iterable[bool]) -> Iterator[tuple[str, list[int]]]:
    """Wanted sentences that follow each other, as one text with their places; never longer than LONGEST."""
    runs = groupby(enumerate(wanted), key=lambda one: one[1])
    for places in ([place for place, _ in run] for is_wanted, run in runs if is_wanted):
        for taken in _short_enough(sentences, places):
            text = " ".join(sentences[place] for place in taken)
            if len(text.split()) >= SHORTEST_WORDS:
                yield text, taken


def _short_enough(sentences: Sequence[str], places: Sequence[int]) -> Iterator[list[int]]:
    taken: list[int] = []
    length = 0
    for place in places:
        own = len(sentences[place]) + 1
        if taken and length + own > LONGEST:
            yield taken
            taken, length = [], 0
        if own <= LONGEST:
            taken, length = [*taken, place], length + own
    if taken:
        yield taken
