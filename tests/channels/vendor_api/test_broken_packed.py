"""Compressed and encrypted files come out right wherever their download breaks."""

import gzip
import hashlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import builders
from tests.channels import printing
from tests.channels.mailing_files import keys_of_vendors

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(0, 1_000), max_size=4))
def check(press, job, file, pair, cuts) -> None:
    edges = sorted({0, file.bytes, *(cut for cut in cuts if cut < file.bytes)})
    got = b"".join(
        press.get(
            f"jobs/{job.pk}/files/{file.name}", Range=f"bytes={first}-{end - 1}", If_Range=f'"{file.sha256}"'
        ).getvalue()
        for first, end in pairwise(edges)
    )
    plain = gzip.decompress(pair.decrypt(got) if pair else got)
    assert (hashlib.sha256(got).hexdigest(), hashlib.sha256(plain).hexdigest()) == (file.sha256, file.plain_sha256)


@pytest.mark.parametrize("kind", ["", *keys_of_vendors.PAIRS])
def test_a_packed_table_that_breaks_anywhere_opens(kind):
    vendor = builders.vendor(printing.PRESS, is_gzipped=True)
    pair = keys_of_vendors.PAIRS[kind]() if kind else None
    if pair:
        keys_of_vendors.confirmed(vendor, pair.public)
    job = printing.mailing(1)
    (file,) = [one for one in printing.files(job).values() if one.kind == "table"]
    check(printing.Caller(vendor), job, file, pair)
