"""Every registered channel keeps the channels' contract; so does the one in memory."""

import pytest

from channels import registry
from tests import builders

from .contract import ChannelContract


@pytest.mark.django_db
@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("name", [*registry.CHANNELS, "memory"])
class TestEveryChannel(ChannelContract):
    options = {
        "print_mailing": {"vendor": "press"},
        "direct_post": {"vendor": "press"},
        "social": {"network": "meta"},
    }

    @pytest.fixture(autouse=True)
    def _vendor(self):
        builders.vendor()
