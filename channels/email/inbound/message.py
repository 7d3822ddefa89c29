"""A stranger's mail as headers and flat parts, whatever its encoding; what cannot be taken apart is UnreadableError."""

import codecs
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from itertools import islice

MOST_PARTS = 200
MOST_NESTED = 30  # multiparts and enclosed messages, as they are announced anywhere in the mail
MOST_HEADERS = 2000
HEADER_READ = 10_000  # characters of one header
TEXT_READ = 100_000  # characters of a part: reports are short, what follows is the mail that we sent
NESTS = re.compile(rb"boundary\s*\*?\d*\*?\s*=|content-type\s*:\s*message/", re.I)
LINE_BREAK = re.compile(r"\r\n?|\n")

Headers = Mapping[str, tuple[str, ...]]


class UnreadableError(ValueError):
    """Not a mail that can be taken apart; the message says why and quotes nothing."""


@dataclass(frozen=True)
class Part:
    """One leaf, or an enclosed message or report by its own header."""

    type: str  # as text/plain, in lower case
    text: str = ""  # decoded, line breaks are \n
    is_enclosed: bool = False  # lies inside an enclosed message, so somebody else wrote it


@dataclass(frozen=True)
class Mail:
    headers: Headers
    type: str
    report_type: str
    parts: tuple[Part, ...] = field(default=())

    def first(self, name: str) -> str:
        return next(iter(self.headers.get(name, ())), "")

    def texts(self, *types: str) -> list[str]:
        """Of the parts of these types, those of the mail itself."""
        return [part.text for part in self.parts if part.type in types and not part.is_enclosed]


def parse(raw: bytes) -> Mail:
    """Raises UnreadableError and nothing else."""
    if len(NESTS.findall(raw)) > MOST_NESTED:
        raise UnreadableError(f"announces more than {MOST_NESTED} nested parts")
    try:
        message = message_from_bytes(raw.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"))
        headers = _headers(message)
        if not headers:
            raise UnreadableError("has no header")
        report_type = _clean(str(message.get_param("report-type") or "")).lower()
        return Mail(headers, message.get_content_type(), report_type, tuple(_parts(message)))
    except RecursionError as error:
        raise UnreadableError("is nested too deeply") from error
    except UnreadableError:
        raise
    except Exception as error:  # the standard parser raises all sorts on malformed input
        raise UnreadableError(f"is malformed: {type(error).__name__}") from error


def fields(text: str) -> list[Headers]:
    """Groups of `Name: value` lines separated by blank lines, continued lines unfolded, names in lower case."""
    groups: list[dict[str, list[list[str]]]] = [{}]
    unfolded: list[str] = []
    for line in LINE_BREAK.split(text):
        if not line.strip():
            groups.append({})
            unfolded = []
        elif line[0] in " \t":
            unfolded.append(line.strip())
        elif ":" in line:
            name, _, value = line.partition(":")
            unfolded = [value.strip()]
            groups[-1].setdefault(name.strip().lower(), []).append(unfolded)
    return [
        {name: tuple(" ".join(value)[:HEADER_READ] for value in values) for name, values in group.items()}
        for group in groups
        if group
    ]


def _headers(message: Message) -> Headers:
    if len(message) > MOST_HEADERS:
        raise UnreadableError(f"has more than {MOST_HEADERS} headers")
    found: dict[str, list[str]] = {}
    for name, value in message.items():
        found.setdefault(_clean(name).strip().lower(), []).append(_decoded(value))
    return {name: tuple(values) for name, values in found.items()}


def _decoded(value: object) -> str:
    """A header as people read it; one in a made-up encoding stays as it is."""
    text = str(value)[:HEADER_READ]
    with suppress(LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return " ".join(_clean(text).split())


def _parts(message: Message) -> Iterator[Part]:
    waiting = [(message, False)]
    count = 0
    while waiting:
        part, is_enclosed = waiting.pop(0)
        count += 1
        if count > MOST_PARTS:
            raise UnreadableError(f"has more than {MOST_PARTS} parts")
        kind = part.get_content_type()
        if kind.startswith("message/"):
            yield Part(kind, _enclosed(part, kind), is_enclosed)
            if kind in ("message/rfc822", "message/global"):
                waiting += [(one, True) for one in _children(part)]
        elif part.is_multipart():
            waiting += [(one, is_enclosed) for one in _children(part)]
        elif kind.startswith("text/"):
            yield Part(kind, _text(part), is_enclosed)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _enclosed(part: Message, kind: str) -> str:
    """Of an enclosed message its header, of a report all of it."""
    children = _children(part)
    if not children:
        return _text(part)
    if kind in ("message/rfc822", "message/global"):
        headers = islice(children[0].items(), MOST_HEADERS)
        return "".join(f"{name}: {_decoded(value)}\n" for name, value in headers)[:TEXT_READ]
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    raw = b"\n\n".join(child.as_bytes() for child in children)
    if encoding in ("base64", "quoted-printable"):
        again = Message()
        again["Content-Transfer-Encoding"] = encoding
        again.set_payload(raw.strip())
        raw = again.get_payload(decode=True) or b""  # type: ignore[assignment]
    return _clean(raw.decode("utf-8", "replace"))[:TEXT_READ]


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    raw = raw[: 4 * TEXT_READ]
    try:
        text = raw.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        text = raw.decode("latin-1")
    return _clean(text)[:TEXT_READ]


def _clean(text: str) -> str:
    """Without NUL, which PostgreSQL does not take, and without halves of characters."""
    whole = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return LINE_BREAK.sub("\n", whole.replace("\x00", ""))
