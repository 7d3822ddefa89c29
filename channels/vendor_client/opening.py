"""What is inside of a downloaded file: decrypted, decompressed, and read row by row."""

import csv
import gzip
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from xml.etree import ElementTree

ENCRYPTED = (".age", ".pgp", ".gpg")
COMPRESSED = ".gz"
Opener = Callable[[Path], Path]  # from the file that was downloaded to the plain one beside it
Row = dict[str, str]


class OpeningError(Exception):
    """A file that cannot be decrypted or read here."""


def of_age(identity: Path | str) -> Opener:
    """Opens what was encrypted to an age identity, which stands in this file as age-keygen writes it."""

    def decrypt(path: Path, target: Path) -> None:
        try:
            import pyrage  # the package, or else the program
        except ImportError:
            _run(["age", "--decrypt", "--identity", str(identity), "--output", str(target), str(path)])
            return
        lines = Path(identity).read_text().split()
        try:
            keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith("AGE-SECRET-KEY-")]
            pyrage.decrypt_file(str(path), str(target), keys)
        except (pyrage.DecryptError, pyrage.IdentityError) as error:
            raise OpeningError(f"{path.name}: {error}") from error

    return lambda path: _opened(path, decrypt)


def of_openpgp(home: Path | str | None = None) -> Opener:
    """Opens by gpg what was encrypted to a key of its ring, in `home` or where gpg has it usually."""
    ring = ["--homedir", str(home)] if home else []

    def decrypt(path: Path, target: Path) -> None:
        _run(["gpg", "--batch", "--quiet", *ring, "--output", str(target), "--decrypt", str(path)])

    return lambda path: _opened(path, decrypt)


def plain_only(path: Path) -> Path:
    """For vendors without encryption."""

    def refuse(path: Path, target: Path) -> None:
        raise OpeningError(f"{path.name} is encrypted: say with which key it is opened")

    return _opened(path, refuse)


def _opened(path: Path, decrypt: Callable[[Path, Path], None]) -> Path:
    """Layer by layer, as the name's endings say from right to left; what was opened before is opened again."""
    first = path
    while path.suffix in (*ENCRYPTED, COMPRESSED):
        target = path.with_suffix("")
        target.unlink(missing_ok=True)
        if path.suffix == COMPRESSED:
            with gzip.open(path) as packed, open(target, "wb") as out:
                shutil.copyfileobj(packed, out)
        else:
            decrypt(path, target)
        if path != first:
            path.unlink()
        path = target
    return path


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise OpeningError(f"the program {command[0]} is not installed") from error
    if done.returncode:
        raise OpeningError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-200:]}")


def rows_of(path: Path, media_type: str = "text/csv") -> Iterator[Row]:
    """A table of ours, one row after the other, whatever its format. Raises OpeningError for none of these formats."""
    readers = {".csv": _csv, ".jsonl": _json_lines, ".xml": _xml, ".xlsx": _xlsx}
    if path.suffix not in readers:
        raise OpeningError(f"{path.name} is no table")
    return readers[path.suffix](path, media_type)


def count_rows(path: Path, media_type: str) -> int | None:
    """None for what is no table: the rows of a PDF are its letters, which takes a PDF reader to count."""
    try:
        return sum(1 for _ in rows_of(path, media_type))
    except OpeningError:
        return None


def _csv(path: Path, media_type: str) -> Iterator[Row]:
    """The separator is the first character behind the first column's name, which is in no quotes or in its own."""
    with open(path, newline="", encoding=_charset(media_type)) as text:
        header = text.readline().rstrip("\r\n")
        text.seek(0)
        separators = (letter for letter in header if not (letter.isalnum() or letter in '_"'))
        yield from csv.DictReader(text, strict=True, delimiter=next(separators, ","))


def _charset(media_type: str) -> str:
    message = Message()
    message["Content-Type"] = media_type
    return message.get_content_charset("utf-8")


def _json_lines(path: Path, _: str) -> Iterator[Row]:
    with open(path, encoding="utf-8") as text:
        for line in text:
            yield {name: "" if value is None else str(value) for name, value in json.loads(line).items()}


def _xml(path: Path, _: str) -> Iterator[Row]:
    """Our own files have no document type, so nothing in them is expanded."""
    root: ElementTree.Element | None = None
    for event, element in ElementTree.iterparse(path, events=("start", "end")):  # noqa: S314 - verified by its digest
        if root is None:
            root = element
        if event == "end" and element.tag == "row":
            yield {cell.tag: cell.text or "" for cell in element}
            root.clear()  # rows that were read take no memory


def _xlsx(path: Path, _: str) -> Iterator[Row]:
    try:
        import openpyxl
    except ImportError as error:
        raise OpeningError("openpyxl is not installed") from error
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    names = [str(name) for name in next(rows)]
    for cells in rows:
        yield {name: "" if cell is None else str(cell) for name, cell in zip(names, cells, strict=True)}
