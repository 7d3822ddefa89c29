"""Mails are signed when a key is there, so that a receiver can verify every header that matters."""

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.core.exceptions import ImproperlyConfigured

from channels.base import Message
from channels.email import dkim_signing, letters
from tests import builders


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def record(key: rsa.RSAPrivateKey) -> bytes:
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.fixture
def mail() -> bytes:
    message = Message(7, 3, 1, 2, "erika@example.com", builders.message_fields())
    return letters.compile_letter(builders.content_blocks()).fill(message)


def signed(settings, mail: bytes, **options: str) -> bytes:
    for name, value in (
        {"DKIM_KEY": "", "DKIM_KEY_FILE": "", "DKIM_SELECTOR": "s1", "DKIM_DOMAIN": ""} | options
    ).items():
        setattr(settings, name, value)
    return dkim_signing.signer("news@shop.example")(mail)


def verifies(mail: bytes, name: bytes, answer: bytes) -> bool:
    return dkim.verify(mail, dnsfunc=lambda asked, timeout=5: answer if asked == name else b"")


def test_without_a_key_nothing_is_signed(settings):
    settings.DKIM_KEY = settings.DKIM_KEY_FILE = ""
    assert dkim_signing.signer("news@shop.example") is None


def test_what_is_signed_verifies_as_the_sender(settings, mail, key):
    made = signed(settings, mail, DKIM_KEY=pem(key))
    assert verifies(made, b"s1._domainkey.shop.example.", record(key))
    assert made.endswith(mail)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"erika@example.com", b"eriko@example.com"),
        (b"/u/token>", b"/u/taken>"),
        (b"One-Click", b"Two-Click"),
        (b"</html>", b"</html>!"),
    ],
)
def test_what_somebody_changes_does_not_verify(settings, mail, key, old, new):
    made = signed(settings, mail, DKIM_KEY=pem(key))
    assert old in made
    assert not verifies(made.replace(old, new, 1), b"s1._domainkey.shop.example.", record(key))


def test_a_key_of_a_file_is_found_by_its_selector(settings, mail, key, tmp_path):
    (tmp_path / "s2.pem").write_text(pem(key))
    made = signed(
        settings, mail, DKIM_KEY_FILE=f"{tmp_path}/{{selector}}.pem", DKIM_SELECTOR="s2", DKIM_DOMAIN="mail.example"
    )
    assert verifies(made, b"s2._domainkey.mail.example.", record(key))


def test_an_ed25519_key_signs_too(settings, mail):
    key = ed25519.Ed25519PrivateKey.generate()
    made = signed(settings, mail, DKIM_KEY=base64.b64encode(key.private_bytes_raw()).decode())
    public = base64.b64encode(key.public_key().public_bytes_raw())
    assert verifies(made, b"s1._domainkey.shop.example.", b"v=DKIM1; k=ed25519; p=" + public)


@pytest.mark.parametrize(
    "options",
    [{"DKIM_KEY": "geheim", "DKIM_SELECTOR": ""}, {"DKIM_KEY_FILE": "/not/there.pem"}, {"DKIM_KEY": "geheim"}],
)
def test_what_is_no_key_is_told_without_showing_it(settings, mail, options):
    with pytest.raises(ImproperlyConfigured) as told:
        signed(settings, mail, **options)
    assert "geheim" not in str(told.value)
