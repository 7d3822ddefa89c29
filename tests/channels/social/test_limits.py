"""Lengths as networks count them."""

import pytest

from channels.social.limits import LIMITS

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"


@pytest.mark.parametrize(
    ("text", "threads", "linkedin", "x"),
    [
        ("Grüße", 5, 5, 5),
        ("Gru\u0308ße", 5, 5, 5),
        ("\N{GRINNING FACE}", 4, 2, 2),
        ("Ja \N{GRINNING FACE}!", 8, 6, 6),
        (FAMILY, 18, 8, 2),
        ("中文", 2, 2, 4),
        ("", 0, 0, 0),
    ],
)
def test_emojis_are_bytes_for_threads_and_units_of_utf_16_for_linkedin(text, threads, linkedin, x):
    assert LIMITS["threads"].length(text) == threads
    assert LIMITS["linkedin"].length(text) == linkedin
    assert LIMITS["x"].length(text) == x
