"""What is a vendor's own: its jobs, and their files. Asked with every request, so PostgreSQL plans each statement once.

Drafts are nobody's business but ours. Fields that are not read here are read when somebody asks for them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .. import prepared
from ..models import MailingFile, PrintJob

OF_JOB = prepared.Part(
    PrintJob,
    frozenset({"id", "vendor_id", "wave_id", "channel", "state", "revision", "pulled_revision", "acknowledged_revision", "rows",
               "cut_off_at", "lease_holder", "lease_token", "lease_until", "posted_pieces", "posted_at", "posting_receipt",
               "postage_cents", "created_at", "state_changed_at", "updated_at"}),
)  # fmt: skip
OF_FILE = prepared.Part(
    MailingFile,
    frozenset({"id", "job_id", "revision", "name", "path", "kind", "media_type", "rows", "bytes", "sha256", "schema_version",
               "encryption", "recipients", "plain_media_type", "plain_bytes", "plain_sha256"}),
)  # fmt: skip
OWN = f"""
    SELECT {OF_JOB.columns("j")}{{more}}
    FROM channels_printjob j {{joined}}
    WHERE j.vendor_id = %(vendor)s AND j.state <> 'draft'
"""  # noqa: S608 - names of ours
ONE = OWN.format(more="", joined="") + "AND j.id = %(job)s"
LISTED = (
    OWN.format(more="", joined="")
    + """
    AND j.id > %(after)s
    AND (%(states)s::text[] IS NULL OR j.state = ANY(%(states)s))
    AND (%(channel)s::text IS NULL OR j.channel = %(channel)s)
    AND (%(wave)s::bigint IS NULL OR j.wave_id = %(wave)s)
    AND (%(since)s::timestamptz IS NULL OR j.updated_at >= %(since)s)
    ORDER BY j.id LIMIT %(most)s
"""
)
WITH_FILES = OWN.format(
    more=f", {OF_FILE.columns('f')}",
    joined="LEFT JOIN channels_mailingfile f ON f.job_id = j.id AND f.revision = j.revision"
    " AND (%(name)s::text IS NULL OR f.name = %(name)s)",
) + "AND j.id = %(job)s ORDER BY f.name"  # fmt: skip
NO_FILTER: dict[str, Any] = {"states": None, "channel": None, "wave": None, "since": None}


def job(vendor_id: int, job_id: int) -> PrintJob | None:
    """None for another's."""
    rows = prepared.rows(ONE, {"vendor": vendor_id, "job": job_id})
    return OF_JOB.of(rows[0]) if rows else None


def jobs(
    vendor_id: int, *, after: int, most: int, only: Mapping[str, list[str] | str | int | datetime]
) -> list[PrintJob]:
    """The oldest of them behind `after`. `only`: those in one of these `states`, of a `channel`, a `wave`, changed `since`."""
    asked = NO_FILTER | {"vendor": vendor_id, "after": after, "most": most} | dict(only)
    return [OF_JOB.of(row) for row in prepared.rows(LISTED, asked)]


def job_with_files(vendor_id: int, job_id: int, name: str | None = None) -> tuple[PrintJob | None, list[MailingFile]]:
    """The job, and the files of its latest revision: all, or the one of this name."""
    # The database would choke on a NUL, which no name of ours has.
    asked = {"vendor": vendor_id, "job": job_id, "name": name and name.replace("\0", "/")}
    rows = [OF_JOB.split(row) for row in prepared.rows(WITH_FILES, asked)]
    job = rows[0][0] if rows else None
    files = [OF_FILE.of(of_file) for _, of_file in rows if any(of_file)]
    for file in files:
        file.job = job
    return job, files
