"""A list for an account, cut into the batches that its network takes."""

import secrets
from collections.abc import Sequence

from ..models import AudienceBatch, AudienceFile, AudienceMember
from .backends import BACKENDS, AudienceBackend

SESSION_BITS = 62  # a positive number of 64 bits that no other upload has


def cut(of: AudienceFile, member_ids: Sequence[int]) -> list[AudienceBatch]:
    """Put these members into batches, one session together; within the caller's transaction."""
    session = secrets.randbits(SESSION_BITS) + 1
    parts = _parts(member_ids, most_rows(of.account.kind))
    made = [
        AudienceBatch(
            list=of,
            account_id=of.account_id,
            removes=of.action == AudienceFile.Action.REMOVE,
            session=session,
            sequence=sequence,
            is_last=sequence == len(parts),
            session_rows=len(member_ids),
            rows=len(part),
        )
        for sequence, part in enumerate(parts, 1)
    ]
    return _fill(made, parts)


def split(parent: AudienceBatch, parts: Sequence[Sequence[int]]) -> list[AudienceBatch]:
    """Batches of their own for some members of a batch, each in a session of its own."""
    made = [
        AudienceBatch(
            list_id=parent.list_id,
            account_id=parent.account_id,
            removes=parent.removes,
            session=secrets.randbits(SESSION_BITS) + 1,
            sequence=1,
            is_last=True,
            session_rows=len(part),
            rows=len(part),
            attempts=1,  # it went out before, with its parent
        )
        for part in parts
    ]
    return _fill(made, parts)


def most_rows(kind: str) -> int:
    backend = BACKENDS[kind]
    assert issubclass(backend, AudienceBackend)  # noqa: S101 - lists have accounts of networks with audiences only
    return backend.most_rows


def _parts(ids: Sequence[int], size: int) -> list[Sequence[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _fill(made: list[AudienceBatch], parts: Sequence[Sequence[int]]) -> list[AudienceBatch]:
    AudienceBatch.objects.bulk_create(made)
    for batch, part in zip(made, parts, strict=True):
        AudienceMember.objects.filter(pk__in=part).update(batch=batch)
    return made
