"""Cells become values: text, money in cents, numbers, truth values, dates and times. Pure; bad cells raise CellError."""

import calendar
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from campaigns import plain_text

from .errors import CellError

MOST_CENTS = 10**15
EARLIEST = date(1890, 1, 1)
CLOCK_ERROR = timedelta(minutes=5)
TRUE = frozenset({"1", "true", "t", "yes", "y", "ja", "j", "x", "wahr", "on"})
FALSE = frozenset({"0", "false", "f", "no", "n", "nein", "falsch", "off", "-"})
CURRENCY = re.compile(r"^(?:€|EUR)\s*|\s*(?:€|EUR)$")
NUMBER = {
    ".": re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?"),
    ",": re.compile(r"([+-]?)(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d+))?"),
}


@dataclass(frozen=True)
class Notation:
    """How the file writes numbers and times."""

    decimal: str = "."
    time_zone: str = "Europe/Berlin"


def text(cell: Any, *, longest: int = 500) -> str:
    """One line of text. Numbers and dates of a spreadsheet or of JSON are written out."""
    if not isinstance(cell, str):
        cell = _written(cell)
    try:
        return plain_text.clean(cell, longest=longest)
    except plain_text.TextError as error:
        raise CellError(str(error)) from error


def _written(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, int | float | Decimal):
        return str(cell)
    raise CellError("must be a text, a number or a truth value, not a list or an object")


def decimal(cell: Any, *, notation: Notation) -> Decimal:
    """`1234.56`, `1,234.56`, or with a decimal comma `1.234,56`; a currency sign may stand beside it."""
    if isinstance(cell, bool):
        raise CellError("is not a number")
    if isinstance(cell, int | float | Decimal):
        if not math.isfinite(cell):
            raise CellError("is not a finite number")
        return Decimal(f"{cell:.15g}") if isinstance(cell, float) else Decimal(cell)  # a sheet's own precision
    written = CURRENCY.sub("", text(cell, longest=60))
    if not (found := NUMBER[notation.decimal].fullmatch(written)) or not written.isascii():
        raise CellError(f"is not a number with {notation.decimal!r} before its fraction")
    sign, whole, fraction = found.groups()
    return Decimal(f"{sign}{re.sub(r'[.,]', '', whole)}.{fraction or 0}")


def cents(cell: Any, *, notation: Notation) -> int:
    """Money as integer cents; never rounded."""
    amount = decimal(cell, notation=notation) * 100
    if abs(amount) > MOST_CENTS:
        raise CellError("is too much money")
    if amount != amount.to_integral_value():
        raise CellError("has fractions of a cent")
    return int(amount)


def number(cell: Any, *, notation: Notation) -> int | float:
    """A number for an attribute: whole if it is whole."""
    value = decimal(cell, notation=notation)
    if abs(value) > MOST_CENTS:
        raise CellError("is too large")
    return int(value) if value == value.to_integral_value() else float(value)


def integer(cell: Any, *, notation: Notation) -> int:
    value = number(cell, notation=notation)
    if not isinstance(value, int):
        raise CellError("is not a whole number")
    return value


def boolean(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    word = text(cell, longest=20).lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise CellError("is neither yes nor no")


def day(cell: Any, *, formats: tuple[str, ...] = ()) -> date:
    if isinstance(cell, datetime):
        cell = cell.date()
    found = cell if isinstance(cell, date) else _parsed(text(cell, longest=60), formats).date()
    if not EARLIEST <= found <= datetime.now(UTC).date() + timedelta(days=1):
        raise CellError("is before 1890" if found < EARLIEST else "is in the future")
    return found


def moment(cell: Any, *, notation: Notation, formats: tuple[str, ...] = ()) -> datetime:
    """A time with its zone, in UTC; one written without is in the file's zone."""
    if isinstance(cell, datetime):
        found = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time())
    else:
        found = _parsed(text(cell, longest=60), formats)
    if not EARLIEST <= found.date() < date.max - timedelta(days=1):
        raise CellError("is before 1890" if found.date() < EARLIEST else "is in the future")
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(notation.time_zone))
    found = found.astimezone(UTC)
    if found > datetime.now(UTC) + CLOCK_ERROR:
        raise CellError("is in the future")
    return found


@lru_cache(50_000)
def _parsed(written: str, formats: tuple[str, ...]) -> datetime:
    """Dates repeat over a file, and strptime is slow."""
    for pattern in formats:
        try:
            return datetime.strptime(written, pattern)
        except ValueError:
            continue
    if formats:
        raise CellError(f"is not a date like {' or '.join(formats)}")
    try:
        return datetime.fromisoformat(written)
    except ValueError as error:
        raise CellError("is not a date like 2026-03-31 or a time like 2026-03-31T12:00:00+02:00") from error


def months_before(cell: Any, *, until: date, notation: Notation) -> datetime:
    """So many months before a day, at noon; the last day of a shorter month."""
    months = integer(cell, notation=notation)
    if not 0 <= months <= 1200:
        raise CellError("must be 0 to 1200 months")
    year, month = divmod(until.year * 12 + until.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    noon = datetime.combine(date(year, month + 1, min(until.day, last)), time(12))
    return noon.replace(tzinfo=ZoneInfo(notation.time_zone)).astimezone(UTC)


def part(amount: int, *, number: int, of: int) -> int:
    """One of several parts of an amount of cents; together they are exactly the amount."""
    return amount * number // of - amount * (number - 1) // of


def mapped(cell: Any, table: Mapping[str, Any]) -> Any:
    word = text(cell)
    if word not in table:
        raise CellError("is none of the values that the mapping knows")
    return table[word]
