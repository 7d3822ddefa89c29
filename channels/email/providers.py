"""Who takes our e-mails: the providers that staff configured, or the one that EMAIL_URL names.

A URL is one of
    smtp://user:password@host:25            in clear text, for a relay on this machine or network
    smtp+tls://user:password@host:587       STARTTLS, required
    smtps://user:password@host:465          TLS from the first byte on (also smtp+ssl)
    anymail+postmark://?server_token=...    a backend of django-anymail with its settings
Certificates are always checked; `?ca=/path/of/certificates.pem` names a private authority, EMAIL_CA_FILE one for all.
"""

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.mail.utils import DNS_NAME

from ..models import MailProvider
from ..social.sealing import SealError, seal, unseal
from .outside import Outside
from .wire.server import Patience, Security, Server

log = logging.getLogger(__name__)
SMTP = "django.core.mail.backends.smtp.EmailBackend"
SCHEMES = {
    "smtp": (Security.NONE, 25),
    "smtp+tls": (Security.STARTTLS, 587),
    "smtps": (Security.TLS, 465),
    "smtp+ssl": (Security.TLS, 465),
}
ANYMAIL = "anymail+"


@dataclass(frozen=True)
class Provider:
    """`name` is empty for that of EMAIL_URL."""

    name: str
    server: Server | Outside
    weight: int = 1
    senders: tuple[str, ...] = ()
    connections: int = 1000
    key: str = field(default="", compare=False)  # of its circuit breaker: another server starts with a clean record

    def may_send_for(self, sender: str) -> bool:
        """`sender` is an address without a name."""
        address = sender.lower()
        return not self.senders or address in self.senders or address.rpartition("@")[2] in self.senders


def usable() -> list[Provider]:
    """Those that may send for DEFAULT_FROM_EMAIL; none, where staff switched off whatever there is."""
    configured = list(MailProvider.objects.all())
    if not configured:
        return [_of_settings()]
    return [provider for row in configured if row.is_enabled and (provider := of_row(row))]


def keep_url(provider: MailProvider, url: str) -> None:
    """Put a URL into a provider that is saved afterwards. Raises ValueError for one that cannot be."""
    parse(url)
    provider.sealed_url = seal(url)


def shown_url(provider: MailProvider) -> str:
    """The URL without what is secret; nothing where it cannot be read any more."""
    try:
        parts = urlsplit(unseal(provider.sealed_url))
    except SealError:
        return ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def parse(url: str) -> Server | Outside:
    """Raises ValueError, in words that do not repeat the URL."""
    parts = urlsplit(url.strip())
    options = dict(parse_qsl(parts.query))
    if parts.scheme.startswith(ANYMAIL):
        return _anymail(parts.scheme.removeprefix(ANYMAIL), options)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"the URL must begin with {', '.join(SCHEMES)} or {ANYMAIL}<provider>, and ://")
    return _smtp(parts, options)


def _smtp(parts: SplitResult, options: Mapping[str, str]) -> Server:
    security, port = SCHEMES[parts.scheme]
    if unknown := sorted(set(options) - {"ca"}):
        raise ValueError(f"the URL knows no option {', '.join(unknown)}; there is: ca")
    if not parts.hostname:
        raise ValueError("the URL must name a host")
    if (ca_file := options.get("ca", "")) and not Path(ca_file).is_file():
        raise ValueError("the file that ca names is not there")
    given = parts.port or port  # raises ValueError for a port that cannot be
    server = _server(parts.hostname, given, security)
    return replace(
        server,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        ca_file=ca_file or server.ca_file,
    )


def _anymail(name: str, options: Mapping[str, str]) -> Outside:
    if not name.isidentifier() or find_spec(f"anymail.backends.{name}") is None:
        raise ValueError(f"django-anymail has no provider called {name!r}")
    return Outside(f"anymail.backends.{name}.EmailBackend", tuple(sorted(options.items())))


def _server(host: str, port: int, security: Security) -> Server:
    patience = Patience(
        connect=min(settings.EMAIL_TIMEOUT, Patience.connect),
        reply=settings.EMAIL_TIMEOUT,
        final=settings.EMAIL_FINAL_TIMEOUT or 4 * settings.EMAIL_TIMEOUT,
    )
    return Server(
        host,
        port,
        security,
        ca_file=settings.EMAIL_CA_FILE,
        certificate=settings.EMAIL_SSL_CERTFILE or "",
        key=settings.EMAIL_SSL_KEYFILE or "",
        local_name=DNS_NAME.get_fqdn(),
        patience=patience,
        messages_a_line=settings.EMAIL_MESSAGES_PER_CONNECTION,
    )


def _of_settings() -> Provider:
    if settings.EMAIL_BACKEND != SMTP:
        return _keyed(Provider("", Outside(settings.EMAIL_BACKEND)))
    security = Security.TLS if settings.EMAIL_USE_SSL else Security.NONE
    security = Security.STARTTLS if settings.EMAIL_USE_TLS else security
    server = _server(settings.EMAIL_HOST, settings.EMAIL_PORT or 25, security)
    user, password = settings.EMAIL_HOST_USER or "", settings.EMAIL_HOST_PASSWORD or ""
    return _keyed(Provider("", replace(server, user=user, password=password)))


def of_row(row: MailProvider) -> Provider | None:
    """None, with an error in the log, where its URL cannot be read any more."""
    try:
        server = parse(unseal(row.sealed_url))
    except (SealError, ValueError) as error:
        log.error("mail provider %s cannot be used: %s", row.name, error)
        return None
    if isinstance(server, Server):
        server = replace(server, messages_a_line=row.messages_a_connection)
    senders = tuple(row.senders.lower().replace(",", " ").split())
    return _keyed(Provider(row.name, server, row.weight, senders, row.connections))


def _keyed(provider: Provider) -> Provider:
    server = provider.server
    place = f"{server.host}:{server.port}" if isinstance(server, Server) else server.backend
    # A backend blocks, so what it takes at the same time would only wait, and be uncertain after a kill.
    connections = provider.connections if isinstance(server, Server) else 1
    return replace(
        provider, connections=connections, key=f"{provider.name}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
    )


class Turns:
    """Whose turn it is, each in proportion to its weight and evenly spread (smooth weighted round robin, as in nginx)."""

    def __init__(self) -> None:
        self._credit: dict[str, float] = {}

    def draw(self, providers: Sequence[Provider], but: Collection[str] = ()) -> Provider | None:
        """One of them whose key is not in `but`; of weight 0 only where no other is left."""
        left = [provider for provider in providers if provider.key not in but]
        weighted = [provider for provider in left if provider.weight] or left
        if len(weighted) <= 1:
            return weighted[0] if weighted else None
        for provider in weighted:
            self._credit[provider.key] = self._credit.get(provider.key, 0.0) + provider.weight
        drawn = max(weighted, key=lambda provider: self._credit[provider.key])
        self._credit[drawn.key] -= sum(provider.weight for provider in weighted)
        return drawn
