"""An option of a print channel names a vendor that takes orders, and nothing else."""

import pytest

from channels import registry, vendors
from channels.base import ChannelError
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("channel", ["print_mailing", "direct_post"])
class TestOptions:
    def test_a_vendor_with_a_contract_is_accepted(self, channel):
        builders.vendor("press")
        registry.get(channel).check_option({"vendor": "press"})

    @pytest.mark.parametrize(
        ("option", "reason"),
        [
            ({}, "got none"),
            ({"vendor": "press", "colour": "red"}, "got colour, vendor"),
            ({"vendor": "nobody"}, 'there is no vendor "nobody"'),
            ({"vendor": "idle"}, "is not active"),
            ({"vendor": "lawless"}, "has no data processing contract"),
        ],
    )
    def test_anything_else_is_refused_with_the_reason(self, channel, option, reason):
        builders.vendor("press")
        builders.vendor("idle", is_active=False)
        builders.vendor("lawless", processing_contract="")
        with pytest.raises(ValueError, match=reason):
            registry.get(channel).check_option(option)


def test_at_the_hand_over_it_is_only_put_off():
    builders.vendor("idle", is_active=False)
    with pytest.raises(ChannelError, match="is not active") as error:
        vendors.taking_orders({"vendor": "idle"})
    assert not error.value.permanent


@pytest.mark.parametrize(
    ("option", "reason"), [({"network": "other"}, "one of meta, google"), ({"vendor": "press"}, "takes the setting")]
)
def test_a_social_option_names_a_network_that_we_know(option, reason):
    with pytest.raises(ValueError, match=reason):
        registry.get("social").check_option(option)
    registry.get("social").check_option({"network": "google"})
    registry.get("social").check_option({})
