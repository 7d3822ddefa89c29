"""The life of a content; the only writer of its states, every step a conditional UPDATE along STEPS.

    draft -> in review -> approved -> archived -> draft
             in review -> draft, when it is sent back

Somebody proposes, somebody else approves. The approval makes a version that never changes, and waves send the newest one.
Rewriting a content makes it a draft again, whatever it was: the database sees to that. Its versions stay approved.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import blocks, content_uses, versions
from .findings import ERROR, WARNING, Finding
from .models import Content, ContentComment, ContentVersion
from .models import ContentState as State

CHANGE, APPROVE = "campaigns.change_content", "campaigns.approve_content"
COMMENT = "campaigns.add_contentcomment"
SECOND_PERSON = "a content is approved by another person than the one who proposed it"
LONGEST_COMMENT = 2000

# What is asked before an approval; other rooms add theirs when the platform starts.
CHECKS: list[Callable[[Content], Iterable[Finding]]] = []


class WorkflowError(ValueError):
    """A step that is not taken; the message is for people, `findings` say what stands in the way of an approval."""

    def __init__(self, reason: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(reason)
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Step:
    """From which states a verb leads where, and what lets a person take it: any one of the permissions."""

    sources: tuple[State, ...]
    to: State
    permissions: tuple[str, ...]


STEPS = {
    "submit": Step((State.DRAFT,), State.IN_REVIEW, (CHANGE,)),
    "send back": Step((State.IN_REVIEW,), State.DRAFT, (CHANGE, APPROVE)),
    "approve": Step((State.IN_REVIEW,), State.APPROVED, (APPROVE,)),
    "archive": Step((State.DRAFT, State.IN_REVIEW, State.APPROVED), State.ARCHIVED, (CHANGE,)),
    "restore": Step((State.ARCHIVED,), State.DRAFT, (CHANGE,)),
}
PAST = {
    "submit": "submitted",
    "send back": "sent back",
    "approve": "approved",
    "archive": "archived",
    "restore": "restored",
}


def register(check: Callable[[Content], Iterable[Finding]]) -> None:
    """Ask this before every approval, once however often it is registered."""
    if check not in CHECKS:
        CHECKS.append(check)


def findings(content: Content) -> list[Finding]:
    """What stands in the way of an approval, errors first. Where the blocks themselves are wrong, only that."""
    if wrong := list(_wrong(content)):
        return wrong
    found = [finding for check in CHECKS for finding in check(content)]
    found += _open_comments(content)
    return sorted(dict.fromkeys(found), key=lambda finding: not finding.is_error)


def _wrong(content: Content) -> Iterable[Finding]:
    if not content.blocks:
        yield Finding("", "blocks", ERROR, "empty", "there is nothing in it")
    for error in blocks.errors(content.blocks):
        yield Finding("", error.path, ERROR, "broken", error.reason)


def _open_comments(content: Content) -> list[Finding]:
    number = content.comments.filter(resolved_at=None).count()
    if not number:
        return []
    reason = "a comment is not resolved" if number == 1 else f"{number} comments are not resolved"
    return [Finding("", "", WARNING, "open_comments", reason)]


def allowed(content: Content, user: User) -> list[str]:
    """The verbs that this person may do to the content now."""
    return [verb for verb in STEPS if not reason_against(content, verb, user)]


def reason_against(content: Content, verb: str, user: User) -> str:
    """Why this person may not do the verb to the content now; empty where they may."""
    if verb not in STEPS:
        return f"there is no step {verb!r}"
    step = STEPS[verb]
    if content.state not in step.sources:
        return f"a content that is {State(content.state).label.lower()} cannot be {PAST[verb]}"
    if not any(user.has_perm(permission) for permission in step.permissions):
        return f"you may not {verb} contents"
    if verb == "approve" and content.submitted_by_id in (None, user.pk):
        return SECOND_PERSON
    return ""


def submit(content: Content, by: User) -> Content:
    """Propose it as it is. Raises WorkflowError."""
    if wrong := list(_wrong(content)):
        raise WorkflowError(f"it cannot be reviewed: {wrong[0]}", wrong)
    return _move(content, "submit", by, submitted_by=by, submitted_at=timezone.now())


@transaction.atomic
def send_back(content: Content, by: User, *, why: str = "") -> Content:
    """It is to be changed before it is approved. Raises WorkflowError."""
    moved = _move(content, "send back", by, submitted_by=None, submitted_at=None)
    if why.strip():
        comment(moved, by, why)
    return moved


@transaction.atomic
def approve(
    content: Content, by: User, confirmed: Iterable[Finding | str] = (), *, seen_at: datetime | None = None
) -> ContentVersion:
    """A second person stands for the content, and for every warning that they confirm, by itself or by its key.

    `seen_at`: when what they have looked at was submitted; refused where it was changed and submitted anew since. Raises
    WorkflowError, with findings where these forbid it.
    """
    held = _held(content)
    if reason := reason_against(held, "approve", by):
        raise WorkflowError(reason)
    if seen_at is not None and seen_at != held.submitted_at:
        raise WorkflowError("it was changed since you looked at it: look again")
    accepted = _accepted(held, confirmed)
    _move(held, "approve", by)
    content.state = State.APPROVED
    warnings = [asdict(warning) for warning in accepted]
    return versions.make(held, submitted_by=held.submitted_by, approved_by=by, confirmed=warnings)


def _accepted(content: Content, confirmed: Iterable[Finding | str]) -> list[Finding]:
    keys = {one if isinstance(one, str) else one.key for one in confirmed}
    found = findings(content)
    if errors := [finding for finding in found if finding.is_error]:
        raise WorkflowError(f"it cannot be approved: {errors[0]}", found)
    if missing := [finding for finding in found if finding.key not in keys]:
        raise WorkflowError(f"a warning has to be confirmed first: {missing[0]}", found)
    return found


@transaction.atomic
def archive(content: Content, by: User) -> Content:
    """It is not to be used any more; what was sent of it can still be shown. Raises WorkflowError."""
    held = _held(content)
    if names := content_uses.campaigns(held):
        raise WorkflowError(f"it is still used by {', '.join(names[:3])}")
    return _move(content, "archive", by, submitted_by=None, submitted_at=None)


def restore(content: Content, by: User) -> Content:
    """As a draft. Raises WorkflowError."""
    return _move(content, "restore", by)


def comment(content: Content, by: User, text: str, *, block_id: str = "") -> ContentComment:
    """Say something about a content, or about one of its blocks. Raises WorkflowError."""
    if not any(by.has_perm(permission) for permission in (COMMENT, CHANGE, APPROVE)):
        raise WorkflowError("you may not comment on contents")
    text = text.replace("\0", "").strip()
    if not text:
        raise WorkflowError("a comment needs some words")
    if len(text) > LONGEST_COMMENT:
        raise WorkflowError(f"a comment has at most {LONGEST_COMMENT} characters, this one has {len(text)}")
    if block_id and block_id not in {block.get("id") for block in content.blocks if isinstance(block, dict)}:
        raise WorkflowError(f"the content has no block {block_id!r}")
    return ContentComment.objects.create(content=content, block_id=block_id, text=text, by=by)


def resolve(comment_id: int, by: User) -> None:
    """A comment is dealt with, as whoever writes, approves or has made it says. Raises WorkflowError."""
    own = Q() if by.has_perm(CHANGE) or by.has_perm(APPROVE) else Q(by=by)
    open_ones = ContentComment.objects.filter(own, pk=comment_id, resolved_at=None)
    if not open_ones.update(resolved_by=by, resolved_at=timezone.now()):
        raise WorkflowError("there is no such comment to resolve, or it is not yours to resolve")


def _held(content: Content) -> Content:
    """As it is now, locked until the transaction ends."""
    found = Content.objects.select_for_update(of=("self",)).select_related("submitted_by").filter(pk=content.pk).first()
    if found is None:
        raise WorkflowError("there is no such content")
    return found


def _move(content: Content, verb: str, by: User, **fields: Any) -> Content:
    step = STEPS[verb]
    now = Content.objects.filter(pk=content.pk).first()
    if now is None:
        raise WorkflowError("there is no such content")
    if reason := reason_against(now, verb, by):
        raise WorkflowError(reason)
    still = {"pk": content.pk, "state__in": step.sources, "updated_at": now.updated_at}
    if not Content.objects.filter(**still).update(state=step.to, **fields):
        raise WorkflowError("somebody else has just changed it: look again")
    for name, value in {"state": step.to, **fields}.items():
        setattr(content, name, value)
    return content
