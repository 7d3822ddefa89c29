"""Print vendors with a key and some jobs each, and their files on disk: what vendors poll and pull.

python -m benchmarks._vendor_data VENDORS JOBS BYTES KEYS      writes one key a line to the file KEYS
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402

from campaigns.examples import EXAMPLE_BLOCKS  # noqa: E402
from campaigns.models import Audience, Campaign, Content, Option, Wave  # noqa: E402
from channels import keys  # noqa: E402
from channels.models import ApiKey, JobState, MailingFile, PrintJob, Vendor  # noqa: E402

TITLE = "benchmark"
FILES = {"letters.csv": "text/csv", "letters-0001.pdf": "application/pdf"}


@transaction.atomic
def fill(vendors: int, jobs: int, size: int) -> Iterator[str]:
    """Yields the vendors' keys."""
    content = Content.objects.create(name=TITLE, blocks=EXAMPLE_BLOCKS)
    audience = Audience.objects.create(name=TITLE, rule={"all": []})
    campaign = Campaign.objects.create(name=TITLE, audience=audience, content=content, budget_cents=1)
    option = Option.objects.create(campaign=campaign, channel="print_mailing")
    waves = [Wave.objects.create(campaign=campaign, number=number + 1, state="running") for number in range(jobs)]
    for number in range(vendors):
        vendor = Vendor.objects.create(
            name=f"{TITLE} {number}", slug=f"{TITLE}-{number}", processing_contract="none", requests_per_minute=10**6
        )
        for wave in waves:
            job = PrintJob.objects.create(
                vendor=vendor, wave=wave, option=option, channel="print_mailing", state=JobState.READY, rows=1000
            )
            MailingFile.objects.bulk_create(_file(job, name, type_, size) for name, type_ in FILES.items())
        yield keys.create(name=vendor.name, scope=ApiKey.Scope.VENDOR, vendor=vendor)[1]


def _file(job: PrintJob, name: str, media_type: str, size: int) -> MailingFile:
    data = os.urandom(size)
    path = Path(settings.PRINT_ROOT) / str(job.pk) / "1-benchmark" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return MailingFile(
        job=job,
        revision=1,
        name=name,
        media_type=media_type,
        path=f"{job.pk}/1-benchmark/{name}",
        rows=1000,
        bytes=size,
        sha256=hashlib.sha256(data).hexdigest(),
    )


if __name__ == "__main__":
    Path(sys.argv[4]).write_text("\n".join(fill(*map(int, sys.argv[1:4]))))
