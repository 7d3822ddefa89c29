"""Reports of many pieces in one body, as CSV or JSON lines: put aside on disk, and read row by row."""

import csv
import hashlib
import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

from ..api import bodies
from ..api.problems import Problem
from ..print_jobs.reported import COLUMNS, RowError, of_cells

MOST_BYTES = 16 * 1024 * 1024
MOST_ROWS = 50_000  # the job is locked while they are recorded
LONGEST_LINE = 64 * 1024  # bytes of one JSON line
IN_MEMORY = 256 * 1024  # bytes; the rest is in a file that has no name
BLOCK = 64 * 1024
NEEDED = ("event_id", "sequence", "state", "at")
JSON_LINES = ("application/jsonl", "application/x-ndjson")
CSV = "text/csv"
OTHER_SEPARATORS = ";\t|"

Row = tuple[int, Any]  # number from 1, and the row as reported.read() takes it, or the RowError that it is


@dataclass
class Upload:
    """A body as it came. `sha256` is of its bytes."""

    file: IO[bytes]
    media_type: str
    sha256: str

    def rows(self) -> Iterator[Row]:
        """Raises ValidationError for what is no table at all, a Problem for too many rows."""
        self.file.seek(0)
        number = 0
        for number, row in enumerate(_csv(self.file) if self.media_type == CSV else _json_lines(self.file), 1):
            if number > MOST_ROWS:
                raise Problem(413, "too-large", f"a call takes at most {MOST_ROWS} rows; send the rest with the next")
            yield number, row
        if number == 0:
            raise ValidationError({"items": "there must be at least one row"})


class UploadParser(BaseParser):
    """Keeps the body for whoever reads its rows; never all of it in memory."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Upload:
        _require_utf_8(parser_context)
        # The file lives as long as the request.
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        digest = hashlib.sha256(self.media_type.encode())
        size = 0
        while block := stream.read(BLOCK):
            size += len(block)
            if size > MOST_BYTES:
                file.close()
                raise Problem(
                    413, "too-large", f"a body must be at most {MOST_BYTES} bytes; send the rest with the next"
                )
            digest.update(block)
            file.write(block)
        _require_all(size, parser_context)
        return Upload(file, self.media_type, digest.hexdigest())


class CsvParser(UploadParser):
    media_type = CSV


class JsonlParser(UploadParser):
    media_type = JSON_LINES[0]


class NdjsonParser(UploadParser):
    media_type = JSON_LINES[1]


PARSERS = (CsvParser, JsonlParser, NdjsonParser)


def _require_utf_8(context: Mapping[str, Any] | None) -> None:
    """Django names the charset that the Content-Type has."""
    charset = (context or {}).get("encoding", "utf-8")
    if charset.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, "unsupported-media-type", f"send tables in UTF-8, not in {charset[:40]}")


def _require_all(size: int, context: Mapping[str, Any] | None) -> None:
    """What breaks off between two rows would look whole, and its answer would reach nobody."""
    announced = int(context["request"].META.get("CONTENT_LENGTH") or 0) if context else size
    if size < announced:
        raise ParseError(f"the body broke off: {size} bytes of {announced} came")


def _csv(file: IO[bytes]) -> Iterator[Any]:
    # Bytes that are no UTF-8 stay recognisable, so that only their row is refused.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    table = csv.reader(text, strict=True)
    try:
        header = next(table, [])
        _check_header(header)
        for cells in table:
            if cells:
                yield _row(header, cells)
    except csv.Error as error:
        raise ValidationError({"items": f"line {table.line_num} is no CSV: {error}"}) from error
    finally:
        text.detach()


def _check_header(header: list[str]) -> None:
    if len(header) == 1 and set(header[0]) & set(OTHER_SEPARATORS):
        raise ValidationError({"items": "its columns must have commas between them (RFC 4180)"})
    wrong = {storable(name[:80]) or "(empty)": "is no column of a report" for name in header if name not in COLUMNS}
    wrong |= {name: "this column is missing" for name in NEEDED if name not in header}
    wrong |= {name: "this column is there twice" for name in header if header.count(name) > 1}
    if wrong:
        raise ValidationError(wrong)


def _row(header: list[str], cells: list[str]) -> Any:
    if len(cells) != len(header):
        return RowError({"": f"has {len(cells)} cells, the header {len(header)}"})
    return of_cells(dict(zip(header, cells, strict=True)))


def storable(text: str) -> str:
    """What was sent is quoted back, and neither NUL nor half a character can be stored or sent."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _json_lines(file: IO[bytes]) -> Iterator[Any]:
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            _skip_line(file)
            yield RowError({"": f"must be at most {LONGEST_LINE} bytes"})
        elif line.strip():
            yield _parsed(line)


def _skip_line(file: IO[bytes]) -> None:
    while (rest := file.readline(BLOCK)) and not rest.endswith(b"\n"):
        pass


def _parsed(line: bytes) -> Any:
    try:
        return bodies.read(line.decode())
    except RecursionError:
        return RowError({"": "has too many levels"})
    except ValueError as error:
        return RowError({"": f"is no JSON object in UTF-8: {error}"})
