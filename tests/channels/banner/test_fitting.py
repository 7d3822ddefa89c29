"""Texts are fitted by their real width: whatever fits stays inside, and is as large as it can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.banner import fitting
from channels.banner.sizes import ACTION, CODE, HEADLINE, OFFER, SIZES

SOME = ["Sommer", "Garten", "Möbel", "für", "Sie", "20", "%", "Robinien-Tisch", "WWWWWW", "iiii"]
WORDS = st.lists(st.sampled_from(SOME), max_size=16)
TEXTS = st.fixed_dictionaries(
    {HEADLINE: WORDS.filter(bool), OFFER: WORDS, CODE: st.sampled_from([[], ["SOMMER-7K4M"]]), ACTION: WORDS}
).map(lambda words: {field: " ".join(some) for field, some in words.items()})
EVERY_SIZE = pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)


@EVERY_SIZE
@given(texts=TEXTS, has_picture=st.booleans())
def test_whatever_is_fitted_or_cut_stays_inside(size, texts, has_picture):
    fitted = fitting.cut(size, texts, has_picture=has_picture)
    firsts = {field: lines[0] for field, lines in fitted.lines.items()}
    for column in fitting.columns(size, firsts, fitted.fonts, has_picture=has_picture):
        for field in column.fields:
            low, high = size.fonts[field]
            assert low <= fitted.fonts[field] <= high
            lines = fitted.lines[field]
            widest = max(fitting.font(field, fitted.fonts[field]).getlength(line) for line in lines)
            assert widest <= column.width
        assert fitting.stacked(size, column.fields, fitted.lines, fitted.fonts) <= column.height


@EVERY_SIZE
@given(texts=TEXTS, has_picture=st.booleans())
def test_what_is_fitted_is_said_in_full_or_left_out(size, texts, has_picture):
    try:
        fitted = fitting.fit(size, texts, has_picture=has_picture)
    except fitting.NoRoomError:
        return
    for field, text in texts.items():
        said = "".join(fitted.lines.get(field, ())).replace(" ", "")
        assert said == ("" if field in fitted.left_out else text.replace(" ", ""))


@EVERY_SIZE
def test_a_short_text_is_larger_than_a_long_one(size):
    short, long = (
        fitting.fit(size, {HEADLINE: text}, has_picture=True) for text in ("Neu", "Neues für den Garten zum Fest")
    )
    assert short.fonts[HEADLINE] == size.fonts[HEADLINE][1]
    assert short.fonts[HEADLINE] >= long.fonts[HEADLINE]


def test_what_is_cut_ends_in_an_ellipsis():
    fitted = fitting.cut(SIZES[0], {HEADLINE: "Sommer " * 60}, has_picture=True)
    assert fitted.lines[HEADLINE][-1].endswith("\N{HORIZONTAL ELLIPSIS}")


def test_words_are_broken_at_hyphens_only():
    fitted = fitting.fit(SIZES[2], {HEADLINE: "Robinien-Gartentisch"}, has_picture=True)
    assert fitted.lines[HEADLINE] == ["Robinien-", "Gartentisch"]
