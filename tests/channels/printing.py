"""Mailings and area orders as the pipeline makes them, and a vendor who calls the API with its own key."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone

from campaigns import identity
from campaigns.models import Customer, Household, Wave
from channels import delivery, keys
from channels.models import Dispatch, MailingFile, PrintItem, PrintJob, Vendor
from tests import builders

PRESS = "press"


def vendor(slug: str = PRESS) -> Vendor:
    return Vendor.objects.filter(slug=slug).first() or builders.vendor(slug)


def wave(channel: str = "print_mailing", *, slug: str = PRESS, blocks: list[dict[str, Any]] | None = None) -> Wave:
    """A running wave whose one option is printed by this vendor."""
    vendor(slug)
    campaign = builders.campaign(channels=(channel,), blocks=blocks)
    campaign.options.update(settings={"vendor": slug})
    return builders.wave(campaign)


def person(**fields: Any) -> Customer:
    """Somebody with a postal address."""
    made = builders.customer(consents=(), household=True, **fields)
    home = Household.objects.get(customers=made)
    key = identity.address_key(street=home.street, postcode=home.postcode, city=home.city)
    name = identity.name_key(made.first_name, made.last_name)
    builders.identifier(made, "postal_address", identity.postal_identifier(name, key))
    return made


def mailing(letters: int = 3, *, slug: str = PRESS, people: list[Customer] | None = None) -> PrintJob:
    """A job of letters, handed over and waiting for its vendor."""
    of = wave(slug=slug)
    for one in people or [person() for _ in range(letters)]:
        builders.dispatch(of, one, channel="print_mailing", coupon_code=f"BRIEF{one.pk}")
    delivery.send_due("print_mailing")
    return PrintJob.objects.get(wave=of)


def bare_job(state: str = "ready", *, slug: str = PRESS) -> PrintJob:
    """A job without items and files, where neither matters: it is made in no time."""
    of = wave(slug=slug)
    option = of.campaign.options.get()
    return PrintJob.objects.create(
        vendor=vendor(slug), wave=of, option=option, channel="print_mailing", state=state, acknowledged_revision=1
    )


def bare_items(job: PrintJob, number: int, *, state: str = "planned") -> list[PrintItem]:
    """Letters of a bare job, as if they had been handed over."""
    made = []
    for sequence in range(1, number + 1):
        dispatch = builders.dispatch(job.wave, person(), channel=job.channel, state="handed_over")
        made.append(PrintItem.objects.create(job=job, sequence=sequence, dispatch=dispatch, state=state))
    PrintJob.objects.filter(pk=job.pk).update(rows=number)
    return made


def bare_file(job: PrintJob, name: str = "letters.csv") -> MailingFile:
    """An entry of a file, with nothing on the disk."""
    return MailingFile.objects.create(
        job=job,
        revision=1,
        name=name,
        media_type="text/csv",
        path=f"{job.pk}/{name}",
        rows=1,
        bytes=10,
        sha256="0" * 64,
    )


def area_order(*quantities: int, slug: str = PRESS) -> PrintJob:
    """A job of areas with so many households, two customers in each."""
    of = wave("direct_post", slug=slug)
    for quantity in quantities or (500,):
        residents = [person() for _ in range(2)]
        builders.area(*residents, households=quantity)
        for one in residents:
            builders.dispatch(of, one, channel="direct_post")
    delivery.send_due("direct_post")
    return PrintJob.objects.get(wave=of)


def dispatches(job: PrintJob) -> list[Dispatch]:
    return list(Dispatch.objects.filter(wave=job.wave).order_by("pk"))


def states(job: PrintJob) -> list[str]:
    return [one.state for one in dispatches(job)]


def items(job: PrintJob) -> list[str]:
    return list(PrintItem.objects.filter(job=job).order_by("sequence").values_list("state", flat=True))


def files(job: PrintJob) -> dict[str, MailingFile]:
    """Of the latest revision."""
    job.refresh_from_db()
    return {file.name: file for file in MailingFile.objects.filter(job=job, revision=job.revision)}


@dataclass
class Caller:
    """A vendor's program: short names for the endpoints, a fresh Idempotency-Key for every POST."""

    vendor: Vendor
    raw: str = ""
    client: Client = field(default_factory=Client)
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.raw = self.raw or keys.create(name="press", scope="vendor", vendor=self.vendor)[1]

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/vendor/v1/{path}", headers=self._headers(headers))

    def post(
        self, path: str, body: Any, *, key: str | None = None, media_type: str = "application/json", **headers: str
    ) -> Any:
        headers = self._headers({"Idempotency-Key": key or f"{self.vendor.slug}-{next(self.numbers)}"} | headers)
        return self.client.post(f"/vendor/v1/{path}", body, media_type, headers=headers)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.raw}"} | {name.replace("_", "-"): more[name] for name in more}

    def acknowledge(self, job: PrintJob, **changes: Any) -> Any:
        checks = [
            {"name": one.name, "sha256": one.sha256, "bytes": one.bytes, "rows": one.rows}
            for one in files(job).values()
        ]
        return self.post(f"jobs/{job.pk}/acknowledge", {"revision": job.revision, "files": checks} | changes)

    def start(self, job: PrintJob, revision: int | None = None) -> Any:
        job.refresh_from_db()
        return self.post(f"jobs/{job.pk}/production-start", {"revision": revision or job.revision})

    def produce(self, job: PrintJob) -> Any:
        """As far as the press."""
        self.acknowledge(job)
        self.acknowledge_withdrawals(job)
        return self.start(job)

    def acknowledge_withdrawals(self, job: PrintJob) -> None:
        if listed := self.get(f"jobs/{job.pk}/withdrawals").json()["withdrawals"]:
            self.post(f"jobs/{job.pk}/withdrawals/{listed[-1]['seq']}/acknowledge", {})

    def report(self, job: PrintJob, *rows: dict[str, Any], key: str | None = None) -> Any:
        return self.post(f"jobs/{job.pk}/items", {"items": list(rows)}, key=key)

    def posted(self, job: PrintJob, pieces: int, *, key: str | None = None) -> Any:
        body = {"pieces": pieces, "posted_at": _ago(), "receipt": "P-1"}
        return self.post(f"jobs/{job.pk}/posted", body, key=key)


def row(event_id: str, sequence: int, state: str, reason: str = "", *, minutes_ago: int = 1) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "sequence": sequence,
        "state": state,
        "reason": reason or ("unknown" if state == "returned" else ""),
        "at": _ago(minutes_ago),
    }


def _ago(minutes: int = 1) -> str:
    return (timezone.now() - timedelta(minutes=minutes)).isoformat()
