"""What benchmarks.mailing_file measures, each step in a process of its own: `fill N`, `floor FILE`, `write HOW`, or `offer`."""

import json
import sys
import time
from dataclasses import asdict

import django

django.setup()

import pyrage  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from psycopg import sql  # noqa: E402

from campaigns import versions  # noqa: E402
from campaigns.examples import EXAMPLE_BLOCKS  # noqa: E402
from campaigns.models import Audience, Campaign, Content, Option, Wave, WaveContent  # noqa: E402
from channels import encryption_keys, keys, print_files  # noqa: E402
from channels.mailing_files.columns import LETTERS  # noqa: E402
from channels.mailing_files.formats import Choice  # noqa: E402
from channels.mailing_files.tables import Table, stored_columns  # noqa: E402
from channels.models import EncryptionKey, JobState, PrintJob, PrintPart, Vendor  # noqa: E402
from channels.print_jobs import contents  # noqa: E402

COLUMNS = (*LETTERS, "field_first_name", "field_city", "field_customer_since_year")
# Addresses as German ones look, of lengths that differ; every fiftieth has a cell that must be quoted.
CELLS = {
    "address_1": "'Frau Erika Mustermann' || n % 1000",
    "address_2": "CASE WHEN n % 50 = 0 THEN 'Weg ' || n || ', Haus \"B\"' ELSE 'Lindenstraße ' || n % 300 END",
    "address_3": "lpad((n % 99999)::text, 5, '0') || ' Musterstadt'",
    "address_4": "''",
    "address_5": "''",
    "address_6": "''",
    "postcode": "lpad((n % 99999)::text, 5, '0')",
    "city": "'Musterstadt'",
    "country": "'DE'",
    "salutation": "'Sehr geehrte Frau Mustermann' || n % 1000",
    "coupon_code": "'HERBST-' || upper(left(md5(n::text), 8))",
    "qr_link": "'https://steering.example.com/r/' || md5(n::text) || left(md5((n + 1)::text), 8)",
    "field_first_name": "'Erika'",
    "field_city": "'Musterstadt'",
    "field_customer_since_year": "(1990 + n % 35)::text",
}


@transaction.atomic
def fill(rows: int) -> None:
    """A job with so many letters, numbered and set, of which only the table is missing."""
    job = _job(rows)
    cells = sql.SQL(", ").join(sql.SQL(CELLS[name].replace("%", "%%")) for name in stored_columns(COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO channels_printitem (job_id, sequence, is_seed, quantity, state, reason)"
            " SELECT %s, n, true, 1, 'planned', '' FROM generate_series(1, %s) n",
            [job.pk, rows],
        )
        cursor.execute(
            sql.SQL(
                "INSERT INTO channels_printrow (item_id, variant, country, postcode, city, street, name, cells, fields, document,"
                " first_page, pages) SELECT id, 0, 'DE', '', '', '', '', ARRAY[{}], '{{}}',"
                " 'letters-' || lpad(((n - 1) / 300 + 1)::text, 4, '0') || '.pdf', (n - 1) %% 300 + 1, 1"
                " FROM (SELECT id, sequence AS n FROM channels_printitem WHERE job_id = %s) i"
            ).format(cells),
            [job.pk],
        )
    PrintPart.objects.create(job=job, kind="table", number=1, first=1, last=rows)


def _job(rows: int) -> PrintJob:
    vendor = Vendor.objects.create(name="Press", slug="press", processing_contract="AV-1", rows_per_file=rows)
    content = Content.objects.create(name="benchmark", blocks=EXAMPLE_BLOCKS)
    audience = Audience.objects.create(name="benchmark", rule={"all": []})
    campaign = Campaign.objects.create(name="benchmark", audience=audience, content=content, budget_cents=1)
    option = Option.objects.create(campaign=campaign, channel="print_mailing", settings={"vendor": "press"})
    wave = Wave.objects.create(campaign=campaign, number=1, state="running", started_at=timezone.now())
    WaveContent.objects.create(wave=wave, option=option, version=versions.adopt(content))
    return PrintJob.objects.create(
        vendor=vendor,
        wave=wave,
        option=option,
        channel="print_mailing",
        state=JobState.DRAFT,
        gathered_at=timezone.now(),
        rows=rows,
        spec={"columns": list(COLUMNS)},
    )


def floor(path: str) -> dict[str, float]:
    """A bare COPY of the same query, written as it comes."""
    job = PrintJob.objects.get()
    table = Table(job.pk, COLUMNS, 1, job.rows)
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(table.query)
    began = _clock()
    with open(path, "wb") as file, connection.cursor() as cursor, cursor.copy(statement) as copied:
        for line in copied:
            file.write(line)
    return _took(began) | {"rows": job.rows, "bytes": 0}


def write(how: str) -> dict[str, float]:
    """As a worker writes it: counted, hashed, made durable, named."""
    job = PrintJob.objects.select_related("vendor").get()
    job.spec["file"] = asdict(Choice(is_gzipped=how in ("gzip", "age")))
    EncryptionKey.objects.all().delete()
    if how == "age":
        _give_key(job.vendor)
    part = PrintPart.objects.get()
    began = _clock()
    with transaction.atomic():
        (file,) = contents.write(job, part, revision=1)
    took = _took(began) | {"rows": file.rows, "bytes": file.bytes}
    print_files.discard([file])
    return took


def _give_key(vendor: Vendor) -> None:
    key = encryption_keys.register(vendor, str(pyrage.x25519.Identity.generate().to_public()))
    by = User.objects.filter(username="benchmark").first() or User.objects.create_superuser("benchmark")
    encryption_keys.confirm(key.pk, fingerprint=key.fingerprint, by=by)


def offer() -> dict[str, str | int]:
    """The job as its vendor may pull it, and where: path below the site, key, bytes, and the file for a bare server."""
    EncryptionKey.objects.all().delete()
    job, part = PrintJob.objects.select_related("vendor").get(), PrintPart.objects.get()
    (file,) = contents.write(job, part, revision=1)
    print_files.publish([file])
    PrintJob.objects.update(state=JobState.READY)
    _, raw = keys.create(name="benchmark", scope="vendor", vendor=job.vendor)
    path = f"/vendor/v1/jobs/{job.pk}/files/{file.name}"
    return {"path": path, "key": raw, "bytes": file.bytes, "file": str(print_files.location(file))}


def _clock() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _took(began: tuple[float, float]) -> dict[str, float]:
    seconds, processor = (now - then for now, then in zip(_clock(), began, strict=True))
    return {"seconds": seconds, "processor_seconds": processor}


STEPS = {"fill": lambda rows: fill(int(rows)), "floor": floor, "write": write, "offer": offer}

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:]) or {}))
