"""Whether links answer: looked at by workers, never while somebody waits, and kept with the time."""

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from .. import calls, queues
from ..models import LinkAnswer
from . import visiting

log = logging.getLogger(__name__)
FRESH = timedelta(hours=12)  # an answer is not asked for again
PATIENCE = timedelta(minutes=10)  # for a worker to look, before it is called again
KEPT = timedelta(days=30)
MOST = 200  # links of one content


@dataclass(frozen=True)
class Answer:
    status: int  # of HTTP; 0: none
    reason: str
    at: datetime

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 400


def known(urls: Collection[str]) -> dict[str, Answer]:
    """Answers that there are, by address; one query."""
    if not urls:
        return {}
    digests = [_digest(url) for url in urls]
    found = LinkAnswer.objects.filter(digest__in=digests, looked_at__isnull=False)
    return {one.url: Answer(one.status, one.reason, one.looked_at) for one in found}


def ask(urls: Collection[str]) -> int:
    """Have workers look at those of which nothing is known that is new; returns how many. Once for whoever else asks."""
    wanted = {_digest(url): url for url in sorted(urls)[:MOST] if url.startswith(("http://", "https://"))}
    if not wanted:
        return 0
    now = timezone.now()
    there = dict(LinkAnswer.objects.filter(digest__in=wanted).values_list("digest", "asked_at"))
    fresh = LinkAnswer.objects.filter(digest__in=wanted, looked_at__gt=now - FRESH).values_list("digest", flat=True)
    due = {digest for digest in wanted.keys() - set(fresh) if there.get(digest, now - KEPT) < now - PATIENCE}
    rows = [LinkAnswer(digest=digest, url=wanted[digest], asked_at=now) for digest in sorted(due)]
    LinkAnswer.objects.bulk_create(rows, update_conflicts=True, unique_fields=["digest"], update_fields=["asked_at"])
    if due:
        transaction.on_commit(partial(_call, sorted(due)))
    return len(due)


def look(digest: str) -> None:
    """Visit one, and write down how it answered. Twice does no harm."""
    found = LinkAnswer.objects.filter(digest=digest).first()
    if found is None:
        return
    visited = visiting.visit(found.url)
    LinkAnswer.objects.filter(digest=digest).update(
        status=visited.status, reason=visited.reason[:100], looked_at=timezone.now()
    )


def forget_old() -> None:
    """Those about which nobody asks any more."""
    LinkAnswer.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()


def _call(digests: Collection[str]) -> None:
    for digest in digests:
        calls.call(queues.LOOK_AT_LINK, digest)


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
