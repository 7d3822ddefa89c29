"""QR codes that are made together are the codes that segno makes one by one, and any reader reads them."""

import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import qr

TOKEN = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=24, max_size=24)


def links(count: int, start: str = "https://steering.example.com/r/") -> list[str]:
    return [f"{start}{n * 7919:08d}" for n in range(count)]


def read(code: qr.Code, pixels_each: int = 4) -> str:
    quiet = qr.QUIET_ZONE
    square = np.frombuffer(code.pixels, np.uint8).reshape(code.side, code.side)
    picture = np.kron(np.pad(square, quiet, constant_values=255), np.ones((pixels_each, pixels_each), np.uint8))
    (found,) = zxingcpp.read_barcodes(picture)
    return found.text


def test_many_are_in_the_order_of_their_links():
    asked = [*links(qr.ALIKE), "https://example.com", *links(3, "https://other.example.com/")]
    assert [read(code) for code in qr.codes(asked)] == asked


def test_together_they_are_what_segno_makes_with_the_same_mask():
    asked = links(qr.ALIKE)
    mask = segno.make(asked[0], error="m", mode="byte", micro=False, boost_error=False).mask
    for link, code in list(zip(asked, qr.codes(asked), strict=True))[::37]:
        made = segno.make(link, error="m", mode="byte", micro=False, boost_error=False, mask=mask)
        assert code.pixels == bytes(0 if module else 255 for row in made.matrix for module in row)


@settings(max_examples=20)
@given(st.lists(TOKEN, min_size=2, max_size=8, unique=True))
def test_any_links_of_one_length_read_back(tokens):
    asked = [f"https://steering.example.com/r/{token}" for token in tokens]
    assert [read(code) for code in qr._together(asked)] == asked


def test_letters_that_take_two_bytes_read_back():
    asked = [f"https://münchen.example/{n:05d}" for n in range(qr.ALIKE)]
    assert [read(code) for code in qr.codes(asked)[::50]] == asked[::50]


def test_one_link_twice_is_one_code_twice():
    first, second = qr.codes(["https://example.com"] * 2)
    assert first == second


def test_a_link_that_no_code_holds_is_refused():
    with pytest.raises(ValueError, match="Data too large"):
        qr.codes(["https://example.com/" + "x" * 3000])
