"""Mail providers, asked without sending anything; and what DNS says of our signatures and return paths."""

import base64
import select
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parseaddr

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from dns import exception, resolver

from channels.email import dkim_signing, providers
from channels.email.wire.line import Line
from channels.email.wire.server import LineError, Patience, RefusedError, Server
from channels.email.wire.stream import Want
from channels.models import MailProvider

from .finding import Finding, note

SECONDS = 5.0
DNS_SECONDS = 3.0


def each_provider() -> Iterator[Finding]:
    able = providers.usable()
    wanted = MailProvider.objects.filter(is_enabled=True).count()
    if wanted > len(able):
        yield Finding(
            f"{wanted - len(able)} mail providers cannot be read: their URLs were sealed with another SECRET_KEY",
            "put the old SECRET_KEY back, or enter their URLs anew in the admin",
        )
    if not able:
        yield Finding("every mail provider is switched off", "enable one in the admin under mail providers")
    for provider in able:
        name = provider.name or "of EMAIL_URL"
        if isinstance(provider.server, Server):
            yield from _of_server(name, provider.server)
        else:
            yield note(f"mail provider {name} is an API, which cannot be asked without sending", "use a test send")


def _of_server(name: str, server: Server) -> Iterator[Finding]:
    line = Line(replace(server, patience=Patience(SECONDS, SECONDS, SECONDS)))
    try:
        _run(line)
    except RefusedError as error:
        yield Finding(
            f"mail provider {name} refuses us: {error.reply.code}",
            "535 and 530: check user and password; 421 and 554: it does not want this machine; 454, 502: no STARTTLS",
        )
    except LineError as error:
        yield Finding(
            f"mail provider {name} cannot be used at {server.host}:{server.port}: {error}",
            "check host and port, whether a firewall lets us out, and that smtp+tls:// is used for 587, smtps:// for 465; "
            "a private authority is named by EMAIL_CA_FILE or ?ca=",
        )
    finally:
        line.close()


def _run(line: Line) -> None:
    """Connection, TLS, greeting and log-in, in this thread."""
    steps = line.open()
    want = next(steps, None)
    while want is not None:
        sockets = [line.socket]
        left = max(line.ends_at - time.monotonic(), 0.0)
        ready = select.select(sockets if want == Want.READ else [], sockets if want == Want.WRITE else [], [], left)
        try:
            want = next(steps) if any(ready) else steps.throw(TimeoutError())
        except StopIteration:
            return


def signature() -> Iterator[Finding]:
    """The key is one, and DNS has its other half. Without a resolver nothing is said against it."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    try:
        key = dkim_signing.private_key(settings.DKIM_KEY, settings.DKIM_KEY_FILE, settings.DKIM_SELECTOR)
        dkim_signing.signer(sender)
    except ImproperlyConfigured as error:
        yield Finding(str(error), "check DKIM_KEY or DKIM_KEY_FILE, DKIM_SELECTOR, and who may read the file")
        return
    if key is None:
        yield note("mails are not signed here", "let the relay sign them, or set DKIM_KEY_FILE and DKIM_SELECTOR")
        return
    domain = settings.DKIM_DOMAIN or sender.rpartition("@")[2]
    yield from judge_record(f"{settings.DKIM_SELECTOR}._domainkey.{domain}", public_half(key), *_records(domain))


def _records(domain: str) -> tuple[str | None, bool]:
    """The TXT record, nothing if there is none, None if nobody could say; and whether the domain is known at all."""
    name = f"{settings.DKIM_SELECTOR}._domainkey.{domain}"
    try:
        found = resolver.resolve(name, "TXT", lifetime=DNS_SECONDS)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        return "", _is_known(domain)
    except (exception.DNSException, OSError):
        return None, False
    return "".join(part.decode(errors="replace") for record in found for part in record.strings), True


def _is_known(domain: str) -> bool:
    """Some resolvers say of every name that it is not there when they are cut off."""
    for kind in ("NS", "MX", "A"):
        try:
            resolver.resolve(domain, kind, lifetime=DNS_SECONDS)
        except (exception.DNSException, OSError):
            continue
        return True
    return False


def judge_record(name: str, public: bytes, record: str | None, domain_is_known: bool) -> Iterator[Finding]:
    if record is None or (not record and not domain_is_known):
        yield note(f"DNS could not be asked for {name}", "look where a resolver is: dig TXT " + name)
        return
    shown = base64.b64encode(public).decode()
    kind = "ed25519" if len(public) == 32 else "rsa"
    publish = f"publish the TXT record {name}: v=DKIM1; k={kind}; p={shown}"
    if not record:
        yield Finding(f"the DKIM record {name} is not in DNS: signed mails fail the check", publish)
    elif published_key(record) != public:
        yield Finding(f"the DKIM record {name} does not belong to our key: signed mails fail the check", publish)


def published_key(record: str) -> bytes:
    tags = dict(tag.strip().partition("=")[::2] for tag in record.split(";") if "=" in tag)
    try:
        return base64.b64decode("".join(tags.get("p", "").split()))
    except ValueError:
        return b""


def public_half(key: bytes) -> bytes:
    """As it stands in DNS: SubjectPublicKeyInfo of RSA, the bare 32 bytes of Ed25519 (RFC 8463)."""
    if b"BEGIN" in key:
        own = serialization.load_pem_private_key(key, password=None).public_key()
        return own.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(key)).public_key().public_bytes_raw()


def return_paths() -> Iterator[Finding]:
    domain = settings.BOUNCE_DOMAIN
    if not domain:
        yield note(
            "bounces go to the sender, and nobody here counts them", "set BOUNCE_DOMAIN, and run receive_bounces"
        )
        return
    if "@" in domain or "." not in domain:
        yield Finding("BOUNCE_DOMAIN is no domain", "set it as bounces.your-domain")
        return
    try:
        resolver.resolve(domain, "MX", lifetime=DNS_SECONDS)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        if _is_known(domain):
            return  # mail finds it by its address
        yield note(
            f"DNS knows no mail server of {domain}", "publish an MX record that names the machine of receive_bounces"
        )
    except (exception.DNSException, OSError):
        yield note(f"DNS could not be asked for {domain}", f"look where a resolver is: dig MX {domain}")
