"""The next revision of a job's files: what holds letters that were withdrawn is written anew, all else stays as it is."""

from collections.abc import Sequence

from ..models import FileKind, MailingFile, PrintJob, PrintRow
from ..models import PrintItemState as Item
from ..print_files import destroy, discard, publish
from . import bundle_list, contents, proof_prints

CARRY_OVER = ("name", "kind", "part", "media_type", "path", "schema_version", "encryption", "recipients", "rows", "bytes", "sha256",
              "plain_media_type", "plain_bytes", "plain_sha256")  # fmt: skip


def revise(job: PrintJob, *, revision: int) -> None:
    """Of a locked job whose items say by now who stays. The rows of the others, and the files with them, are gone.

    Raises ChannelError where the files cannot be written; then nothing is.
    """
    stale = contents.stale_parts(job)
    before = MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None)
    replaced = {(kind, part.number) for part in stale for kind in contents.KINDS[part.kind]} | {
        (FileKind.BUNDLES, None)
    }
    made: list[MailingFile] = []
    try:
        for part in stale:
            made += contents.write(job, part, revision=revision)
        made += bundle_list.write(job, revision=revision)
        if proof_prints.is_stale(job):
            replaced |= {(FileKind.PROOF, None)}
            made += proof_prints.write(job, revision=revision)
    except BaseException:
        discard(made)
        raise
    leaving = [file for file in before if (file.kind, file.part) in replaced]
    replace(job, leaving, made, revision=revision, because="letters were withdrawn")
    PrintRow.objects.filter(item__job=job).exclude(item__state=Item.PLANNED).delete()


def replace(
    job: PrintJob, leaving: Sequence[MailingFile], made: Sequence[MailingFile], *, revision: int, because: str
) -> None:
    """Of a locked job: these files of its revision are destroyed, and all others stand in the next one beside the new."""
    before = MailingFile.objects.filter(job=job, revision=job.revision, destroyed_at=None)
    staying = before.exclude(pk__in=[file.pk for file in leaving])
    MailingFile.objects.bulk_create([_carried_over(file, revision) for file in staying])
    publish(made)
    destroy(leaving, because=because)


def _carried_over(file: MailingFile, revision: int) -> MailingFile:
    """The same file once more, at no cost."""
    same = {name: getattr(file, name) for name in CARRY_OVER}
    return MailingFile(job_id=file.job_id, revision=revision, **same)
