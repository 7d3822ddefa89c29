"""The next revision of a job's files: what holds letters that were withdrawn is written anew, all else stays as it is.

A small job is revised at once. A large one is only marked, so that nobody waits for its lock: its stale parts are written
anew beside the files that its vendor knows, see `writing`, and published when none is missing.
"""

from collections.abc import Collection, Sequence
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from .. import calls, queues
from ..models import FileKind, JobState, MailingFile, PrintItem, PrintJob, PrintPart, PrintRow
from ..models import PrintItemState as Item
from ..print_files import destroy, discard
from ..print_files import publish as offer
from . import announcing, bundle_list, contents, proof_prints, withdrawal_list
from .made_anew import Unit, unit
from .steps import OFFERED, Refused, move, touch

CARRY_OVER = ("name", "kind", "part", "media_type", "path", "schema_version", "encryption", "recipients", "rows", "bytes", "sha256",
              "plain_media_type", "plain_bytes", "plain_sha256")  # fmt: skip
BECAUSE = "letters were withdrawn"


def take_out(job: PrintJob) -> None:
    """Of a locked job that is offered: its items say by now who stays, and its files are to say the same.

    Raises ChannelError where the files cannot be written; then nothing is.
    """
    if _is_empty(job):
        return
    if is_stale(job) or job.rows > settings.PRINT_AT_ONCE:
        _later(job)
    else:
        _revise(job)


def is_stale(job: PrintJob) -> bool:
    """Whether its files hold letters that were withdrawn, until others are written."""
    return job.stale_at is not None and job.state in OFFERED


def require_fresh(job: PrintJob) -> None:
    """Of a locked job. Raises Refused("withdrawals-pending") where there is a newer revision soon."""
    if is_stale(job):
        reason = "letters were withdrawn: their files are being written anew, and come as the next revision"
        raise Refused("withdrawals-pending", reason, job=job, revision=job.revision)


def files_anew(job: PrintJob) -> list[tuple[MailingFile, bool]]:
    """The files of its revision that are replaced, by name, each with whether the new one is there; none of a job that is fresh."""
    if not is_stale(job):
        return []
    to_write = {*contents.stale_parts(job), *PrintPart.objects.filter(job=job, written_at=None)}
    waiting: set[Unit] = {(part.kind, part.number) for part in to_write} | {(FileKind.BUNDLES, None)}
    if proof_prints.is_stale(job):
        waiting |= {(FileKind.PROOF, None)}
    replaced = waiting | _written_anew(job)
    before = MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None).order_by("name")
    return [(file, unit(file) not in waiting) for file in before if unit(file) in replaced]


def publish(job: PrintJob) -> bool:
    """Of a locked job that is stale: from the commit on the vendor sees its next revision; False while parts are missing."""
    gone = withdrawal_list.take(job, {}, states=[Item.PLANNED], in_time=True)  # people who were erased meanwhile
    if gone.last_seq:
        announcing.withdrawn(job, seq=gone.last_seq)
    if _is_empty(job):
        return True
    if not contents.are_written(job):
        return False
    _finish(job, _written_anew(job), [])
    announcing.ready(job)
    return True


def _is_empty(job: PrintJob) -> bool:
    """A job of which no letter is left is cancelled."""
    left = PrintItem.objects.filter(job=job, state=Item.PLANNED)
    if left.filter(is_seed=False).exists():
        return False
    left.update(state=Item.WITHDRAWN, state_changed_at=timezone.now())
    move(job, JobState.CANCELLED, rows=0)
    announcing.cancelled(job)
    return True


def _later(job: PrintJob) -> None:
    touch(job, stale_at=job.stale_at or timezone.now())
    transaction.on_commit(partial(calls.call, queues.WRITE_PRINT_JOB, job.pk))


def _revise(job: PrintJob) -> None:
    stale = contents.stale_parts(job)
    made: list[MailingFile] = []
    try:
        for part in stale:
            made += contents.write(job, part, revision=job.revision + 1)
        _finish(job, {(kind, part.number) for part in stale for kind in contents.KINDS[part.kind]}, made)
    except BaseException:
        discard(made)
        raise


def _written_anew(job: PrintJob) -> set[Unit]:
    """Units of the next revision that are written already, and those of parts in which nobody is left."""
    written = MailingFile.objects.filter(job=job, revision=job.revision + 1).values_list("kind", "part")
    parts = PrintPart.objects.filter(job=job)
    return {*written, *parts.filter(rows=0).values_list("kind", "number")}


def _finish(job: PrintJob, replaced: Collection[Unit], made: list[MailingFile]) -> None:
    """What is left to write, and all that these files replace is gone, with the rows of those who were withdrawn."""
    revision = job.revision + 1
    replaced = {*replaced, (FileKind.BUNDLES, None)}
    made += bundle_list.write(job, revision=revision)
    if proof_prints.is_stale(job):
        replaced |= {(FileKind.PROOF, None)}
        made += proof_prints.write(job, revision=revision)
    before = MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None)
    leaving = [file for file in before if unit(file) in replaced]
    replace(job, leaving, made, revision=revision, because=BECAUSE)
    PrintRow.objects.filter(item__job=job).exclude(item__state=Item.PLANNED).delete()
    left = PrintItem.objects.filter(job=job, state=Item.PLANNED).count()
    move(job, JobState.READY, revision=revision, rows=left, stale_at=None)


def replace(
    job: PrintJob, leaving: Sequence[MailingFile], made: Sequence[MailingFile], *, revision: int, because: str
) -> None:
    """Of a locked job: these files of its revision are destroyed, and all others stand in the next one beside the new."""
    before = MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None)
    staying = before.exclude(pk__in=[file.pk for file in leaving])
    MailingFile.objects.bulk_create([_carried_over(file, revision) for file in staying])
    offer(made)
    # Revisions before, which carried them over, name the same files.
    paths = [file.path for file in leaving]
    destroy(MailingFile.objects.filter(job=job, path__in=paths, destroyed_at=None), because=because)


def _carried_over(file: MailingFile, revision: int) -> MailingFile:
    """The same file once more, at no cost."""
    same = {name: getattr(file, name) for name in CARRY_OVER}
    return MailingFile(job_id=file.job_id, revision=revision, **same)
