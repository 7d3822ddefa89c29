"""The two forms of the log, a line an entry or a JSON object an entry; what may be said is decided by log_words."""

import json
import logging
import re
import threading
from datetime import UTC, datetime
from typing import Any

from . import log_about, log_words

log = logging.getLogger(__name__)
ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


class Formatter(logging.Formatter):
    """For reading; ids of the request or task stand at the end."""

    def format(self, record: logging.LogRecord) -> str:
        copy = log_words.told(record)
        ids = " ".join(
            f"{name}={value}" for name, value in _ids(record).items() if name in ("request", "task", "task_id")
        )
        if ids:
            copy.msg = f"{copy.msg} ({ids})"
        return super().format(copy)


class Json(logging.Formatter):
    """For machines. Of what a call gives as `extra` only ids of ours are kept, for frameworks put arguments there."""

    def format(self, record: logging.LogRecord) -> str:
        copy = log_words.told(record)
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": copy.getMessage(),
            **_ids(record),
        }
        if copy.exc_text:
            entry["exception"] = copy.exc_text
        if copy.stack_info:
            entry["stack"] = copy.stack_info
        return json.dumps(entry, default=lambda _: log_words.WITHHELD)


def log_dead_threads() -> None:
    """Python would write what killed a thread to standard error itself, in words that may quote anybody."""

    def tell(told: threading.ExceptHookArgs) -> None:
        if not issubclass(told.exc_type, SystemExit):
            name = told.thread.name if told.thread else "?"
            log.error("thread %s died", name, exc_info=(told.exc_type, told.exc_value, told.exc_traceback))

    threading.excepthook = tell


def _ids(record: logging.LogRecord) -> dict[str, Any]:
    extras = {name: getattr(record, name) for name in log_about.EXTRAS if hasattr(record, name)}
    return {name: _id(value) for name, value in {**log_about.now(), **extras}.items()}


def _id(value: Any) -> Any:
    """Numbers and names of ours; what somebody put in their place is not told."""
    if isinstance(value, list):
        return [_id(one) for one in value]
    return value if isinstance(value, int) or ID.fullmatch(str(value)) else log_words.WITHHELD
