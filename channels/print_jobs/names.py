"""How the files of a job are called."""

from ..models import PrintJob, PrintPart

STEMS = {"print_mailing": "letters", "direct_post": "areas"}


def of_table(job: PrintJob, part: PrintPart, *, suffix: str) -> str:
    """letters.csv; where rows fill several files letters-part-001.csv and so on."""
    is_only = part.number == 1 and not PrintPart.objects.filter(job=job, kind=part.kind, number=2).exists()
    number = "" if is_only else f"-part-{part.number:03d}"
    return f"{STEMS[job.channel]}{number}.{suffix}"
