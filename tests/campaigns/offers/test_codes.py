"""Codes can be read out, typed with a slip that is noticed, and spell nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.offers import bad_words, codes, generating

CODES = st.integers(0, codes.PRIME ** (codes.LENGTH - 1) - 1).map(
    lambda number: _text(codes.checked(codes.places(np.array([number]))[:, 1:])[0])
)


def _text(places: np.ndarray) -> str:
    return "".join(codes.ALPHABET[place] for place in places)


def test_the_alphabet_has_nothing_that_is_taken_for_something_else():
    assert not set("01OIQLBSZGAEU") & set(codes.ALPHABET)
    assert sorted(codes.ALPHABET) == list(codes.ALPHABET)


@given(CODES)
def test_a_code_is_well_formed(code):
    assert codes.is_well_formed(code)
    assert codes.key(codes.shown(code).lower()) == code


@given(CODES, st.integers(0, codes.LENGTH - 1), st.sampled_from(codes.ALPHABET))
def test_every_single_wrong_symbol_is_noticed(code, place, symbol):
    wrong = code[:place] + symbol + code[place + 1 :]
    assert codes.is_well_formed(wrong) == (wrong == code)


@given(CODES, st.integers(0, codes.LENGTH - 1), st.integers(0, codes.LENGTH - 1))
def test_any_two_symbols_that_were_swapped_are_noticed(code, one, other):
    swapped = list(code)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    wrong = "".join(swapped)
    assert codes.is_mistyped(wrong) == (wrong != code)


@pytest.mark.parametrize("read", ["O", "0", "Q"])
def test_what_looks_like_a_symbol_is_read_as_it(read):
    code = next(code for code in map(_text, codes.checked(generating._random(200))) if "D" in code)
    assert codes.meant(code.replace("D", read)) == code


@pytest.mark.parametrize("other", ["", "SOMMER20", "ABCDEFGHIJKLMN", "äöüäöüäöüäöü"])
def test_other_codes_are_not_mistyped_ones_of_ours(other):
    assert not codes.is_mistyped(codes.key(other))


def test_numbers_are_in_the_order_of_the_codes():
    places = codes.checked(generating._random(500))
    by_number = np.argsort(codes.numbers(places))
    texts = [_text(row) for row in places]
    assert [texts[row] for row in by_number] == sorted(texts)
    assert (codes.places(codes.numbers(places)) == places).all()


@pytest.mark.parametrize("spelt", ["F4RT", "FVCK", "88", "55", "KKK", "5H7"])
@pytest.mark.parametrize("start", [0, 3, 8])
def test_what_spells_something_is_found_wherever_it_stands(spelt, start):
    harmless = "CMXCMXCMXCMX"
    code = (harmless[:start] + spelt + harmless)[: codes.LENGTH]
    places = np.array([[codes.ALPHABET.index(symbol) for symbol in text] for text in (code, harmless)], dtype=np.uint8)
    assert bad_words.spelt(places).tolist() == [True, False]


def test_a_word_of_two_is_found_at_the_end():
    places = np.array([[codes.ALPHABET.index(symbol) for symbol in "CMXCMXCMXC88"]], dtype=np.uint8)
    assert bad_words.spelt(places).all()


def test_drawn_codes_all_differ_are_well_formed_and_spell_nothing():
    symbols = generating.drawn(5_000)
    texts = [row.tobytes().decode() for row in symbols]
    assert len(set(texts)) == 5_000
    assert all(map(codes.is_well_formed, texts))
    places = np.array([[codes.ALPHABET.index(symbol) for symbol in text] for text in texts], dtype=np.uint8)
    assert not bad_words.spelt(places).any()


def test_every_symbol_is_as_likely():
    counts = np.bincount(generating._random(50_000).ravel(), minlength=codes.PRIME)
    expected = counts.sum() / codes.PRIME
    assert abs(counts / expected - 1).max() < 0.05
