"""Videos are MP4 with H.264, judged by their boxes, or refused with the reason."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.assets import videos
from campaigns.content_error import ContentError

from .files import VIDEO


def refusal(data: bytes) -> str:
    with pytest.raises(ContentError) as raised:
        videos.clean(data)
    return raised.value.reason


def test_size_and_length_are_read() -> None:
    made = videos.clean(VIDEO)
    assert (made.width, made.height, made.seconds) == (64, 36, 1.0)


def test_notes_of_place_and_title_are_gone_and_nothing_has_moved() -> None:
    made = videos.clean(VIDEO).data
    assert b"Secret place" in VIDEO
    assert b"+52.52" in VIDEO
    assert b"Secret" not in made
    assert b"+52.52" not in made
    assert len(made) == len(VIDEO)
    assert made[made.index(b"mdat") :] == VIDEO[VIDEO.index(b"mdat") :]
    assert videos.clean(made).data == made


def test_a_video_that_is_held_upright_is_higher_than_wide() -> None:
    at = VIDEO.index(b"tkhd") + 4 + 40
    turned = VIDEO[:at] + struct.pack(">iiiii", 0, 65536, 0, -65536, 0) + VIDEO[at + 20 :]
    made = videos.clean(turned)
    assert (made.width, made.height) == (36, 64)


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        (b"avc1", b"hvc1", "H.265"),
        (b"mp4a", b"opus", "not AAC"),
        (b"soun", b"meta", "neither picture nor sound"),
        (b"avcC", b"free", "broken"),
        (b"moov", b"free", "broken"),
        (b"vide", b"soun", "one picture track, got 0"),
    ],
)
def test_what_players_do_not_show_is_refused(was: bytes, becomes: bytes, reason: str) -> None:
    spoilt = VIDEO.replace(was, becomes) if was != b"avc1" else VIDEO[:40] + VIDEO[40:].replace(was, becomes)
    assert reason in refusal(spoilt)


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x18ftyp", b"\0\0\0\x08ftypmp42", b"<html>", VIDEO[:-1], VIDEO[:2000]])
def test_what_is_broken_is_refused(data: bytes) -> None:
    assert refusal(data)


def test_another_kind_of_the_same_family_is_named() -> None:
    assert "QuickTime" in refusal(struct.pack(">I4s4sI4s", 20, b"ftyp", b"qt  ", 0, b"qt  ") + VIDEO)


def test_what_is_too_large_is_refused() -> None:
    assert "larger than 50 MB" in refusal(bytes(videos.LARGEST_VIDEO + 1))


HEAD = VIDEO.index(b"mdat")


@given(
    st.lists(st.tuples(st.integers(0, HEAD), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, len(VIDEO))
)
def test_whatever_comes_is_a_video_or_refused_with_a_reason(spoilt: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(VIDEO)
    for at, value in spoilt:
        data[at] = value
    for one in (bytes(data), bytes(data[:cut])):
        try:
            made = videos.clean(one)
        except ContentError as error:
            made, reason = None, error.reason
        assert reason if made is None else made.width > 0 < made.seconds
