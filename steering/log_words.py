"""What may be said in a log: no addresses, no phone numbers, no rows, and no words of exceptions that may quote people.

An exception's own words are kept where we wrote them for staff, or where they speak of a service; of any other only the
kind and the place are told.
"""

import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

import redis
from billiard.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded, WorkerLostError
from django.core.exceptions import DisallowedHost, ImproperlyConfigured
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from kombu.exceptions import OperationalError as BrokerError
from psycopg import Error as DriverError

WITHHELD = "[withheld]"
OUR_ROOMS = ("campaigns.", "channels.", "steering.")
OF_SERVICES = (
    redis.RedisError, BrokerError, InterfaceError, OperationalError, ImproperlyConfigured, DisallowedHost, ImportError,
    SoftTimeLimitExceeded, TimeLimitExceeded, WorkerLostError,
)  # fmt: skip
# PostgreSQL quotes the row, or the statement with its values, in these lines of an error.
_QUOTED_ROW = re.compile(r"(DETAIL|CONTEXT|STATEMENT|QUERY|LINE \d+):\s.*")
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+")
# +49 30 1234567, 0049..., 0171/2345678, (030) 123 456: not within other numbers, ids or times.
_PHONE = re.compile(r"(?<![\w.:+-])(?:\(?(?:\+|00)[1-9]|\(?0[1-9])(?:[ ()/-]{0,2}\d){6,14}(?![\w:-]|\.\d)")


def told(record: logging.LogRecord) -> logging.LogRecord:
    """A copy that says the same without what must not be said; its message and traceback are made already."""
    copy = logging.makeLogRecord(record.__dict__)
    errors = list(_chain(record.exc_info[1])) if record.exc_info and record.exc_info[1] else []
    copy.msg, copy.args = _message(record, errors), None
    if errors:
        copy.exc_text = withhold("".join(_story(errors, record.exc_info[2])).rstrip("\n"))
    elif record.exc_text:
        copy.exc_text = withhold(record.exc_text)
    copy.exc_info = None
    copy.stack_info = withhold(record.stack_info) if record.stack_info else None
    return copy


def withhold(text: str) -> str:
    return _PHONE.sub("[phone]", _ADDRESS.sub("[address]", _QUOTED_ROW.sub(rf"\1: {WITHHELD}", text)))


def words(error: BaseException) -> str:
    """What an exception says, as far as that may be known."""
    if isinstance(error, DatabaseError | DriverError) and not isinstance(error, OperationalError):
        return _of_database(error)
    if isinstance(error, OF_SERVICES) or (_kind(error).startswith(OUR_ROOMS) and not _is_of_import(error)):
        return withhold(str(error))
    if isinstance(error, OSError):  # without the names of files
        return error.strerror or WITHHELD
    return WITHHELD


def _is_of_import(error: BaseException) -> bool:
    """Errors of rows and of what people typed quote them."""
    return _kind(error).startswith("campaigns.") and isinstance(error, ValueError)


def _of_database(error: BaseException) -> str:
    """The first line, unless it quotes a value, as errors of data and of statements may."""
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None) or ""
    if isinstance(error, IntegrityError) and not isinstance(error, DataError | ProgrammingError):
        return withhold(str(error).partition("\n")[0])
    return f"{WITHHELD} (SQLSTATE {state})" if state else WITHHELD


def _message(record: logging.LogRecord, errors: list[BaseException]) -> str:
    message = _safe(record.msg)
    args = record.args
    if isinstance(args, dict):
        args = {key: _safe(value) for key, value in args.items()}
    elif args:
        args = tuple(_safe(value) for value in args)
    text = str(message) % args if args else str(message)
    for error in errors:  # frameworks put them into the message themselves
        for quoted in (repr(error), str(error)):
            if len(quoted) > 2:
                text = text.replace(quoted, f"{type(error).__name__}: {words(error)}")
    return withhold(text)


def _safe(value: Any) -> Any:
    return words(value) if isinstance(value, BaseException) else value


def _chain(error: BaseException) -> Iterator[BaseException]:
    """It and what led to it, the last first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [
            *getattr(one, "exceptions", ()),
            one.__cause__ or (None if one.__suppress_context__ else one.__context__),
        ]


def _story(errors: list[BaseException], last_traceback: Any) -> Iterator[str]:
    for index, error in reversed(list(enumerate(errors))):
        where = error.__traceback__ or (last_traceback if index == 0 else None)
        if where is not None:
            yield "Traceback (most recent call last):\n"
            yield from traceback.format_tb(where)
        yield f"{_kind(error)}: {words(error)}\n"
        if index:
            yield "\nwhich led to:\n\n"


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
