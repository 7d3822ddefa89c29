"""Log lines without personal data: what drivers and mail servers quote in their errors is withheld."""

import logging
import re

# PostgreSQL quotes the row in these lines of an error: "Key (value)=(erika@example.com) already exists".
_QUOTED_ROW = re.compile(r"(DETAIL|CONTEXT):\s.*")
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+")


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _ADDRESS.sub("[address]", _QUOTED_ROW.sub(r"\1: [withheld]", super().format(record)))
