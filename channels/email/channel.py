"""E-mail: by SMTP, or by a provider through django-anymail; see exchange for how messages leave."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from email.utils import parseaddr
from functools import lru_cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives

from campaigns.blocks import ContentError

from .. import pace, words
from ..base import Channel, ChannelError, Feedback, Handover, Message, Reach, Receipt, Rendition, Taking, Trial, Tried
from ..compiled import Compiled, spoken_to
from . import dkim_signing, letters, provider_events, providers, render, seeds, verp
from .admission import ByLimits, Everybody
from .breaker import breakers
from .exchange import Answer, Exchange
from .outside import Outside
from .providers import Provider, Turns
from .wire.line import Envelope
from .wire.pool import POOL

Contents = Mapping[int, Sequence[Mapping[str, Any]]]


class EmailChannel(Channel):
    name = "email"
    label = "E-mail"
    reach = Reach(identifier_kinds=("email",), grounds=("consent", "existing_customer"))  # UWG 7(3) knows mail only
    handover = Handover.SINGLY
    unit_cost_cents = 1

    def render(self, blocks: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> Rendition:
        return render.render(blocks, fields)

    def interpret(self, answer: Mapping[str, Any]) -> Iterable[Feedback]:
        return provider_events.interpret(answer)

    def hand_over(self, messages: Iterable[Message], blocks: Contents) -> Iterator[Answer]:
        yield from _exchange(messages, blocks)

    def try_out(self, trial: Trial) -> Tried:
        """It really leaves, by the same provider, server and signature as the others."""
        shown = render.render(trial.blocks, trial.fields)
        if not trial.recipient:
            raise ChannelError("your account has no e-mail address", permanent=True)
        if not trial.may_leave:
            raise ChannelError("all sending is stopped", permanent=False)
        message = Message(trial.number, 0, 0, 0, trial.recipient, trial.fields)
        [answer] = _exchange([message], {0: trial.blocks}, mark=trial.mark)
        if not isinstance(answer, Receipt):
            raise answer[1]
        return Tried(shown, f"sent to {trial.recipient}; the server said: {answer.answer}")

    def look_after(self) -> bool:
        return seeds.look_after()

    def carry_on(self, *, seconds: float) -> bool:
        return seeds.send_due(self, seconds=seconds)


def _exchange(messages: Iterable[Message], blocks: Contents, *, mark: str = "") -> Iterator[Answer]:
    """By up to DELIVERY_CONNECTIONS lines at once where messages can be taken several at once, else by one."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    able = _with_room([provider for provider in providers.usable() if provider.may_send_for(sender)])
    if not able:
        raise ChannelError("no mail provider is switched on that may send for DEFAULT_FROM_EMAIL", permanent=False)
    try:
        writer = Writer(blocks, mark=mark)
    except ImproperlyConfigured as error:
        raise ChannelError(f"e-mails cannot be sent: {error}", permanent=False) from error
    is_taking = isinstance(messages, Taking)
    exchange = Exchange(
        messages if is_taking else OneByOne(messages),
        writer,
        able,
        most=settings.DELIVERY_CONNECTIONS if is_taking else 1,
        admission=ByLimits() if is_taking else Everybody(),
    )
    yield from exchange.run(POOL, breakers(), turns())


def _with_room(able: list[Provider]) -> list[Provider]:
    """A sender that is warmed up, and has sent enough today, leaves the rest to others, if there are any."""
    names = pace.with_room("email", [provider.name for provider in able])
    if able and not names:
        raise ChannelError("every sender warms up, and has sent enough today", permanent=False)
    return [provider for provider in able if provider.name in names]


class OneByOne:
    """Any iterable of messages, as channels.base.Taking."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._left = iter(messages)

    def __iter__(self) -> Iterator[Message]:
        return self._left

    def take(self, most: int) -> list[Message]:
        return list(islice(self._left, most))

    def left(self) -> int:
        """Nobody knows; one at a time is taken until there is none."""
        return 1

    def put_off(self, waits: Sequence[float]) -> None:
        """Whoever asked for these wants them to leave now."""


class Writer:
    """Messages of one wave in the form that a provider takes: bytes for a server, Django's kind of mail for a backend."""

    def __init__(self, blocks: Contents, *, mark: str = "") -> None:
        self._blocks = blocks
        self._mark = mark  # before every subject
        self._letters: dict[tuple[int, str], letters.Letter] = {}  # by option and language
        self._sender = letters.sender_address(settings.DEFAULT_FROM_EMAIL)
        self._sign = dkim_signing.signer(self._sender)

    def write(self, message: Message, provider: Provider) -> Envelope | EmailMultiAlternatives:
        try:
            if isinstance(provider.server, Outside):
                return compose(message, render.render(self._blocks[message.option_id], message.fields), mark=self._mark)
            fields = spoken_to(message.fields, self._blocks[message.option_id])
            letter = self._letter(message.option_id, words.language(fields))
            content = letter.fill(message if fields is message.fields else replace(message, fields=fields))
        except ContentError as error:
            raise ChannelError(f"content: {error}", permanent=True) from error
        return_path = verp.make(message.dispatch_id) or self._sender
        content = self._sign(content) if self._sign else content
        return Envelope(return_path, letters.address(message.recipient), content, may_have_dots=False)  # see quoted

    def _letter(self, option_id: int, language: str) -> letters.Letter:
        if (option_id, language) not in self._letters:
            letter = letters.compile_letter(self._blocks[option_id], language)
            self._letters[option_id, language] = replace(letter, subject=Compiled((self._mark, *letter.subject.parts)))
        return self._letters[option_id, language]


def compose(message: Message, rendition: Rendition, *, mark: str = "") -> EmailMultiAlternatives:
    """The mail of one dispatch for Django's backends, plain text with an HTML alternative."""
    mail = EmailMultiAlternatives(
        subject=f"{mark}{rendition.parts['subject']}",
        body=str(rendition.parts["text"]),
        to=[letters.address(message.recipient)],
        headers={
            "Message-ID": letters.message_id(message.dispatch_id),
            "List-Unsubscribe": letters.unsubscribing(message),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
            "Feedback-ID": letters.feedback_id(message),
            "Precedence": "bulk",
            "Auto-Submitted": "auto-generated",  # keeps out-of-office answers away, RFC 3834
        },
    )
    mail.metadata = {provider_events.METADATA: str(message.dispatch_id)}  # anymail's; plain SMTP knows none
    mail.attach_alternative(str(rendition.parts["html"]), "text/html")
    return mail


@lru_cache(maxsize=1)
def turns() -> Turns:
    """This process's."""
    return Turns()


message_id = letters.message_id
