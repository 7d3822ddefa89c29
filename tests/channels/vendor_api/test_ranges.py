"""Byte ranges as RFC 9110 has them: whatever is asked for, a client that follows them gets the file and nothing else."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.vendor_api import ranges
from channels.vendor_api.ranges import Span, UnsatisfiableError, requested


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=0-", Span(0, 99)),
        ("bytes=10-19", Span(10, 19)),
        ("bytes=90-1000", Span(90, 99)),
        ("bytes=90-18446744073709551615", Span(90, 99)),
        ("bytes=-1", Span(99, 99)),
        ("bytes=-100", Span(0, 99)),
        ("bytes=-1000", Span(0, 99)),
        ("Bytes= 5-6 ", Span(5, 6)),
    ],
)
def test_one_range_is_served(header, span):
    assert requested(header, 100) == span


@pytest.mark.parametrize(
    "header", ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=१-२"]
)
def test_anything_else_is_ignored(header):
    assert requested(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-"])
def test_a_range_behind_the_end_is_refused(header):
    with pytest.raises(UnsatisfiableError):
        requested(header, 100)


def test_an_empty_file_has_no_range():
    for header in ("bytes=0-", "bytes=-5"):
        with pytest.raises(UnsatisfiableError):
            requested(header, 0)


@given(st.text(max_size=40) | st.from_regex(r"bytes=\d{0,25}-\d{0,25}", fullmatch=True), st.integers(0, 1000))
def test_no_header_leads_out_of_the_file(header, size):
    try:
        span = requested(header, size)
    except UnsatisfiableError:
        return
    assert span is None or 0 <= span.first <= span.last < size


@given(st.binary(min_size=1, max_size=500), st.lists(st.integers(1, 499)))
def test_pieces_cut_anywhere_make_the_whole_again(data, cuts):
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    got = b""
    for first, end in pairwise(edges):
        span = requested(f"bytes={first}-{end - 1}", len(data))
        assert span is not None
        assert span.length == end - first
        got += data[span.first : span.last + 1]
    assert got == data


@pytest.mark.parametrize(
    ("header", "is_unchanged"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_what_a_client_has_already(header, is_unchanged):
    assert ranges.is_unchanged(header, '"a"') is is_unchanged


@pytest.mark.parametrize(
    ("header", "is_wanted"),
    [("", True), ('"a"', True), ('"b", "a"', True), ("*", True), ('W/"a"', False), ('"b"', False), ("a", False)],
)
def test_what_a_client_wants_and_no_other(header, is_wanted):
    assert ranges.is_wanted(header, '"a"') is is_wanted


@pytest.mark.parametrize(
    ("header", "may"),
    [("", True), ('"a"', True), ('W/"a"', False), ('"b"', False), ("Wed, 21 Oct 2026 07:28:00 GMT", False)],
)
def test_a_download_goes_on_with_the_same_version_only(header, may):
    assert ranges.may_resume(header, '"a"') is may
