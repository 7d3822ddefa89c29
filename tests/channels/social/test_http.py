"""Whom we call: never our own network, whatever a name leads to, and whatever it leads to a moment later."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import guarded
from channels.social import http
from channels.social.http import AccountError, Answer, Client

PUBLIC = "93.184.216.34"
PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",  # noqa: S104
    "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::", "ff02::1",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_is_allowed(settings):
    settings.SOCIAL_PRIVATE_HOSTS = []


def leads_to(monkeypatch, *answers: list[str]) -> None:
    """The name server's answers, one after the other."""
    given_ = iter(answers)
    monkeypatch.setattr(
        guarded.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (address, 443)) for address in next(given_)]
    )


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_our_own_network_is_refused(monkeypatch, address):
    leads_to(monkeypatch, [address])
    with pytest.raises(http.RefusedAddressError):
        http.check_address("evil.example", 443)


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    leads_to(monkeypatch, [PUBLIC, "10.0.0.1"])
    with pytest.raises(http.RefusedAddressError):
        http.check_address("evil.example", 443)


def test_a_public_address_is_called(monkeypatch):
    leads_to(monkeypatch, [PUBLIC])
    assert http.check_address("good.example", 443) == [PUBLIC]


def test_of_several_addresses_the_first_that_answers_is_called(monkeypatch):
    called = []

    def connect(address, *_, **__):
        called.append(address[0])
        raise OSError("no way there")

    leads_to(monkeypatch, ["2606:4700::1111", PUBLIC, PUBLIC])
    monkeypatch.setattr(guarded, "create_connection", connect)
    with Client("http://good.example") as client, pytest.raises(Exception, match="cannot be reached"):
        client.call("GET", "/")
    assert called == ["2606:4700::1111", PUBLIC]


def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch):
    """A name that is bound anew between the judgement and the call gains nothing: it is asked for once."""
    called = []

    def connect(address, *_, **__):
        called.append(address)
        raise OSError

    leads_to(monkeypatch, [PUBLIC], ["127.0.0.1"])
    monkeypatch.setattr(guarded, "create_connection", connect)
    with Client("http://evil.example") as client, pytest.raises(Exception, match="cannot be reached"):
        client.call("GET", "/")
    assert called == [(PUBLIC, 80)]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://2130706433:1"])
def test_names_of_loopback_are_refused(url):
    with Client(url) as client, pytest.raises(AccountError, match="private network"):
        client.call("GET", "/")


def test_a_name_that_leads_nowhere_is_unreachable(monkeypatch):
    def nowhere(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(guarded.socket, "getaddrinfo", nowhere)
    with Client("https://nowhere.example") as client, pytest.raises(Exception, match="cannot be reached"):
        client.call("GET", "/")


@given(st.text(max_size=40))
def test_any_retry_after_is_read_or_left(value):
    seconds = Answer(429, {"Retry-After": value}, {}).retry_after
    assert seconds is None or 0 <= seconds <= http.LONGEST_REST


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("17", 17), ("0", 0), (" 5 ", 5), ("99999999", http.LONGEST_REST), ("", None), ("-1", None), ("soon", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("2015-10-21T07:28:00.000Z", 0), ("²", None)],
)  # fmt: skip
def test_what_retry_after_means(value, seconds):
    assert Answer(429, {"Retry-After": value}, {}).retry_after == seconds
