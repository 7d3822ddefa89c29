"""The life of a post; the only writer of post states, every move a conditional UPDATE along ARROWS.

    draft -> approved -> publishing -> published | scheduled -> published
                             |-> approved (again, later), failed, uncertain
    published -> draft (a change of it, to be approved anew), withdrawing -> withdrawn

A post belongs to a campaign, may belong to a wave, and says what one version of the campaign's content says, to nobody
in particular. So it has no dispatches: it is planned by one person, approved by another, and published once. Giving it
away is the business of channels.social.posting.
"""

import uuid
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from campaigns import blocks as content_blocks
from campaigns import link_marks, personalise, versions
from campaigns.blocks import ContentError
from campaigns.models import Campaign, Content, ContentVersion, Wave

from ..base import ChannelError, Rendition
from ..models import NetworkAccount, SocialPost
from ..models import PostState as State
from . import accounts, render
from .backends import PostBackend

ARROWS: dict[State, frozenset[State]] = {
    # A draft that has left before is the change of a post that is out.
    State.DRAFT: frozenset({State.APPROVED, State.CANCELLED, State.WITHDRAWING}),
    # From here to the end without a try: what cannot be made any more, and what an earlier try has settled.
    State.APPROVED: frozenset({State.PUBLISHING, State.CANCELLED, State.FAILED, State.PUBLISHED, State.UNCERTAIN}),
    State.PUBLISHING: frozenset({State.APPROVED, State.SCHEDULED, State.PUBLISHED, State.FAILED, State.UNCERTAIN}),
    State.SCHEDULED: frozenset({State.PUBLISHED, State.UNCERTAIN, State.WITHDRAWING}),
    State.PUBLISHED: frozenset({State.DRAFT, State.WITHDRAWING}),
    State.WITHDRAWING: frozenset({State.WITHDRAWN, State.UNCERTAIN}),
    State.UNCERTAIN: frozenset({State.PUBLISHED, State.FAILED, State.APPROVED}),
    State.FAILED: frozenset({State.DRAFT}),
    State.WITHDRAWN: frozenset(),
    State.CANCELLED: frozenset(),
}
SCHEDULED_AHEAD = timedelta(minutes=15)  # what is stopped before has not left; later the network minds the time
EARLIEST = timedelta(minutes=1)
PLAN, APPROVE = "channels.change_socialpost", "channels.approve_socialpost"
SECOND_PERSON = "a post is approved by another person than the one who planned it"
VERDICTS = {"published": State.PUBLISHED, "failed": State.FAILED, "again": State.APPROVED}


class PostError(ValueError):
    """A step that is not taken; the message is for people."""


@transaction.atomic
def plan(
    campaign: Campaign,
    account: NetworkAccount,
    *,
    by: User,
    wave: Wave | None = None,
    publish_at: datetime | None = None,
) -> SocialPost:
    """A draft that says what the newest approved version of the campaign's content says. Raises PostError."""
    if account.kind not in accounts.post_kinds():
        raise PostError(f"{account} takes audiences, not posts")
    if wave is not None and wave.campaign_id != campaign.pk:
        raise PostError("the wave is one of another campaign")
    if publish_at is not None and publish_at < timezone.now() + EARLIEST:
        raise PostError("the time to publish it is past")
    post = SocialPost.objects.create(
        campaign=campaign,
        account=account,
        wave=wave,
        publish_at=publish_at,
        planned_by=by,
        version=_approved(campaign.content),
    )
    preview(post)
    return post


def _approved(content: Content) -> ContentVersion:
    version = versions.newest_of(content)
    if version is None:
        raise PostError(f"the content “{content}” is not approved yet")
    return version


def preview(post: SocialPost) -> Rendition:
    """Text, picture and link as they will be out. Raises PostError for content that a post cannot carry."""
    blocks = post.version.blocks
    marks = {"utm_source": "steering", "utm_medium": "social", "utm_campaign": mark(post)}
    links = {
        block["id"]: link_marks.with_marks(block["url"], marks | {"utm_content": block["id"]})
        for block in content_blocks.for_channel(list(blocks), "social")
        if block.get("url")
    }
    nothing = dict.fromkeys(personalise.sample_fields(), "")
    try:
        if not links:
            raise ContentError("blocks", "a post needs something that leads somewhere")
        return render.render(blocks, nothing | {"links": links, "link": next(iter(links.values()))})
    except ContentError as error:
        raise PostError(f"the content cannot be posted: {error}") from error


def as_published(post_id: int) -> dict[str, Any]:
    """A post for whoever publishes it. Raises PostError for one that nobody has approved, or that is not to be out."""
    post = _get(post_id)
    if post.approved_by_id is None or post.state in (State.DRAFT, State.CANCELLED, State.WITHDRAWN):
        raise PostError("there is no such post")
    parts = preview(post).parts
    image = parts["image"]
    return {
        "id": post.pk,
        "campaign": post.campaign_id,
        "state": post.state,
        "publish_at": post.publish_at,
        "text": parts["text"],
        "link": parts["link"],
        "picture": b64encode(image).decode() if isinstance(image, bytes) else "",
    }


def mark(post: SocialPost) -> str:
    """In the post's link: visits are counted by it, and the post is found again at its network."""
    return f"{post.campaign_id}-post-{post.pk}-{str(post.key)[:8]}"


def problems(post: SocialPost) -> list[str]:
    """Why its network would not take it, as far as that can be known now. Raises ChannelError if it cannot be asked."""
    backend = accounts.backend_of(post.account)
    assert isinstance(backend, PostBackend)  # noqa: S101 - plan() refuses others
    text = render.text_for(post.account.kind, preview(post).parts)
    most = backend.most_characters()
    if most is None or (length := backend.length(text)) <= most:
        return []
    return [f"the post has {length} characters, and {post.account} takes at most {most}"]


def allowed(post: SocialPost, user: User) -> list[str]:
    """The verbs that this person may do to the post now."""
    is_out = post.state in (State.SCHEDULED, State.PUBLISHED) or (post.state == State.DRAFT and post.provider_id)
    may = {
        "approve": post.state == State.DRAFT and user.has_perm(APPROVE) and post.planned_by_id != user.pk,
        "cancel": post.state in (State.DRAFT, State.APPROVED) and not post.provider_id and user.has_perm(PLAN),
        "revise": post.state in (State.PUBLISHED, State.FAILED) and user.has_perm(PLAN),
        "withdraw": is_out and user.has_perm(PLAN),
        "decide": post.state == State.UNCERTAIN and user.has_perm(APPROVE),
    }
    return [verb for verb, it_may in may.items() if it_may]


@transaction.atomic
def approve(post_id: int, *, by: User) -> None:
    """A second person stands for the post. It is given away at its time, or at once."""
    post = _get(post_id)
    if not by.has_perm(APPROVE):
        raise PostError("you may not approve posts")
    if post.planned_by_id == by.pk:
        raise PostError(SECOND_PERSON)
    try:
        if found := problems(post):
            raise PostError(found[0])
    except ChannelError as error:
        raise PostError(f"{post.account} cannot be asked whether it takes this: {error}") from error
    move(post_id, State.DRAFT, to=State.APPROVED, approved_by=by, approved_at=timezone.now(), due_at=due_at(post))


def cancel(post_id: int, *, by: User) -> None:
    """Before anything left."""
    _require(by, PLAN)
    if _get(post_id).provider_id:
        raise PostError("a post that is out is withdrawn, not cancelled")
    move(post_id, State.DRAFT, State.APPROVED, to=State.CANCELLED)


@transaction.atomic
def revise(post_id: int, *, by: User) -> None:
    """Say what the campaign's content says now, once somebody else has approved that; until then the old post stays."""
    _require(by, PLAN)
    post = _get(post_id)
    fresh: dict[str, Any] = {
        "version": _approved(post.campaign.content),
        "key": uuid.uuid4(),
        "planned_by": by,
        "approved_by": None,
        "approved_at": None,
        "attempts": 0,
        "first_tried_at": None,
        "media_id": "",
        "answer": "",
    }
    move(post_id, State.PUBLISHED, State.FAILED, to=State.DRAFT, **fresh)
    preview(_get(post_id))


def withdraw(post_id: int, *, by: User) -> None:
    """Take down what is out, or with its network for later."""
    _require(by, PLAN)
    post = _get(post_id)
    if post.state == State.DRAFT and not post.provider_id:
        raise PostError("a post that never was out is cancelled, not withdrawn")
    states = (State.DRAFT, State.SCHEDULED, State.PUBLISHED)
    move(post_id, *states, to=State.WITHDRAWING, due_at=timezone.now(), attempts=0)


def decide(post_id: int, verdict: str, *, by: User) -> None:
    """A person's decision about an uncertain post. `again` publishes it once more, so it must surely not be out."""
    _require(by, APPROVE)
    if verdict not in VERDICTS:
        raise PostError(f"an uncertain post is decided as {', '.join(VERDICTS)}")
    changes: dict[str, Any] = {"answer": f"decided by user {by.pk}"}
    if verdict == "again":
        changes |= {
            "attempts": 0,
            "first_tried_at": None,
            "due_at": timezone.now(),
            "media_id": "",
            "key": uuid.uuid4(),
        }
    if verdict == "published":
        changes |= {"published_at": timezone.now()}
    move(post_id, State.UNCERTAIN, to=VERDICTS[verdict], **changes)


def move(post_id: int, *sources: State, to: State, **changes: Any) -> None:
    """Raises PostError where the post is elsewhere by now."""
    assert all(to in ARROWS[source] for source in sources)  # noqa: S101 - no caller names another move
    moved = SocialPost.objects.filter(pk=post_id, state__in=sources).update(
        state=to, state_changed_at=timezone.now(), **changes
    )
    if not moved:
        raise PostError(f"a post that is {_get(post_id).get_state_display()} cannot become {to.label}")


def _require(by: User, permission: str) -> None:
    if not by.has_perm(permission):
        raise PostError("you may not do that to posts")


def due_at(post: SocialPost) -> datetime:
    """When a post is given away: at its time, or a little before to a network that minds the time itself."""
    now = timezone.now()
    if post.publish_at is None or post.provider_id:
        return now
    backend = accounts.backend_of(post.account)
    assert isinstance(backend, PostBackend)  # noqa: S101 - plan() refuses others
    if backend.schedules_from is None or post.publish_at < now + backend.schedules_from:
        return max(now, post.publish_at)
    return max(now, post.publish_at - SCHEDULED_AHEAD)


def _get(post_id: int) -> SocialPost:
    try:
        return SocialPost.objects.select_related("account", "version", "campaign__content").get(pk=post_id)
    except SocialPost.DoesNotExist:
        raise PostError("there is no such post") from None
