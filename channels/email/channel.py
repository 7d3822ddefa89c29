"""E-mail through Django's mail backend: SMTP, or a provider by django-anymail."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.crypto import salted_hmac

from campaigns.blocks import ContentError

from ..base import Channel, ChannelError, Feedback, Handover, Message, Reach, Receipt, ReceiptState, Rendition
from . import errors, provider_events, render

# Django's own backend cannot tell whether a broken link took the message with it; ours can.
WATCHED = {"django.core.mail.backends.smtp.EmailBackend": "channels.email.smtp.EmailBackend"}
Answer = Receipt | tuple[int, ChannelError]


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

    def hand_over(
        self, messages: Iterable[Message], blocks: Mapping[int, Sequence[Mapping[str, Any]]]
    ) -> Iterator[Answer]:
        """One connection for the batch, opened before a message is taken, so that a dead server leaves none half sent."""
        waiting = iter(messages)
        line = Line()
        try:
            while True:
                line.open()
                message = next(waiting, None)
                if message is None:
                    return
                yield self._send(line, message, blocks[message.option_id])
        finally:
            line.close()

    def _send(self, line: "Line", message: Message, blocks: Sequence[Mapping[str, Any]]) -> Answer:
        try:
            mail = compose(message, self.render(blocks, message.fields))
            line.send(mail)
        except ContentError as error:
            return message.dispatch_id, ChannelError(f"content: {error}", permanent=True)
        except ChannelError as error:
            return message.dispatch_id, error
        provider_id = getattr(getattr(mail, "anymail_status", None), "message_id", None)
        return Receipt(
            message.dispatch_id, ReceiptState.SENT, provider_id=str(provider_id or mail.extra_headers["Message-ID"])
        )


class Line:
    """A connection to the mail server that is opened again after it broke."""

    def __init__(self) -> None:
        self._connection = get_connection(WATCHED.get(settings.EMAIL_BACKEND, settings.EMAIL_BACKEND))

    def open(self) -> None:
        """Does nothing while it is open. Raises ChannelError when there is nobody at the other end."""
        try:
            self._connection.open()
        except Exception as error:
            raise ChannelError(f"no mail server: {type(error).__name__}", permanent=False) from error

    def send(self, mail: EmailMultiAlternatives) -> None:
        mail.connection = self._connection
        try:
            mail.send()
        except Exception as error:
            # Backends raise what they like; errors.read says what each means.
            meaning = errors.read(error, may_have_left=getattr(self._connection, "may_have_left", True))
            if errors.hangs_up(error):
                self.close()
            raise meaning from error

    def close(self) -> None:
        with suppress(Exception):  # a broken link cannot say good-bye
            self._connection.close()


def compose(message: Message, rendition: Rendition) -> EmailMultiAlternatives:
    """The mail of one dispatch, plain text with an HTML alternative."""
    if not message.recipient:
        raise ChannelError("no address", permanent=True)
    mail = EmailMultiAlternatives(
        subject=str(rendition.parts["subject"]),
        body=str(rendition.parts["text"]),
        to=[message.recipient],
        headers={
            "Message-ID": message_id(message.dispatch_id),
            "List-Unsubscribe": f"<{message.fields['unsubscribe_url']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
            "Feedback-ID": f"{message.option_id}:{message.wave_id}:campaign:{settings.MESSAGE_ID_DOMAIN}",
            "Precedence": "bulk",
            "Auto-Submitted": "auto-generated",  # keeps out-of-office answers away, RFC 3834
        },
    )
    mail.metadata = {provider_events.METADATA: str(message.dispatch_id)}  # anymail's; plain SMTP knows none
    mail.attach_alternative(str(rendition.parts["html"]), "text/html")
    return mail


def message_id(dispatch_id: int) -> str:
    """Always the same for a dispatch, so that two copies of one mail could be told; signed, so that none is made up."""
    signature = salted_hmac("channels.email.message_id", str(dispatch_id), algorithm="sha256").hexdigest()[:16]
    return f"<dispatch-{dispatch_id}.{signature}@{settings.MESSAGE_ID_DOMAIN}>"
