"""What is encoded in pieces is what was written, in lines that every mail server takes."""

import quopri
from email.header import decode_header, make_header

from hypothesis import given
from hypothesis import strategies as st

from channels.email import quoted

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def decoded(data: bytes) -> str:
    return quopri.decodestring(data).decode()


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(st.one_of(TEXT, st.text("=. \t\r\nä€x", max_size=400)))
def test_a_text_is_what_was_written(text):
    assert decoded(quoted.encode(text)) == plain(text)
    assert decoded(quoted.piece(text)) == plain(text)


@given(st.lists(st.one_of(TEXT, st.text("=. \t\nä€x", max_size=200)), max_size=5))
def test_pieces_between_soft_breaks_are_one_text(texts):
    assert decoded(quoted.SOFT.join(map(quoted.piece, texts))) == "".join(map(plain, texts))


@given(st.text("=. \t\nä€x", max_size=400))
def test_lines_are_short_and_plain(text):
    for encode in (quoted.encode, quoted.piece):
        for line in encode(text).split(b"\r\n"):
            assert len(line) <= 76
            assert line.isascii()
            assert not line.startswith(b".")
            assert not line.endswith((b" ", b"\t"))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200))
def test_a_header_is_what_was_written(text):
    folded = quoted.header(text)
    assert folded.isascii()
    assert all(line.startswith(b" ") for line in folded.split(b"\r\n")[1:])
    if "=?" not in text and text.strip() == text:
        assert str(make_header(decode_header(folded.replace(b"\r\n", b"").decode()))) == text


def test_a_long_subject_is_folded():
    lines = quoted.header("Sommer " * 30 + "Ende").split(b"\r\n")
    assert max(map(len, lines)) <= 78
    assert b"".join(lines) == ("Sommer " * 30 + "Ende").encode()
