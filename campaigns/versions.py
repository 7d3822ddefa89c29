"""Versions of contents: what was approved stays as it was, so what was sent can be shown for ever."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Max

from .blocks.frozen import frozen
from .models import Content, ContentState, ContentVersion


def newest(content_ids: Collection[int]) -> dict[int, ContentVersion]:
    """The newest approved version of each content that has one; one query."""
    found = ContentVersion.objects.filter(content_id__in=content_ids).select_related("content")
    return {version.content_id: version for version in found.order_by("content_id", "-number").distinct("content_id")}


def newest_of(content: Content) -> ContentVersion | None:
    return newest([content.pk]).get(content.pk)


def make(content: Content, **approval: object) -> ContentVersion:
    """The next version, of the blocks as they stand with the offers that they name; within the transaction of the caller, who holds the row."""
    last = content.versions.aggregate(last=Max("number"))["last"] or 0
    return ContentVersion.objects.create(content=content, number=last + 1, blocks=frozen(content.blocks), **approval)


@transaction.atomic
def adopt(content: Content) -> ContentVersion:
    """Approve a content that a program has made, e.g. one that stands for what was sent in the past: by nobody."""
    Content.objects.filter(pk=content.pk).update(state=ContentState.APPROVED)
    content.state = ContentState.APPROVED
    return make(content)
