"""Customers with a mail and a banner each, made in SQL: what tracking looks up."""

import hashlib
import sys
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from campaigns import versions  # noqa: E402
from campaigns.examples import EXAMPLE_BLOCKS  # noqa: E402
from campaigns.models import (  # noqa: E402
    Audience,
    Campaign,
    Consent,
    Content,
    Customer,
    Identifier,
    Option,
    Wave,
    WaveContent,
)
from channels import tracking  # noqa: E402
from channels.models import Dispatch  # noqa: E402
from channels.tracking import Purpose  # noqa: E402

ASKED = 200_000  # as many paths of a kind as are written at most
TITLE = "benchmark"


@transaction.atomic
def fill(customers: int) -> None:
    """Everybody has one mail and two banners of two campaigns, one of them with caps and pacing."""
    _copies(Customer(customer_number="K0"), customers, id="n", customer_number="'K' || n")
    for kind, value in (("email", "'k' || n || '@example.com'"), ("cookie", "md5(n::text)")):
        made = Identifier(customer_id=1, kind=kind, value=kind, digest=kind.encode())
        _copies(made, customers, customer_id="n", value=value, digest=f"sha256(('{kind}' || n)::bytea)")
    for channel in ("email", "banner"):
        made = Consent(customer_id=1, channel=channel, source=TITLE, given_at=timezone.now() - timedelta(days=9))
        _copies(made, customers, customer_id="n")
    for channel, option_settings in (("email", {}), ("banner", {}), ("banner", _limits(customers))):
        _copies(_dispatch(channel, option_settings), customers, customer_id="n")


def _copies(made: models.Model, count: int, **columns: str) -> None:
    """Copy an object in SQL, in an order of chance; `columns` differ, as an expression over their number `n`."""
    made.save()
    table = made._meta.db_table
    names = [field.column for field in made._meta.concrete_fields if field.column in columns or not field.primary_key]
    values = [columns.get(name, f"t.{name}") for name in names]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH t AS (DELETE FROM {table} WHERE id = %s RETURNING *) INSERT INTO {table} ({', '.join(names)})"  # noqa: S608
            f" SELECT {', '.join(values)} FROM t, generate_series(1, %s) n ORDER BY hashint4(n)",
            [made.pk, count],
        )


def _limits(customers: int) -> dict[str, int]:
    return {"per_day": 20, "per_person": 200, "impressions": 100 * customers, "priority": 3}


def _dispatch(channel: str, option_settings: dict[str, int]) -> Dispatch:
    """Of the first customer, in a running wave of its own."""
    number = Campaign.objects.count() + 1
    content = Content.objects.create(name=f"{TITLE} {number}", blocks=EXAMPLE_BLOCKS)
    audience = Audience.objects.create(name=f"{TITLE} {number}", rule={"all": []})
    campaign = Campaign.objects.create(name=f"{TITLE} {number}", audience=audience, content=content, budget_cents=1)
    option = Option.objects.create(campaign=campaign, channel=channel, settings=option_settings)
    now = timezone.now()
    wave = Wave.objects.create(campaign=campaign, number=1, state="running", started_at=now)
    version = versions.adopt(content)
    WaveContent.objects.create(wave=wave, option=option, version=version)
    return Dispatch(wave=wave, option=option, customer_id=1, channel=channel, state="sent", due_at=now, deadline_at=now)


def write_paths(folder: Path) -> None:
    """A file of paths by kind, each in an order of chance."""
    linked = next(block["id"] for block in EXAMPLE_BLOCKS if block.get("url"))
    mails = _ids("email")
    banners = _ids("banner")
    made = {
        "opens": [f"/t/o/{tracking.make(Purpose.OPEN, id_)}.gif" for id_ in mails],
        "shown": [f"/t/s/{tracking.make(Purpose.SHOWN, id_)}.gif" for id_ in banners],
        "clicks": [f"/t/c/{tracking.make(Purpose.CLICK, id_, linked)}" for id_ in mails],
        "decisions": [_decision(id_) for id_ in _customer_ids()],
    }
    for kind, lines in made.items():
        (folder / kind).write_text("\n".join(lines))


def _decision(customer_id: int) -> str:
    value = hashlib.md5(str(customer_id).encode()).hexdigest()  # noqa: S324
    return f"/banner/decide?slot=300x250\t{settings.VISITOR_COOKIE}={value}"


def _ids(channel: str) -> list[int]:
    """In the order of the table, which is one of chance for customers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM channels_dispatch WHERE channel = %s LIMIT %s", [channel, ASKED])
        return [id_ for (id_,) in cursor.fetchall()]


def _customer_ids() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id FROM channels_dispatch WHERE channel = 'banner' LIMIT %s", [ASKED])
        return [id_ for (id_,) in cursor.fetchall()]


def settle() -> None:
    """What a database does by itself in a quiet hour."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def main(customers: int, folder: Path) -> None:
    fill(customers)
    settle()
    write_paths(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
