"""Calls are signed as Standard Webhooks says, bounded, never redirected, and never lead into a private network."""

import json
import os
import socket
import threading
import time
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address

import pytest
import requests
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from channels import guarded, webhooks
from channels.models import WebhookEndpoint, WebhookType
from channels.webhooks import calling, endpoints
from tests.ports import closed_port

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "192.0.1.1"]
PRIVATE = [
    "127.0.0.1", "127.255.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "0.0.0.0", "0.1.2.3", "192.0.0.8", "192.0.2.1", "198.18.0.1",  # noqa: S104
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip


@pytest.fixture
def event(vendor):
    return webhooks.announce(vendor, "job.ready", {"job": 7, "revision": 2})


def leads_to(monkeypatch, *answers: list[str]) -> None:
    """The name server's answers, one after the other."""
    given_ = iter(answers)
    monkeypatch.setattr(
        guarded.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (address, 443)) for address in next(given_)]
    )


class TestSignatures:
    def test_are_those_that_the_standards_own_library_verifies(self, endpoint, event, receives):
        assert calling.tell(endpoint, event).is_taken
        (call,) = receives.calls
        body = Webhook(endpoint.secret).verify(call.body, call.headers)
        assert body == {
            "type": "job.ready",
            "timestamp": event.created_at.isoformat(),
            "data": {"job": 7, "revision": 2},
        }
        assert (call.headers["webhook-id"], call.headers["content-type"]) == (event.uid, "application/json")
        assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 60

    def test_no_other_secret_verifies_them(self, endpoint, event, receives):
        calling.tell(endpoint, event)
        other = Webhook(calling.standard_webhooks.new_secret())
        with pytest.raises(WebhookVerificationError):
            other.verify(receives.calls[0].body, receives.calls[0].headers)

    def test_during_a_rotation_both_secrets_do_and_then_the_new_one_only(self, endpoint, event, receives):
        former, new = endpoint.secret, endpoints.renew_secret(endpoint)
        endpoint.refresh_from_db()
        calling.tell(endpoint, event)
        WebhookEndpoint.objects.update(former_until=timezone.now() - timedelta(seconds=1))
        endpoint.refresh_from_db()
        calling.tell(endpoint, event)
        during, after = receives.calls
        for secret in (former, new):
            Webhook(secret).verify(during.body, during.headers)
        Webhook(new).verify(after.body, after.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(former).verify(after.body, after.headers)

    def test_a_secret_is_kept_sealed(self, endpoint):
        kept = str(WebhookEndpoint.objects.values().get())
        assert endpoint.secret not in kept
        assert endpoint.secret.removeprefix("whsec_") not in kept

    def test_one_that_cannot_be_opened_any_more_is_a_failure_with_its_reason(self, endpoint, event, receives, settings):
        settings.SECRET_KEY = "another"
        told = calling.tell(endpoint, event)
        assert "another SECRET_KEY" in told.reason
        assert receives.calls == []


class TestAddresses:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_of_private_networks_are_not_called(self, monkeypatch, settings, address):
        settings.WEBHOOK_PRIVATE_HOSTS = []
        leads_to(monkeypatch, [address])
        with pytest.raises(guarded.RefusedAddressError):
            calling.check_address("evil.example", 443)

    @pytest.mark.parametrize("address", PUBLIC)
    def test_that_are_public_are(self, monkeypatch, address):
        leads_to(monkeypatch, [address])
        assert calling.check_address("good.example", 443) == [address]

    @pytest.mark.parametrize("address", PRIVATE)
    def test_one_private_among_public_ones_is_enough(self, monkeypatch, address):
        leads_to(monkeypatch, [PUBLIC[0], address, PUBLIC[1]])
        with pytest.raises(guarded.RefusedAddressError):
            calling.check_address("evil.example", 443)

    @given(inner=st.ip_addresses(v=4))
    def test_an_ipv4_address_is_judged_alike_however_it_is_wrapped(self, inner: IPv4Address):
        is_public = guarded.is_public(str(inner))
        for prefix in ("::ffff:", "64:ff9b::"):
            assert guarded.is_public(f"{prefix}{inner}") == is_public
        assert not guarded.is_public(str(IPv6Address(int(inner))))  # ::a.b.c.d, long obsolete
        assert not guarded.is_public(str(IPv6Address((0x2002 << 112) | (int(inner) << 80))))  # 6to4

    @given(address=st.ip_addresses())
    def test_what_python_calls_private_is_never_public(self, address):
        if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
            mapped = getattr(address, "ipv4_mapped", None)
            assert not guarded.is_public(str(address)) or (mapped is not None and mapped.is_global)

    def test_the_address_that_was_judged_is_the_one_that_is_called(self, monkeypatch, make, event):
        called = []

        def connect(address, *_, **__):
            called.append(address)
            raise OSError

        leads_to(monkeypatch, [PUBLIC[0]], ["127.0.0.1"])
        monkeypatch.setattr(guarded, "create_connection", connect)
        told = calling.tell(make("https://rebinding.example/hook"), event)
        assert (called, told.reason) == ([(PUBLIC[0], 443)], "it cannot be reached")

    @pytest.mark.parametrize(
        "url",
        ["https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/", "https://localhost/",
         "https://[::ffff:127.0.0.1]/", "https://127.1/"],
    )  # fmt: skip
    def test_of_this_machine_are_refused_however_they_are_written(self, settings, make, event, url):
        settings.WEBHOOK_PRIVATE_HOSTS = []
        assert "private network" in calling.tell(make(url), event).reason

    def test_a_host_that_the_settings_name_is_called(self, endpoint, event, receives):
        assert calling.tell(endpoint, event).is_taken
        assert receives.calls[0].headers["host"] == endpoint.url.split("/")[2]

    def test_plain_http_is_for_such_a_host_only_even_if_it_was_allowed_once(self, settings, endpoint, event, receives):
        settings.WEBHOOK_PRIVATE_HOSTS = []
        assert calling.tell(endpoint, event).reason == "It must begin with https://"
        assert receives.calls == []

    @pytest.mark.parametrize(
        "url",
        ["", "press.example", "http://press.example/", "ftp://press.example/", "https://", "https://u:p@press.example/",
         "https://press.example/#x", "https://press.example:x/", "https://press.example:99999/", "https://pre ss.example/",
         "javascript:alert(1)", "//press.example/", "https://präss.example/", "https://a\r\nb.example/", "https://[::1/",
         "https://press.example/" + "x" * 500, "https://10.0.0.8/hook", "https://[::1]/", "https://localhost/"],
    )  # fmt: skip
    def test_what_is_no_safe_address_is_refused_when_it_is_entered(self, url):
        assert endpoints.problem(url)

    @pytest.mark.parametrize(
        "url", ["https://press.example", "https://press.example:8443/hook?to=us", "https://xn--prss.example/"]
    )
    def test_others_are_taken(self, url):
        assert endpoints.problem(url) == ""


class TestAnswers:
    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_of_the_200s_mean_that_it_was_taken(self, endpoint, event, receives, status):
        receives.answers = [status]
        told = calling.tell(endpoint, event)
        assert (told.status, told.is_taken) == (status, True)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirects_are_not_followed(self, endpoint, event, receives, status):
        receives.answers, receives.headers = [status], {"Location": receives.url.replace("/hook", "/inside")}
        told = calling.tell(endpoint, event)
        assert told.reason == f"it answered {status}: redirects are not followed"
        assert [call.path for call in receives.calls] == ["/hook"]

    @pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
    def test_others_do_not(self, endpoint, event, receives, status):
        receives.answers = [status]
        told = calling.tell(endpoint, event)
        assert (told.status, told.reason) == (status, f"it answered {status}")

    def test_may_say_when_to_come_back(self, endpoint, event, receives):
        receives.answers, receives.headers = [503], {"Retry-After": "120"}
        assert calling.tell(endpoint, event).wait == 120

    def test_are_not_read(self, endpoint, event, receives):
        """An endless one costs nothing, and what it says is kept nowhere."""
        ended = threading.Event()

        def endless(handler) -> None:
            handler.send_response(200)
            handler.end_headers()
            try:
                while not ended.is_set():
                    handler.wfile.write(b"Erika Muster" * 10_000)
            except OSError:
                ended.set()

        receives.answers = [endless]
        assert calling.tell(endpoint, event).is_taken
        ended.set()

    def test_that_trickle_are_cut_off(self, endpoint, event, receives, monkeypatch):
        """A time-out of the socket begins anew with every byte, so the whole call has one as well."""
        released = threading.Event()

        def trickle(handler) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not released.wait(0.01):
                try:
                    handler.wfile.write(b"x")
                except OSError:
                    return

        monkeypatch.setattr(calling, "SECONDS", 0.2)
        monkeypatch.setattr(calling.WebhookAdapter, "pools", guarded.guarded(calling.check_address, seconds=0.2))
        receives.answers = [trickle]
        told = calling.tell(endpoint, event)
        released.set()
        assert told.reason == "no answer in time"

    def test_that_never_come_are_given_up(self, endpoint, event, monkeypatch):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            monkeypatch.setattr(calling.WebhookClient, "seconds", 0.1)
            endpoint.url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            assert calling.tell(endpoint, event).reason == "no answer in time"

    def test_of_nobody_are_a_failure(self, endpoint, event):
        with closed_port() as port:
            endpoint.url = f"http://127.0.0.1:{port}/"
            assert calling.tell(endpoint, event).reason == "it cannot be reached"


def test_a_proxy_of_the_environment_is_not_used(endpoint, event, receives, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:1")
    assert requests.utils.get_environ_proxies("http://press.example/")  # or this test proves nothing
    assert calling.tell(endpoint, event).is_taken


def test_the_body_holds_ids_and_nothing_else(endpoint, vendor, receives):
    for type_ in WebhookType.values:
        calling.tell(endpoint, webhooks.announce(vendor, type_, {"job": 7}))
    assert {frozenset(json.loads(call.body)) for call in receives.calls} == {frozenset({"type", "timestamp", "data"})}
