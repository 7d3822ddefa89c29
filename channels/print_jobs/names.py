"""How the files of a job are called."""

from django.utils.text import slugify

from ..models import PrintJob, PrintPart, PrintRow

STEMS = {"print_mailing": "letters", "direct_post": "areas"}


def of_table(job: PrintJob, part: PrintPart) -> str:
    """Without a suffix: letters; where rows fill several files letters-part-001 and so on, with the carrier of areas."""
    is_only = part.number == 1 and not PrintPart.objects.filter(job=job, kind=part.kind, number=2).exists()
    number = "" if is_only else f"-part-{part.number:03d}{_carrier(part)}"
    return f"{STEMS[job.channel]}{number}"


def _carrier(part: PrintPart) -> str:
    """Empty for letters, which have a street."""
    of_area = PrintRow.objects.filter(
        item__job=part.job_id, item__sequence=part.first, item__delivery_area__isnull=False
    )
    carrier = slugify(of_area.values_list("city", flat=True).first() or "")[:60]
    return f"-{carrier}" if carrier else ""
