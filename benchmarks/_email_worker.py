"""One worker of the benchmark, and the rows that it sends; both in the database that the environment names.

python -m benchmarks._email_worker fill MESSAGES       a wave of so many e-mails, due now; prints its id
python -m benchmarks._email_worker send                waits for a line, sends until nothing is due, prints figures
python -m benchmarks._email_worker sample              prints the bytes of one, and writes its HTML to PEER_HTML
"""

import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import django
import psutil

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from campaigns import identity, personalise, versions  # noqa: E402
from campaigns.models import (  # noqa: E402
    Audience,
    Campaign,
    Content,
    Option,
    Wave,
    WaveContent,
)
from channels import delivery, ledger, recipients, registry  # noqa: E402
from channels.base import Message  # noqa: E402
from channels.email import letters, render  # noqa: E402
from steering.garbage import leave_out_what_stays  # noqa: E402

CHUNK = 50_000
# About ten kilobytes as a mail, with personal words and links that are rewritten.
BLOCKS = [
    {
        "id": "headline",
        "type": "headline",
        "text": "Neu für Sie",
        "subject": '{{ first_name | fallback("Guten Tag") }}, schön',
    },
    {
        "id": "letter",
        "type": "text",
        "text": "{{ salutation_line }},\n\nlange Abende, gute Gespräche: unsere Sommerkollektion ist da.",
    },
    {"id": "shop", "type": "call_to_action", "label": "Zum Shop", "url": "https://shop.example.com/sommer"},
]
PEOPLE = """
    WITH made AS (
        INSERT INTO campaigns_customer (customer_number, salutation, title, first_name, last_name, language, time_zone,
            region, attributes, journey_stage, contact_is_made_up, source)
        SELECT 'B' || n, 'frau', '', 'Erika', 'Muster', 'de', 'Europe/Berlin', '', '{}', 'inspiration', false, ''
        FROM generate_series(%(first)s, %(last)s) n RETURNING id, customer_number
    ), consents AS (
        INSERT INTO campaigns_consent (customer_id, channel, purpose, ground, text_version, proof, source, given_at,
            withdrawn_source)
        SELECT id, 'email', 'advertising', 'consent', '', '{}', 'benchmark', now() - interval '1 day', '' FROM made
    )
    SELECT id, customer_number FROM made
"""


def fill(messages: int) -> int:
    wave = _wave()
    with connection.cursor() as cursor:
        for first in range(0, messages, CHUNK):
            cursor.execute(PEOPLE, {"first": first + 1, "last": min(first + CHUNK, messages)})
            _reachable(cursor.fetchall())
        cursor.execute("ANALYZE")
    option = wave.campaign.options.get()
    planned = "SELECT id AS customer_id, %(option)s AS option_id, 'email' AS channel, 1 AS cost_cents, NULL AS barred FROM campaigns_customer"
    ledger.queue(planned, {"option": option.pk}, wave_id=wave.pk, deadline_at=timezone.now() + timedelta(days=7))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE channels_dispatch")
    return wave.pk


def _reachable(people: list[tuple[int, str]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY campaigns_identifier (customer_id, kind, value, digest, source) FROM STDIN") as copy,
    ):
        for id_, number in people:
            address = f"kunde.{number.lower()}@example.com"
            copy.write_row((id_, "email", address, identity.digest("email", address), ""))


def _wave() -> Wave:
    content = Content.objects.create(name="benchmark", blocks=BLOCKS)
    audience = Audience.objects.create(name="benchmark", rule={"all": []})
    campaign = Campaign.objects.create(name="benchmark", audience=audience, content=content, budget_cents=10**9)
    option = Option.objects.create(campaign=campaign, channel="email")
    wave = Wave.objects.create(campaign=campaign, number=1, state="running", started_at=timezone.now())
    version = versions.adopt(content)
    WaveContent.objects.create(wave=wave, option=option, version=version)
    return wave


def send() -> dict[str, float]:
    connection.ensure_connection()
    leave_out_what_stays()  # as each process of a worker does
    print("ready", flush=True)
    sys.stdin.readline()
    begun, used = time.monotonic(), time.process_time()
    sent, early, peak = 0, 0.0, _megabytes()
    while taken := delivery.send_due("email"):
        sent += taken
        peak = max(peak, _megabytes())
        early = early or peak
    return {
        "sent": sent,
        "seconds": time.monotonic() - begun,
        "processor_seconds": time.process_time() - used,
        "early_mb": early,
        "peak_mb": peak,
    }


def sample() -> int:
    fields = personalise.sample_fields() | recipients.own_fields(registry.get("email"), 1, "ABCDE-FGHKL-MNPQ", ["shop"])
    message = Message(1, 1, 1, 1, "kunde.1@example.com", fields)
    Path(os.environ["PEER_HTML"]).write_text(render.render(BLOCKS, fields).parts["html"])
    return len(letters.compile_letter(BLOCKS).fill(message))


def _megabytes() -> float:
    """Without what is shared with other processes, such as the code of libraries."""
    memory = psutil.Process().memory_info()
    return (memory.rss - memory.shared) / 2**20


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        print(fill(int(sys.argv[2])))
    elif sys.argv[1] == "sample":
        print(sample())
    else:
        print(json.dumps(send()), flush=True)
