"""Addresses of our own in a job: letters like all others, of which staff get to see what really comes in the post."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from campaigns import languages, personalise, salutation

from ..base import Message
from ..models import PrintJob, PrintSeed
from ..print_mailing import addresses, letters
from . import gathering

CODE = "MUSTER"  # redeems nothing


def add(job: PrintJob) -> int:
    """To a locked draft whose vendor prints them; returns how many. They are rows and pieces, and nobody's dispatch."""
    if job.channel != letters.CHANNEL or not job.vendor.adds_seeds:
        return 0
    items = [item(job, seed) for seed in active()]
    gathering.add(job, items)
    return len(items)


def active() -> Sequence[PrintSeed]:
    return list(PrintSeed.objects.filter(is_active=True))


def item(job: PrintJob, seed: PrintSeed) -> gathering.NewItem:
    """The letter to a seed address, with the first of contents that are compared."""
    contents = letters.contents_of(job.wave_id, job.option_id)
    variant = min(contents)
    message, address = _message(job, seed), _address(seed)
    return gathering.NewItem(
        is_seed=True,
        variant=variant,
        place=gathering.Place(seed.country, seed.postcode, seed.city, seed.street, seed.name),
        cells=letters.cells(message, address, job.spec["columns"], blocks=contents[variant]),
        fields=letters.kept_fields(message, letters.as_text(contents[variant])),
    )


def _address(seed: PrintSeed) -> addresses.Address:
    return addresses.of_place(seed.name, seed.street, seed.postcode, seed.city, seed.country)


def _message(job: PrintJob, seed: PrintSeed) -> Message:
    return Message(
        dispatch_id=0,
        wave_id=job.wave_id,
        customer_id=0,
        option_id=job.option_id,
        recipient="",
        fields=_fields(seed),
        coupon_code=CODE,
    )


def _fields(seed: PrintSeed) -> dict[str, Any]:
    """A made-up person's, by this name."""
    first, _, last = seed.name.rpartition(" ")
    named = {"first_name": first, "last_name": last, "full_name": seed.name, "title": "", "form": "", "salutation": ""}
    return (
        personalise.sample_fields(languages.own())
        | named
        | {
            "salutation_line": salutation.line("", title="", first_name="", last_name="", language=languages.own()),
            "city": seed.city,
            "postcode": seed.postcode,
            "coupon_code": CODE,
            "coupons": {},
            "link": settings.SITE_URL,
            "sender_address": settings.SENDER_ADDRESS,
        }
    )
