"""Our accounts at networks: which one serves an option, how it is called, how often, and whether it works.

A token comes from SOCIAL_TOKENS, by the account's short name, or from the database, where it is sealed. Calls are
counted in the database, so all workers share one budget, and one worker at a time works on an account, under a lease.
"""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from ..base import ChannelError
from ..ledger.sql import count
from ..models import NetworkAccount, NetworkHealth
from . import networks, sealing
from .backends import BACKENDS, Access, AudienceBackend, Backend, PostBackend
from .backends.base import REST_AFTER_LIMIT
from .http import CONNECT_SECONDS, AccountError, BusyError

CALLS_OF_A_STEP = 4  # at most, so that a lease is longer than any step
FIRST_PAUSE = timedelta(minutes=1)  # after something that staff must mend; doubled each time
LONGEST_PAUSE = timedelta(hours=1)
JITTER = 0.25  # a share, so that accounts that were stopped together do not come back together
DIGITS = re.compile(r"[0-9]+\Z")
DIGITS_OR_DASHES = re.compile(r"[0-9]+(-[0-9]+)*\Z")

TAKE_CALL = """
    UPDATE channels_networkaccount
    SET hour_began_at = CASE WHEN hour_began_at < now() - interval '1 hour' THEN now() ELSE hour_began_at END,
        calls = CASE WHEN hour_began_at < now() - interval '1 hour' THEN 1 ELSE calls + 1 END
    WHERE id = %s AND (calls < calls_an_hour OR hour_began_at < now() - interval '1 hour')
"""


def audience_kinds() -> list[str]:
    return [kind for kind, backend in BACKENDS.items() if issubclass(backend, AudienceBackend)]


def post_kinds() -> list[str]:
    return [kind for kind, backend in BACKENDS.items() if issubclass(backend, PostBackend)]


def of_option(option: Mapping[str, object]) -> NetworkAccount | None:
    """The account that an option's settings name, else the network's only one; None: no account, its lists are files.

    Raises ValueError where there is no such account, it is switched off, or there are several and none is named.
    """
    network = networks.of_option(option).name
    known = list(NetworkAccount.objects.filter(kind=network))
    usable = [account for account in known if account.is_active]
    if slug := option.get("account"):
        usable = [account for account in usable if account.slug == slug]
        if not usable:
            raise ValueError(f'"account" names no active account at {network}: "{slug}"')
    if len(usable) > 1:
        raise ValueError(f'there are several accounts at {network}, so "account" must name one of them')
    if known and not usable:
        raise ValueError(f"the account at {network} is switched off")
    return usable[0] if usable else None


def problems(account: NetworkAccount, *, has_secret: bool) -> dict[str, str]:
    """What is wrong with an account as it was entered, by field."""
    backend = BACKENDS[account.kind]
    found = {name: f"{backend.label} needs it." for name in backend.needs if not getattr(account, name)}
    if account.audience_id and not DIGITS.match(account.audience_id):
        found["audience_id"] = "This is a number."
    if account.owner_id and not DIGITS_OR_DASHES.match(account.owner_id):
        found["owner_id"] = "This is a number, with or without dashes."
    if not account.base_url and not backend.default_url:
        found["base_url"] = f"Say where it is: {backend.label} has no address that is the same for all."
    elif reason := _wrong_address(account.base_url):
        found["base_url"] = reason
    if not has_secret:
        found["secret"] = f"{backend.asks_for} is needed, here or in SOCIAL_TOKENS."
    return found


def _wrong_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        return "An address without user, password, query or fragment."
    is_private = parts.hostname in settings.SOCIAL_PRIVATE_HOSTS
    if url and parts.scheme != "https" and not (parts.scheme == "http" and is_private):
        return "It must begin with https://."
    return ""


def keep_secret(account: NetworkAccount, secret: str) -> None:
    """On the unsaved row; it is never read out again but to make a call."""
    account.sealed_secret = sealing.seal(secret)
    account.health, account.health_reason, account.failures, account.quiet_until = NetworkHealth.UNKNOWN, "", 0, None


def has_secret(account: NetworkAccount) -> bool:
    return bool(settings.SOCIAL_TOKENS.get(account.slug) or account.sealed_secret)


def backend_of(account: NetworkAccount) -> Backend:
    """Raises AccountError where its secret is missing or cannot be opened."""
    try:
        secret = settings.SOCIAL_TOKENS.get(account.slug) or (
            sealing.unseal(account.sealed_secret) if account.sealed_secret else ""
        )
    except sealing.SealError as error:
        raise AccountError(str(error), code="secret") from error
    if not secret:
        raise AccountError("no secret was entered for this account", code="secret")
    access = Access(account.base_url, account.owner_id, account.audience_id, secret)
    return BACKENDS[account.kind](access)


def check(account: NetworkAccount) -> str:
    """Try the account and note its health; returns what the network said. Raises ChannelError with why it fails."""
    try:
        said = backend_of(account).check()
    except ChannelError as error:
        if isinstance(error, AccountError):
            note_failure(account.pk, error)
        raise
    note_success(account.pk)
    return said


def lease() -> timedelta:
    return CALLS_OF_A_STEP * timedelta(seconds=CONNECT_SECONDS + settings.SOCIAL_TIMEOUT)


@contextmanager
def held(account_id: int) -> Iterator[UUID | None]:
    """Be the only one who works on an account; None where somebody else does, or it is to be left alone now."""
    token, now = uuid4(), timezone.now()
    is_free = Q(busy_until=None) | Q(busy_until__lt=now)
    may_be_called = Q(quiet_until=None) | Q(quiet_until__lte=now)
    took = NetworkAccount.objects.filter(is_free, may_be_called, pk=account_id, is_active=True).update(
        busy_until=now + lease(), busy_token=token
    )
    if not took:
        yield None
        return
    try:
        yield token
    finally:
        NetworkAccount.objects.filter(pk=account_id, busy_token=token).update(busy_until=None, busy_token=None)


def still_held(account_id: int, token: UUID) -> bool:
    """Whether the lease is ours, for another while."""
    return bool(
        NetworkAccount.objects.filter(pk=account_id, busy_token=token, is_active=True).update(
            busy_until=timezone.now() + lease()
        )
    )


def take_call(account_id: int) -> bool:
    """One call of this hour's budget, if any is left."""
    return count(TAKE_CALL, [account_id]) == 1


def rest(account_id: int, seconds: float) -> None:
    """Leave the account alone for as long as the network wants, and a little longer."""
    until = timezone.now() + timedelta(seconds=seconds * (1 + JITTER * random.random()))  # noqa: S311 - not a secret
    NetworkAccount.objects.filter(Q(quiet_until=None) | Q(quiet_until__lt=until), pk=account_id).update(
        quiet_until=until
    )


def note_busy(account_id: int, error: BusyError) -> None:
    rest(account_id, REST_AFTER_LIMIT if error.retry_after is None else error.retry_after)


def note_failure(account_id: int, error: AccountError) -> None:
    """Somebody must mend it; meanwhile it is tried ever more rarely."""
    failures = NetworkAccount.objects.values_list("failures", flat=True).get(pk=account_id)
    pause = min(FIRST_PAUSE * 2 ** min(failures, 10), LONGEST_PAUSE)
    NetworkAccount.objects.filter(pk=account_id).update(
        health=NetworkHealth.FAILS,
        health_reason=str(error)[:200],
        failures=F("failures") + 1,
        checked_at=timezone.now(),
        quiet_until=timezone.now() + pause,
    )


def note_success(account_id: int) -> None:
    NetworkAccount.objects.filter(pk=account_id).exclude(health=NetworkHealth.WORKS, failures=0).update(
        health=NetworkHealth.WORKS, health_reason="", failures=0, quiet_until=None
    )
    NetworkAccount.objects.filter(pk=account_id).update(checked_at=timezone.now())
