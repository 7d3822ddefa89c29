"""Posts go to their network: begun under the account's lease, given away outside any transaction, recorded.

A network that knows a key gives the same post for it again, so within that time a try of which nobody knows what became
of it is repeated. Later the network is asked for the post by the mark in its link; and what is not found then is for a
person to decide.
"""

import logging
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from .. import ledger
from ..base import ChannelError
from ..models import NetworkAccount, SocialPost
from ..models import PostState as State
from . import accounts, posts, render
from .backends import PostBackend
from .backends.base import MediaUnderway, Post, Published, Scheduled
from .http import AccountError, BusyError

log = logging.getLogger(__name__)
WORKED_ON = (State.APPROVED, State.PUBLISHING, State.SCHEDULED, State.WITHDRAWING)
SOON = timedelta(seconds=5)
KEY_MARGIN = 600.0  # seconds by which a key is trusted less long than the network says
LOOKED_FOR = timedelta(minutes=1)  # after its time, and then each time
MOST_LOOKS = 10
FIRST_PAUSE = 30.0  # seconds
LONGEST_PAUSE = 900.0
NOT_SENT = ("unreachable", "tls")


def is_due() -> bool:
    return _due().exists()


def work_due(*, until: float) -> bool:
    """Work on what is due; returns whether anything still is when the time is over."""
    for account_id in list(_due().order_by("account").values_list("account", flat=True).distinct()):
        with accounts.held(account_id) as token:
            while token is not None and time.monotonic() < until and _step(account_id, token):
                pass
    return time.monotonic() >= until and is_due()


def _due() -> QuerySet[SocialPost]:
    """While all sending is stopped, posts are only taken down and looked for."""
    states = (State.SCHEDULED, State.WITHDRAWING) if ledger.is_stopped() else WORKED_ON
    due = SocialPost.objects.filter(state__in=states, due_at__lte=timezone.now(), account__is_active=True)
    return due.exclude(account__quiet_until__gt=timezone.now())


def _step(account_id: int, token: UUID) -> bool:
    """One call about the account's next post; False when there is nothing more to do now."""
    post = _due().filter(account=account_id).select_related("account", "version").order_by("due_at", "pk").first()
    if post is None or not accounts.still_held(account_id, token) or not accounts.take_call(account_id):
        return False
    try:
        backend = accounts.backend_of(post.account)
        assert isinstance(backend, PostBackend)  # noqa: S101 - plan() refuses others
        _act(post, backend)
    except posts.PostError as error:  # somebody moved it meanwhile
        log.info("post %s: %s", post.pk, error)
    except ChannelError as error:
        return _put_off(post, error)
    accounts.note_success(account_id)
    return True


def _act(post: SocialPost, backend: PostBackend) -> None:
    if post.state == State.WITHDRAWING:
        backend.withdraw(_made(post))
        posts.move(post.pk, State.WITHDRAWING, to=State.WITHDRAWN, answer="")
    elif post.state == State.SCHEDULED or _is_doubtful(post, backend):
        _look_for(post, backend)
    else:
        _publish(post, backend)


def _is_doubtful(post: SocialPost, backend: PostBackend) -> bool:
    """An earlier try may have published it, so long ago that the network would take the key for a new one."""
    if post.first_tried_at is None:
        return False
    trusted = timedelta(seconds=max(0.0, backend.key_seconds - KEY_MARGIN))
    return not post.provider_id and timezone.now() > post.first_tried_at + trusted


def _publish(post: SocialPost, backend: PostBackend) -> None:
    made = _made(post)
    if (due_at := posts.due_at(post)) > timezone.now() + SOON:  # a worker that comes late must not make it early
        SocialPost.objects.filter(pk=post.pk, state=State.APPROVED).update(due_at=due_at)
        return
    if post.state == State.APPROVED:
        posts.move(
            post.pk,
            State.APPROVED,
            to=State.PUBLISHING,
            attempts=post.attempts + 1,
            first_tried_at=post.first_tried_at or timezone.now(),
        )
    _record(post, backend.publish(made))


def _record(post: SocialPost, told: Published | Scheduled | MediaUnderway) -> None:
    match told:
        case Published():
            _published(SocialPost.objects.get(pk=post.pk), told)
        case Scheduled():
            posts.move(
                post.pk,
                State.PUBLISHING,
                to=State.SCHEDULED,
                scheduled_id=told.scheduled_id,
                attempts=0,
                due_at=(post.publish_at or timezone.now()) + LOOKED_FOR,
                answer="the network publishes it at its time",
            )
        case MediaUnderway():
            due_at = timezone.now() + timedelta(seconds=told.seconds)
            changes: dict[str, Any] = {"media_id": told.media_id, "first_tried_at": None, "attempts": 0}
            posts.move(
                post.pk, State.PUBLISHING, to=State.APPROVED, due_at=due_at, answer="picture underway", **changes
            )


def _published(post: SocialPost, told: Published) -> None:
    posts.move(
        post.pk,
        State(post.state),
        to=State.PUBLISHED,
        provider_id=told.provider_id,
        url=told.url,
        published_at=post.published_at or timezone.now(),
        answer="",
    )


def _look_for(post: SocialPost, backend: PostBackend) -> None:
    found = backend.look_up(_made(post))
    if found is not None:
        _published(post, found)
    elif post.state == State.SCHEDULED and post.attempts < MOST_LOOKS:
        again = {"attempts": post.attempts + 1, "due_at": timezone.now() + LOOKED_FOR}
        SocialPost.objects.filter(pk=post.pk, state=State.SCHEDULED).update(**again)
    else:
        posts.move(post.pk, State(post.state), to=State.UNCERTAIN, answer="its network shows no such post")


def _put_off(post: SocialPost, error: ChannelError) -> bool:
    """Returns whether other posts of the account may go on."""
    log.warning("post %s at account %s: %s", post.pk, post.account_id, error)
    was_not_sent = isinstance(error, BusyError | AccountError) or error.code in NOT_SENT
    if isinstance(error, BusyError):
        accounts.note_busy(post.account_id, error)
    elif isinstance(error, AccountError):
        accounts.note_failure(post.account_id, error)
    now = SocialPost.objects.get(pk=post.pk)
    if error.permanent and now.state in (State.APPROVED, State.PUBLISHING):
        posts.move(post.pk, State(now.state), to=State.FAILED, answer=str(error)[:200])
    elif now.state != State.PUBLISHING:
        _wait(now, error)
    elif not was_not_sent and now.attempts >= settings.DELIVERY_MAX_ATTEMPTS:
        posts.move(post.pk, State.PUBLISHING, to=State.UNCERTAIN, answer=str(error)[:200])
    else:
        # What was surely not sent does not begin the time for which the network knows the key.
        first_tried_at = post.first_tried_at if was_not_sent else now.first_tried_at
        posts.move(
            post.pk, State.PUBLISHING, to=State.APPROVED, answer=str(error)[:200], due_at=_later(now),
            first_tried_at=first_tried_at, attempts=now.attempts - was_not_sent,
        )  # fmt: skip
    return not was_not_sent


def _wait(post: SocialPost, error: ChannelError) -> None:
    """It stays where it is: a post that is to be taken down is asked about until it is down."""
    SocialPost.objects.filter(pk=post.pk, state=post.state).update(
        answer=str(error)[:200], due_at=_later(post), attempts=post.attempts + 1
    )


def _later(post: SocialPost) -> Any:
    seconds = min(FIRST_PAUSE * 2 ** min(max(post.attempts, 1) - 1, 10), LONGEST_PAUSE)
    return timezone.now() + timedelta(seconds=seconds)


def _made(post: SocialPost) -> Post:
    try:
        rendition = posts.preview(post)
    except posts.PostError as error:
        raise ChannelError(str(error), permanent=True, code="content") from error
    headline = next((block.get("text", "") for block in post.version.blocks if block.get("type") == "headline"), "")
    image = rendition.parts["image"]
    return Post(
        key=str(post.key),
        text=render.text_for(post.account.kind, rendition.parts),
        link=str(rendition.parts["link"]),
        mark=posts.mark(post),
        image=image if isinstance(image, bytes) else b"",
        image_text=str(headline),
        post_id=post.pk,
        campaign_id=post.campaign_id,
        publish_at=post.publish_at,
        media_id=post.media_id,
        provider_id=post.provider_id,
        scheduled_id=post.scheduled_id,
    )


def usable_accounts() -> QuerySet[NetworkAccount]:
    """Where posts may be planned."""
    return NetworkAccount.objects.filter(kind__in=accounts.post_kinds(), is_active=True, is_for_tests=False)
