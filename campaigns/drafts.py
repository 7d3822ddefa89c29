"""Drafts: what somebody writes is kept while they write, beside the content, which changes only when they save."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from .models import Content, ContentDraft

KEPT_DAYS = 30


@dataclass(frozen=True)
class Written:
    """`seen`: the `updated_at` of the content that the writer began with, empty for one that is not there yet."""

    name: str
    description: str
    blocks: Any
    seen: str = ""


def keep(by: AbstractBaseUser, content: Content | None, written: Written) -> ContentDraft:
    """In the place of what this person had written of it before. Drafts that nobody took up for a month go."""
    kept, _ = ContentDraft.objects.update_or_create(
        by=by,
        content=content,
        defaults={
            "name": written.name[:120],
            "description": written.description,
            "blocks": written.blocks,
            "seen": written.seen[:40],
        },
    )
    ContentDraft.objects.filter(kept_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()
    return kept


def of(by: AbstractBaseUser, content: Content | None) -> ContentDraft | None:
    """What this person has written and not saved; None where it says the same as the content."""
    kept = ContentDraft.objects.filter(by=by, content=content).first()
    if (
        kept
        and content
        and (kept.name, kept.description, kept.blocks)
        == (
            content.name,
            content.description,
            content.blocks,
        )
    ):
        return None
    return kept


def drop(by: AbstractBaseUser, content: Content | None) -> None:
    ContentDraft.objects.filter(by=by, content=content).delete()


def is_behind(draft: ContentDraft) -> bool:
    """Whether somebody has saved the content since its writer began."""
    return draft.content is not None and draft.content.updated_at.isoformat() != draft.seen
