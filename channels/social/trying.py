"""A post that is tried out: published on the account that is kept for tests, where there is one, else only shown."""

from uuid import uuid4

from ..base import ChannelError, Rendition, Trial, Tried
from ..models import NetworkAccount
from . import accounts, render
from .backends import PostBackend
from .backends.base import MediaUnderway, Post, Published


def try_out(trial: Trial, shown: Rendition) -> Tried:
    """Raises ChannelError with what the network said."""
    account = test_account()
    if account is None or not trial.may_leave:
        return Tried(shown)
    backend = accounts.backend_of(account)
    if not isinstance(backend, PostBackend):
        return Tried(shown)
    if not accounts.take_call(account.pk):
        raise ChannelError(f"{account} has no call left in this hour", permanent=False)
    told = backend.publish(_post(trial, shown, account.kind))
    if isinstance(told, MediaUnderway):
        raise ChannelError(f"{account} still works on the picture; try again in a minute", permanent=False)
    where = f", {told.url}" if isinstance(told, Published) and told.url else ""
    return Tried(shown, f"posted on {account}{where}")


def test_account() -> NetworkAccount | None:
    found = NetworkAccount.objects.filter(kind__in=accounts.post_kinds(), is_active=True, is_for_tests=True)
    return found.order_by("pk").first()


def _post(trial: Trial, shown: Rendition, network: str) -> Post:
    image = shown.parts["image"]
    return Post(
        key=str(uuid4()),
        text=f"{trial.mark}{render.text_for(network, shown.parts)}",
        link=str(shown.parts["link"]),
        mark=f"test-{trial.number}",
        image=image if isinstance(image, bytes) else b"",
    )
