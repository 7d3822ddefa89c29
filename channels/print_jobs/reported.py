"""One row of what a vendor reports, as it comes in JSON, JSON lines or CSV; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from campaigns import identity
from campaigns.postal import CODES, ReturnReason

from ..models import PrintItemState as Item

REPORTABLE = (Item.PRODUCED, Item.DAMAGED, Item.POSTED, Item.DISTRIBUTED, Item.MOVED, Item.RETURNED)
# Our names of an address; in CSV each is a column, new_street, new_postcode …
ADDRESS = ("street", "postcode", "city", "country")
FIELDS = ("event_id", "sequence", "state", "at", "reason", "text", "quantity", "week", "new_address")
COLUMNS = (*FIELDS[:-1], *(f"new_{part}" for part in ADDRESS))
LONGEST = {"event_id": 80, "reason": 80, "text": 200, "week": 8}
LONGEST_LINE = 120  # of an address
MOST = 2**31 - 1
WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
NUMBER = re.compile(r"\d{1,10}", re.ASCII)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LEEWAY = timedelta(minutes=5)  # clocks differ


class RowError(ValueError):
    """What is wrong with a row: the reasons by field; an empty name stands for the row as such."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" if name else reason for name, reason in errors.items()))
        self.errors = errors


@dataclass(frozen=True)
class Report:
    """One row as reported. `new_address` of a person who moved: street, postcode, city and perhaps country."""

    event_id: str
    sequence: int
    state: str
    at: datetime
    reason: str = ""
    text: str = ""
    quantity: int | None = None
    week: str = ""
    new_address: Mapping[str, str] = field(default_factory=dict)


def read(row: Any) -> Report:
    """Raises RowError with every field that is wrong. Unknown fields are wrong: they are misspelt ones."""
    if not isinstance(row, Mapping):
        raise RowError({"": "must be an object with the fields of a report"})
    reading = _Reading(row)
    report = Report(
        event_id=reading.text("event_id", is_needed=True),
        sequence=reading.number("sequence", is_needed=True) or 0,
        state=reading.state(),
        at=reading.moment(),
        reason=reading.text("reason"),
        text=reading.text("text"),
        quantity=reading.number("quantity", least=0),
        week=reading.week(),
        new_address=reading.new_address(),
    )
    errors = reading.errors or _contradictions(report)
    if errors:
        raise RowError(errors)
    return report


def of_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """A row of CSV in the shape of one of JSON; an empty cell is none."""
    row: dict[str, Any] = {name: cells[name] for name in FIELDS if cells.get(name)}
    address = {part: cells[f"new_{part}"] for part in ADDRESS if cells.get(f"new_{part}")}
    return row | ({"new_address": address} if address else {})


def _contradictions(report: Report) -> dict[str, str]:
    """What is right by itself, but not together."""
    if report.state == Item.RETURNED and report.reason not in CODES:
        return {"reason": f"must be one of {', '.join(CODES)} for a returned piece"}
    if report.state == Item.RETURNED and report.reason == ReturnReason.OTHER and not report.text:
        return {"text": "is needed where the reason is other, as the carrier says it"}
    if report.state == Item.MOVED and not report.new_address:
        return {"new_address": "is needed for a moved addressee; if it is not known, the piece is returned as moved"}
    if report.new_address and report.state not in (Item.MOVED, Item.RETURNED):
        return {"new_address": "belongs to a moved or returned piece only"}
    if report.state == Item.DISTRIBUTED and report.quantity is None:
        return {"quantity": "is needed: how many pieces were distributed"}
    if report.state == Item.DISTRIBUTED and not report.week:
        return {"week": "is needed: the ISO week, e.g. 2026-W48"}
    return {}


def _is_week(said: str) -> bool:
    """Not every year has a week 53."""
    match = WEEK.fullmatch(said)
    if match is None or not 2000 <= int(match[1]) <= 2999:
        return False
    try:
        date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        return False
    return True


class _Reading:
    """Collects what is wrong instead of ending at the first."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.errors: dict[str, str] = {str(name)[:80]: "is no field of a report" for name in row if name not in FIELDS}

    def text(self, name: str, *, is_needed: bool = False) -> str:
        value = self.row.get(name, "")
        if value is None or value == "":
            return self._missing(name) if is_needed else ""
        if not isinstance(value, str):
            return self._wrong(name, "must be text")
        value = value.strip()
        if wrong := _unfit(value, LONGEST[name]):
            return self._wrong(name, wrong)
        return value or (self._missing(name) if is_needed else "")

    def number(self, name: str, *, least: int = 1, is_needed: bool = False) -> int | None:
        value = self.row.get(name)
        if value is None or value == "":
            if is_needed:
                self._missing(name)
            return None
        if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
            value = int(value.strip())
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
            self._wrong(name, f"must be a whole number from {least} to {MOST}")
            return None
        return value

    def state(self) -> str:
        value = self.row.get("state")
        if value is None or value == "":
            return self._missing("state")
        if not isinstance(value, str) or value not in REPORTABLE:
            return self._wrong("state", f"must be one of {', '.join(REPORTABLE)}")
        return value

    def moment(self) -> datetime:
        value = self.row.get("at")
        if value is None or value == "":
            self._missing("at")
            return EARLIEST
        try:
            at = parse_datetime(value.strip()) if isinstance(value, str) else None
        except ValueError:
            at = None
        if at is None:
            self._wrong("at", "must be a time by ISO 8601 with an offset, e.g. 2026-11-25T22:00:00+01:00")
            return EARLIEST
        at = at if timezone.is_aware(at) else timezone.make_aware(at)
        if wrong := unlikely(at):
            self._wrong("at", wrong)
            return EARLIEST
        return at.astimezone(UTC)  # the database knows fewer offsets than the standard

    def week(self) -> str:
        value = self.text("week")
        if value and not _is_week(value):
            return self._wrong("week", "must be an ISO week, e.g. 2026-W48")
        return value

    def new_address(self) -> dict[str, str]:
        value = self.row.get("new_address")
        if value is None or value == {}:
            return {}
        if not isinstance(value, Mapping):
            self._wrong("new_address", f"must be an object with {', '.join(ADDRESS)}")
            return {}
        parts = {name: said for name, said in value.items() if said not in (None, "")}
        for name, said in parts.items():
            if name not in ADDRESS:
                self._wrong(f"new_address.{str(name)[:80]}", "is no part of an address")
            elif wrong := "must be text" if not isinstance(said, str) else _unfit(said, LONGEST_LINE):
                self._wrong(f"new_address.{name}", wrong)
        if "street" not in parts:
            self._wrong("new_address.street", "is needed")
        if not self.errors:
            self._check_address(parts)
        return parts

    def _check_address(self, parts: Mapping[str, str]) -> None:
        country = parts.get("country", settings.CUSTOMER_COUNTRY)
        postcode, city = parts.get("postcode", ""), parts.get("city", "")
        try:
            identity.address(street=parts["street"], postcode=postcode, city=city, country=country)
        except identity.IdentityError as error:
            self._wrong(f"new_address.{error.field}", error.reason)

    def _missing(self, name: str) -> str:
        return self._wrong(name, "is needed")

    def _wrong(self, name: str, reason: str) -> str:
        self.errors.setdefault(name, reason)
        return ""


def unlikely(at: datetime) -> str:
    """Why something cannot have happened at this moment; empty if it can."""
    if at > timezone.now() + LEEWAY:
        return "is in the future"
    return "is before the year 2000" if at < EARLIEST else ""


def _unfit(value: str, longest: int) -> str:
    """Why a text cannot be kept; empty if it can."""
    if len(value) > longest:
        return f"must be at most {longest} characters, got {len(value)}"
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        return "is not valid UTF-8"
    return "must not have control characters" if any(ord(letter) < 32 for letter in value) else ""
