"""The mails that arrived at the local mail server, read as a mail program reads them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_binary_file
from email.message import Message
from pathlib import Path

from channels import words
from steering import mail_sink

from .errors import DemoError

DISPATCH = re.compile(r"<dispatch-(\d+)\.")
IN_HEAD = re.compile(r"^Message-ID:\s*<dispatch-(\d+)\.", re.MULTILINE | re.IGNORECASE)
HEAD_BYTES = 8192
PIXEL = re.compile(r'https?://[^\s"]+/t/o/[^\s"]+\.gif')
LINK = re.compile(r"https?://\S+/t/c/\S+")
CODE = re.compile(rf"(?:{'|'.join(phrases['coupon'] for phrases in words.PHRASES.values())}): (\S+)")


@dataclass(frozen=True)
class Mail:
    """One mail, with what a person may do with it."""

    dispatch_id: int
    recipient: str
    pixel: str
    links: tuple[str, ...]
    unsubscribe: str
    coupon: str


def read(maildir: Path) -> list[Mail]:
    """The mails not read before; afterwards they are read."""
    new = maildir / "new"
    paths = sorted(new.iterdir()) if new.is_dir() else []
    mails = [_mail(path) for path in paths]
    for path in paths:
        path.rename(maildir / "cur" / path.name)
    return mails


def count(maildir: Path) -> int:
    """Mails not read yet."""
    new = maildir / "new"
    return sum(1 for _ in new.iterdir()) if new.is_dir() else 0


def dispatch_ids(maildir: Path) -> set[int]:
    """The dispatches whose mails have arrived and were not read yet; they stay unread."""
    heads = (path.read_bytes()[:HEAD_BYTES].decode(errors="replace") for path in (maildir / "new").iterdir())
    return {int(found[1]) for found in map(IN_HEAD.search, heads) if found}


def _mail(path: Path) -> Mail:
    with path.open("rb") as file:
        message = message_from_binary_file(file)  # its old policy reads five times as fast as the new one
    text, page = _part(message, "text/plain"), _part(message, "text/html")
    dispatch, pixel, code = DISPATCH.match(message.get("Message-ID", "")), PIXEL.search(page), CODE.search(text)
    if not (dispatch and pixel):
        raise DemoError(f"the mail {path.name} names no dispatch or has no picture to count opens")
    return Mail(
        dispatch_id=int(dispatch[1]),
        recipient=message[mail_sink.RECIPIENT_HEADER],
        pixel=pixel[0],
        links=tuple(dict.fromkeys(LINK.findall(text))),
        unsubscribe=message.get("List-Unsubscribe", "").partition(">")[0].strip("< \r\n"),
        coupon=code[1] if code else "",
    )


def _part(message: Message, content_type: str) -> str:
    found = (part for part in message.walk() if part.get_content_type() == content_type)
    part = next(found, None)
    return part.get_payload(decode=True).decode() if part else ""


def compare(mails: list[Mail], expected: Mapping[int, str]) -> None:
    """Every mail that the ledger calls sent has arrived once, where it was to go, and no other has.

    `expected`: the address by dispatch. Raises DemoError with the dispatches concerned.
    """
    if differences := list(_differences(mails, expected)):
        raise DemoError(f"mails and ledger differ: {'; '.join(differences)}")


def _differences(mails: list[Mail], expected: Mapping[int, str]) -> Iterator[str]:
    arrived = Counter(mail.dispatch_id for mail in mails)
    kinds = {
        "missing": expected.keys() - arrived.keys(),
        "not in the ledger": arrived.keys() - expected.keys(),
        "doubled": {id_ for id_, count in arrived.items() if count > 1},
        "to another address": {m.dispatch_id for m in mails if expected.get(m.dispatch_id, m.recipient) != m.recipient},
    }
    for words_, ids in kinds.items():
        if ids:
            yield f"{len(ids)} {words_} (dispatch {', '.join(map(str, sorted(ids)[:5]))})"
