"""A port on which nobody listens."""

from collections.abc import Iterator

import pytest

from tests import ports


@pytest.fixture
def closed_port() -> Iterator[int]:
    with ports.closed_port() as port:
        yield port
