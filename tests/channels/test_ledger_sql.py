"""Arrays reach PostgreSQL as they were."""

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from channels.ledger.sql import array, prepared

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@pytest.mark.django_db
@how(max_examples=200)
@given(
    st.lists(TEXT | st.sampled_from(["NULL", "", " ", "{}", '"', "\\", "a,b", "%s", "%(ids)s", "$1"])),
    st.lists(st.integers(-(2**63), 2**63 - 1)),
)
def test_whatever_stands_in_them(texts, numbers):
    sql = "SELECT %(texts)s::text[], %(numbers)s::bigint[]"
    assert prepared(sql, {"texts": array(texts), "numbers": array(numbers)}) == [(texts, numbers)]
