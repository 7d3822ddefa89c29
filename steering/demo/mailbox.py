"""The mails that arrived at the local mail server, read as a mail program reads them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from channels import words
from steering import mail_sink

from .errors import DemoError

DISPATCH = re.compile(r"<dispatch-(\d+)\.")
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
    if not new.is_dir():
        return []
    paths = list(new.iterdir())
    mails = [_mail(recipient, message) for recipient, message in mail_sink.received(maildir)]
    for path in paths:
        path.rename(maildir / "cur" / path.name)
    return mails


def _mail(recipient: str, message: EmailMessage) -> Mail:
    text, page = (_part(message, kind) for kind in ("plain", "html"))
    dispatch, pixel, code = DISPATCH.match(str(message["Message-ID"])), PIXEL.search(page), CODE.search(text)
    if not (dispatch and pixel):
        raise DemoError(f"a mail with the Message-ID {message['Message-ID']} cannot be read")
    return Mail(
        dispatch_id=int(dispatch[1]),
        recipient=recipient,
        pixel=pixel[0],
        links=tuple(dict.fromkeys(LINK.findall(text))),
        unsubscribe=str(message["List-Unsubscribe"]).strip("<>"),
        coupon=code[1] if code else "",
    )


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return body.get_content() if body else ""


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
