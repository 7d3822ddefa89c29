"""Mail providers are asked without sending, and DNS is believed only where it can be asked."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pytest_django import Settings

from channels.email import dkim_signing, providers
from channels.models import MailProvider
from steering.doctor import configuration, mail
from tests import smtp_faults
from tests.steering.doctor.words import said

pytestmark = pytest.mark.django_db


def mail_server(settings: Settings, port: int, *, starttls: bool = False) -> None:
    settings.EMAIL_BACKEND = providers.SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, starttls


def test_a_mail_server_that_greets_is_well_and_gets_no_mail(settings: Settings):
    with smtp_faults.faulty() as server:
        mail_server(settings, server.port)
        assert said(mail.each_provider) == ""
        assert not any(line.startswith(("MAIL", "RCPT", "DATA")) for line in server.said)


@pytest.mark.parametrize(
    ("reply", "words"),
    [(b"554 not you\r\n", "refuses us: 554"), ("cut", "cannot be used"), ("hang", "did not answer in time")],
)
def test_a_mail_server_that_fails_is_told_with_its_reason(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, reply: bytes | str, words: str
):
    monkeypatch.setattr(mail, "SECONDS", 0.3)
    with smtp_faults.faulty() as server:
        server.replies["greeting"] = reply
        mail_server(settings, server.port)
        assert words in said(mail.each_provider)


def test_a_certificate_is_checked_and_a_private_authority_can_be_named(settings: Settings, tmp_path: Path):
    context, authority = smtp_faults.certificate(tmp_path)
    with smtp_faults.faulty(offers=("STARTTLS",), tls=context) as server:
        mail_server(settings, server.port, starttls=True)
        settings.EMAIL_HOST = "localhost"
        assert "certificate is not to be trusted" in said(mail.each_provider)
        settings.EMAIL_CA_FILE = authority
        assert said(mail.each_provider) == ""


def test_a_closed_port_of_a_mail_server_is_found(settings: Settings, closed_port: int):
    mail_server(settings, closed_port)
    assert f"cannot be used at 127.0.0.1:{closed_port}" in said(mail.each_provider)


def test_providers_that_nobody_can_read_or_use_are_found():
    made = MailProvider(name="lost")
    providers.keep_url(made, "smtp://127.0.0.1:25")
    made.sealed_url = "not what we sealed"
    made.save()
    assert "sealed with another SECRET_KEY" in said(mail.each_provider)
    MailProvider.objects.update(is_enabled=False)
    assert "switched off" in said(mail.each_provider)


def key_file(tmp_path: Path) -> tuple[Path, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    path = tmp_path / "dkim.pem"
    path.write_bytes(own)
    return path, own


def test_a_key_for_signatures_that_is_missing_or_none_is_found(settings: Settings, tmp_path: Path):
    settings.DKIM_KEY_FILE, settings.DKIM_SELECTOR = str(tmp_path / "nowhere.pem"), "s1"
    assert "cannot be read" in said(mail.signature)
    (tmp_path / "bad.pem").write_text("no key at all")
    settings.DKIM_KEY_FILE = str(tmp_path / "bad.pem")
    assert "neither an RSA key" in said(mail.signature)
    assert "no key at all" not in said(mail.signature)


def test_without_a_resolver_nothing_is_said_against_a_signature(settings: Settings, tmp_path: Path, monkeypatch):
    path, _ = key_file(tmp_path)
    settings.DKIM_KEY_FILE, settings.DKIM_SELECTOR, settings.DKIM_DOMAIN = str(path), "s1", "nowhere.invalid"
    monkeypatch.setattr(mail.resolver, "resolve", no_resolver)
    assert said(mail.signature) == ""
    settings.BOUNCE_DOMAIN = "bounces.nowhere.invalid"
    assert said(mail.return_paths) == ""


def no_resolver(*_: object, **__: object) -> None:
    raise mail.resolver.NoNameservers


def test_a_record_of_another_key_or_none_is_found_when_dns_knows_the_domain(tmp_path: Path):
    _, own = key_file(tmp_path)
    public = mail.public_half(own)
    right = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()
    name = "s1._domainkey.shop.example"
    assert said(lambda: mail.judge_record(name, public, right, True)) == ""
    assert said(lambda: mail.judge_record(name, public, right.replace("p=", "p= "), True)) == ""
    assert "not in DNS" in said(lambda: mail.judge_record(name, public, "", True))
    assert said(lambda: mail.judge_record(name, public, "", False)) == ""  # a resolver that is cut off
    assert "does not belong" in said(lambda: mail.judge_record(name, public, "v=DKIM1; p=", True))
    assert "does not belong" in said(lambda: mail.judge_record(name, public, "v=DKIM1; p=%%%", True))


def test_the_public_half_is_the_one_by_which_signatures_are_checked():
    import dkim

    key = base64.b64encode(ed25519.Ed25519PrivateKey.generate().private_bytes_raw())
    signed = dkim_signing._signed(b"From: a@b.example\r\n\r\nx\r\n", selector=b"s", domain=b"b.example", key=key)
    record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(mail.public_half(key))
    assert dkim.verify(signed, dnsfunc=lambda *_, **__: record)


def test_placeholders_are_a_problem_only_where_people_are_mailed(settings: Settings):
    settings.DEFAULT_FROM_EMAIL = "News <news@example.com>"
    assert said(configuration.sender) == ""
    mail_server(settings, 25)
    assert said(configuration.sender) == ""
    settings.EMAIL_HOST = "mail.example.net"
    assert "DEFAULT_FROM_EMAIL" in said(configuration.sender)
