"""The vendor of a test's own `job`, who calls the API."""

import pytest

from tests.channels import printing


@pytest.fixture
def press(job) -> printing.Caller:
    return printing.Caller(job.vendor)
