"""The two forms of the log, a line an entry or a JSON object an entry; what may be said is decided by log_words."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from . import log_about, log_words


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
        return json.dumps(entry, ensure_ascii=False, default=lambda _: log_words.WITHHELD)


def _ids(record: logging.LogRecord) -> dict[str, Any]:
    extras = {name: getattr(record, name) for name in log_about.EXTRAS if hasattr(record, name)}
    return {**log_about.now(), **extras}
