"""From where somebody calls: the word of a proxy is taken only from a proxy that is named."""

import ipaddress

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from channels.access import callers

OUTSIDE, PROXY, INNER = "198.51.100.7", "10.0.0.2", "10.0.0.3"


def seen(peer: str, forwarded: str | None = None) -> str:
    more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return callers.address(RequestFactory().get("/", REMOTE_ADDR=peer, **more))


@pytest.fixture
def behind_proxies(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]


def test_without_a_named_proxy_nobodys_word_is_taken(settings):
    settings.TRUSTED_PROXIES = []
    assert seen(OUTSIDE, "203.0.113.9") == OUTSIDE


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        (PROXY, OUTSIDE, OUTSIDE),
        (PROXY, f"203.0.113.9, {OUTSIDE}", OUTSIDE),  # what stands further left was sent by the caller
        (PROXY, f"{OUTSIDE}, {INNER}", OUTSIDE),  # two proxies
        (PROXY, f"{INNER}", INNER),  # nobody but proxies
        (PROXY, None, PROXY),
        (OUTSIDE, "203.0.113.9", OUTSIDE),  # asked directly, past the proxy
        (PROXY, f"{OUTSIDE}:4711", OUTSIDE),
        (PROXY, "[2001:db8::1]:4711", "2001:db8::1"),
        (PROXY, "::ffff:198.51.100.7", OUTSIDE),
        (f"::ffff:{PROXY}", OUTSIDE, OUTSIDE),
        (PROXY, f"{OUTSIDE}, unknown", ""),  # the proxy itself does not know, so nobody does
        ("", OUTSIDE, OUTSIDE),  # through a Unix socket
        ("", None, ""),
    ],
)
@pytest.mark.usefixtures("behind_proxies")
def test_the_last_hop_that_is_no_proxy_of_ours_calls(peer, forwarded, caller):
    assert seen(peer, forwarded) == caller


@given(forwarded=st.text(st.characters(max_codepoint=255), max_size=60))
def test_whatever_is_sent_the_answer_is_an_address_or_nothing(forwarded):
    callers.trusted.cache_clear()
    found = callers.read(forwarded)
    assert found == "" or str(ipaddress.ip_address(found)) == found


@pytest.mark.usefixtures("behind_proxies")
@given(forwarded=st.lists(st.sampled_from(["1.2.3.4", "10.9.9.9", "x", "", "::1", " "])).map(",".join))
def test_what_a_caller_writes_never_changes_who_the_proxy_says_it_is(forwarded):
    assert seen(PROXY, f"{forwarded},{OUTSIDE}") == OUTSIDE


def test_a_setting_without_sense_is_named(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/33"]
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        seen(PROXY, OUTSIDE)


def test_of_ipv6_a_caller_has_a_whole_network():
    assert callers.network_of("2001:db8:1:2:3::4") == callers.network_of("2001:db8:1:2:ffff::1")
    assert callers.network_of("2001:db8:1:3::4") != callers.network_of("2001:db8:1:2::4")
    assert callers.network_of(OUTSIDE) == OUTSIDE
