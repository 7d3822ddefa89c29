"""A return path names its dispatch, whatever mail programs do to it, and nobody else can make one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import verp

pytestmark = pytest.mark.usefixtures("_bounce_domain")


@pytest.fixture
def _bounce_domain(settings) -> None:
    settings.BOUNCE_DOMAIN = "bounces.example.com"


@pytest.mark.parametrize("dispatch_id", [0, 1, 255, 256, 2**31, 2**63 - 1])
@pytest.mark.parametrize("changed", [str, str.upper, str.lower, "<{}>".format, " {} ".format, "rfc822;{}".format])
def test_what_was_made_is_read(dispatch_id, changed):
    assert verp.read(changed(verp.make(dispatch_id))) == dispatch_id


def test_it_is_read_after_a_forwarder_has_wrapped_it():
    local, _, domain = verp.make(7).partition("@")
    assert verp.read(f"SRS0=abcd=TT={domain}={local}@forwarder.example") == 7


def test_without_a_domain_there_is_none(settings):
    settings.BOUNCE_DOMAIN = ""
    assert verp.make(1) is None


def test_the_local_part_is_no_longer_than_a_mailbox_may_be():
    assert len(verp.make(2**63 - 1).partition("@")[0]) <= 64


def test_every_dispatch_has_another():
    assert verp.make(1) != verp.make(2)


def test_it_outlives_a_change_of_the_key(settings):
    made = verp.make(7)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert verp.read(made) == 7


def test_another_key_makes_another(settings):
    made = verp.make(7)
    settings.SECRET_KEY = "somebody else's"
    assert verp.read(made) is None


@given(st.integers(0, 2**40), st.integers(0, 17), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_that_was_changed_says_nothing(dispatch_id, at, letter):
    made = verp.make(dispatch_id)
    at += len(verp.PREFIX)
    if made[at] != letter:
        assert verp.read(made[:at] + letter + made[at + 1 :]) is None


@given(st.text())
def test_any_other_address_says_nothing(address):
    assert verp.read(address) is None
    assert verp.read(f"bounce+{address}@bounces.example.com") is None
