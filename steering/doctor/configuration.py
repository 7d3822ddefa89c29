"""What the environment says about us."""

from collections.abc import Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from channels.access import callers
from channels.email import providers
from channels.email.outside import Outside
from channels.email.wire.server import Server

from ..watching import gate
from .finding import Finding, note

SHORTEST_SECRET, SHORTEST_TOKEN = 50, 16
GUESSED = ("django-insecure", "changeme", "change-me", "change_me", "secret", "password", "example")


def secrets() -> Iterator[Finding]:
    make = "python -c 'import secrets; print(secrets.token_urlsafe(64))' makes one"
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_SECRET or len(set(key)) < 5 or key.lower().startswith(GUESSED):
        yield Finding(
            "SECRET_KEY is short or easily guessed", f"set a long random one: {make}; old links become invalid"
        )
    if key == settings.SUPPRESSION_KEY and not settings.IS_EMBEDDED:
        yield note(
            "SUPPRESSION_KEY is SECRET_KEY",
            "set SUPPRESSION_KEY to the present SECRET_KEY, so that SECRET_KEY can be changed and nobody is forgotten",
        )
    if any(len(token.strip()) < SHORTEST_TOKEN for token in settings.WATCH_TOKENS):
        yield Finding(f"WATCH_TOKEN holds one of fewer than {SHORTEST_TOKEN} letters", f"set a longer one: {make}")
    for read in (gate.networks, lambda: callers.trusted(tuple(settings.TRUSTED_PROXIES))):
        try:
            read()
        except ImproperlyConfigured as error:
            yield Finding(str(error), "write networks as 10.0.0.0/8 or 127.0.0.1, separated by commas")


def site() -> Iterator[Finding]:
    parts = urlsplit(settings.SITE_URL)
    is_here = parts.hostname in settings.LOOPBACK
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield Finding("SITE_URL is no address of a site", "set it as https://steering.example.com")
        return
    if parts.scheme == "http" and not is_here:
        yield Finding("SITE_URL is not https", "let a proxy end TLS, and set SITE_URL to its https:// address")
    if is_here and not settings.IS_EMBEDDED:
        yield Finding("SITE_URL is this machine: links in messages lead nowhere", "set SITE_URL to the public address")
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding("ALLOWED_HOSTS allows every name", "name the hosts, or leave it out: then it is that of SITE_URL")
    elif not _is_allowed(parts.hostname):
        yield Finding(
            "the host of SITE_URL is not in ALLOWED_HOSTS: every request is refused", "add it to ALLOWED_HOSTS"
        )
    if settings.DEBUG and not is_here:
        yield Finding("DEBUG is on where others reach the site: errors show settings and data", "take DEBUG away")


def _is_allowed(host: str) -> bool:
    allowed = [name.lower() for name in settings.ALLOWED_HOSTS]
    return host in allowed or any(name.startswith(".") and (host + "$").endswith(name + "$") for name in allowed)


def sender() -> Iterator[Finding]:
    """Placeholders must not reach customers; while nobody is mailed they do no harm."""
    mailed = [_is_outside(provider.server) for provider in providers.usable()]
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if not any(mailed):
        yield note("e-mails go to a server on this machine only", "set EMAIL_URL, or add a mail provider in the admin")
        return
    if "@" not in address or address.endswith(("example.com", "example.org")):
        yield Finding("DEFAULT_FROM_EMAIL is missing or an example", "set it: Name <news@your-domain>")
    if settings.MESSAGE_ID_DOMAIN.endswith("example.com"):
        yield Finding("MESSAGE_ID_DOMAIN is an example", "set it to a domain of yours")
    if settings.SENDER_ADDRESS.startswith("Muster GmbH"):
        yield Finding("SENDER_ADDRESS is an example, and stands under every message", "set who writes, and where")


def _is_outside(server: Server | Outside) -> bool:
    if isinstance(server, Server):
        return server.host not in settings.LOOPBACK
    return not server.backend.startswith("django.core.mail.backends.")  # of which the others mail nobody
