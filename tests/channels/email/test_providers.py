"""What a provider's URL says, how its secret is kept, and whose turn it is."""

from collections import Counter

import pytest

from channels.email import providers
from channels.email.outside import Outside
from channels.email.providers import Provider, Turns
from channels.email.wire.server import Security, Server
from channels.models import MailProvider


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtp://mail.example.com", Security.NONE, 25),
        ("smtp://mail.example.com:2525", Security.NONE, 2525),
        ("smtp+tls://mail.example.com", Security.STARTTLS, 587),
        ("smtps://mail.example.com", Security.TLS, 465),
        (" smtp+ssl://mail.example.com:4650 ", Security.TLS, 4650),
    ],
)
def test_a_server_is_read_from_a_url(url, security, port):
    server = providers.parse(url)
    assert (server.host, server.security, server.port) == ("mail.example.com", security, port)


def test_user_and_password_may_have_any_letters():
    server = providers.parse("smtp+tls://me%40example.com:p%40ss%3Aword@mail.example.com")
    assert (server.user, server.password) == ("me@example.com", "p@ss:word")


def test_an_authority_may_be_named(tmp_path):
    (tmp_path / "ca.pem").write_text("")
    assert providers.parse(f"smtps://mail.example.com?ca={tmp_path}/ca.pem").ca_file == f"{tmp_path}/ca.pem"


def test_a_provider_of_anymail_is_read_with_its_settings():
    assert providers.parse("anymail+postmark://?server_token=secret") == Outside(
        "anymail.backends.postmark.EmailBackend", (("server_token", "secret"),)
    )


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://:secret@", "smtp://u:secret@mail.example.com:99999",
        "smtp://u:secret@mail.example.com?verify=no", "smtps://u:secret@mail.example.com?ca=/not/there.pem",
        "anymail+nobody://?key=secret", "anymail+../x://?key=secret", "anymail+://?key=secret",
    ],
)  # fmt: skip
def test_what_is_no_provider_is_refused_without_repeating_what_is_secret(url):
    with pytest.raises(ValueError, match=r".+") as refused:
        providers.parse(url)
    assert "secret" not in str(refused.value)


def test_nothing_secret_is_shown_by_a_provider():
    for url in ("smtp://u:secret@mail.example.com", "anymail+postmark://?server_token=secret"):
        assert "secret" not in repr(providers.parse(url))


@pytest.mark.django_db
class TestConfigured:
    def test_without_any_it_is_the_one_of_the_settings(self, settings):
        settings.EMAIL_BACKEND = providers.SMTP
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "mail.example.com", 2525, True
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "u", "p"
        (provider,) = providers.usable()
        assert isinstance(provider.server, Server)
        assert (provider.name, provider.server.host, provider.server.port) == ("", "mail.example.com", 2525)
        assert provider.server.security == Security.STARTTLS
        assert (provider.server.user, provider.server.password) == ("u", "p")

    def test_the_url_is_encrypted_in_the_database_and_shown_without_its_secret(self):
        made = MailProvider(name="a")
        providers.keep_url(made, "smtp+tls://user:geheim@mail.example.com:587")
        made.save()
        kept = MailProvider.objects.values_list("sealed_url", flat=True).get()
        assert "geheim" not in kept
        assert "mail" not in kept
        assert providers.shown_url(made) == "smtp+tls://mail.example.com:587"
        (provider,) = providers.usable()
        assert provider.server.password == "geheim"

    def test_one_whose_key_is_lost_stops_no_other(self, settings, caplog):
        for name in ("lost", "kept"):
            made = MailProvider(name=name)
            settings.SECRET_KEY = f"key when {name} was made"
            providers.keep_url(made, "smtp://user:geheim@mail.example.com")
            made.save()
        assert [provider.name for provider in providers.usable()] == ["kept"]
        assert "lost" in caplog.text
        assert "geheim" not in caplog.text


def of(**weights: int) -> list[Provider]:
    return [Provider(name, Outside("x"), weight, key=name) for name, weight in weights.items()]


@pytest.mark.parametrize("weights", [{"a": 1}, {"a": 3, "b": 1}, {"a": 5, "b": 3, "c": 2}, {"a": 1, "b": 1000}])
def test_everybody_has_turns_by_weight(weights):
    turns, total = Turns(), sum(weights.values())
    drawn = Counter(turns.draw(of(**weights)).name for _ in range(3 * total))
    assert drawn == {name: 3 * weight for name, weight in weights.items()}


def test_turns_are_spread_evenly():
    turns = Turns()
    drawn = "".join(turns.draw(of(a=3, b=1)).name for _ in range(8))
    assert drawn.count("a") == 6
    assert "bb" not in drawn
    assert "aaaa" not in drawn


def test_weight_0_comes_when_nobody_else_is_left():
    turns = Turns()
    assert {turns.draw(of(a=1, b=0)).name for _ in range(10)} == {"a"}
    assert turns.draw(of(a=1, b=0), but={"a"}).name == "b"
    assert turns.draw(of(a=1, b=0), but={"a", "b"}) is None
