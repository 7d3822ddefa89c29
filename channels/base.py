"""The one interface behind which every channel stands; pure: no Django, no database.

A channel says whom it can reach (`Reach`), what a piece costs, turns content into a `Rendition`, hands `Message`s over
and reports one `Receipt` each, and interprets what comes back as `Feedback`. The delivery pipeline does everything else.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from campaigns.content_error import ContentError


class ChannelError(Exception):
    """A message could not be handed over.

    `permanent` separates "give up" from "try again"; `code` is the provider's answer code.
    """

    def __init__(self, reason: str, *, permanent: bool, code: str = "") -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.code = code


class UncertainError(ChannelError):
    """The link broke after the message was given away: whether it left cannot be known, so it is never re-sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=False)


class UnreachableError(ChannelError):
    """The address itself does not work: the dispatch bounced, and the address is not used again.

    Where `is_hard` is False it does not work now (mailbox full), and is not used again only after some such answers.
    `why`: in a few words of ours, the same for every such answer.
    """

    def __init__(self, reason: str, *, code: str = "", is_hard: bool = True, why: str = "") -> None:
        super().__init__(reason, permanent=True, code=code)
        self.is_hard = is_hard
        self.why = why


class NotTakenError(ChannelError):
    """The provider refused for reasons of its own before the message was its: no attempt of the dispatch is used up."""

    def __init__(self, reason: str, *, code: str = "") -> None:
        super().__init__(reason, permanent=False, code=code)


CRASHED = "crash"  # code of an attempt that ended by a mistake of ours; tried a few times only


class CrashError(ChannelError):
    """Something went wrong that nobody foresaw, surely before the message left: tried again, but not often."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=False, code=CRASHED)


@dataclass(frozen=True)
class Reach:
    """Whom a channel can reach; the eligibility query is made from it."""

    identifier_kinds: tuple[str, ...] = ()  # any one of these is needed; empty: none
    needs_household: bool = False  # a complete postal address
    grounds: tuple[str, ...] = ("consent",)  # any one is needed; none: legitimate interest until the person objects
    decided_by_area: bool = False  # bought by delivery area rather than by person
    one_per_household: bool = False


class Handover(StrEnum):
    """How messages leave."""

    SINGLY = "singly"  # one conversation each; recorded one by one
    TOGETHER = "together"  # one file or list for the batch; recorded with it in one transaction


@dataclass(frozen=True)
class Message:
    """One dispatch, ready to be rendered for one person."""

    dispatch_id: int
    wave_id: int
    customer_id: int
    option_id: int
    recipient: str  # e-mail address, hashed handle, household key; what the channel's reach asked for
    fields: Mapping[str, Any]  # what placeholders may use, see campaigns.personalise
    coupon_code: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)  # the option's own settings


@dataclass(frozen=True)
class Rendition:
    """Content rendered for one channel: parts by name, each text or bytes, e.g. subject, html, text, pdf."""

    parts: Mapping[str, str | bytes]
    warnings: tuple[str, ...] = ()


class ReceiptState(StrEnum):
    SENT = "sent"  # it is out; nothing more is needed
    HANDED_OVER = "handed_over"  # in a vendor's or network's hands; they report on


@dataclass(frozen=True)
class Receipt:
    """What the provider said when it took the message."""

    dispatch_id: int
    state: ReceiptState
    provider_id: str = ""
    answer: str = ""  # code and text, nothing personal


@dataclass(frozen=True)
class Trial:
    """A content to be tried out without a dispatch, so nothing counts and no customer gets it."""

    number: int  # stands where a dispatch's id would; no dispatch ever has it
    blocks: Sequence[Mapping[str, Any]]
    fields: Mapping[str, Any]
    recipient: str = ""  # the address of who tries it, if they have one
    mark: str = "[Test] "  # before a subject or text; empty for a copy that must look like the others
    may_leave: bool = True  # False while all sending is stopped: it is only shown


@dataclass(frozen=True)
class Tried:
    """What there is to look at; `said` where it went, for people, empty where it is only shown."""

    rendition: Rendition
    said: str = ""


@dataclass(frozen=True)
class Feedback:
    """Something that came back about a dispatch; written as an event, once per (`source`, `source_key`)."""

    kind: str  # campaigns.models.EventKind
    dispatch_id: int
    occurred_at: datetime
    source: str
    source_key: str
    is_online: bool = True
    medium: str = ""  # empty: the dispatch's own channel; a store redemption says store
    value_cents: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Taking(Protocol):
    """The messages of a channel that hands over singly, for one that speaks with several servers at the same time."""

    def take(self, most: int) -> list[Message]:
        """Record every answer given so far, and mark up to `most` of the next messages as being sent, in one step.

        An empty list, for `most` > 0: nothing is left. take(0) only records. Messages that were taken and are not
        answered yet stay as being sent; a channel takes one for each connection, so that a dead worker leaves at most one
        uncertain message a connection. Iterating is the same as take(1) each time.
        """

    def left(self) -> int:
        """How many were not taken yet."""

    def put_off(self, waits: Sequence[float]) -> None:
        """Put the next ones back to the queue, due in so many seconds each; none was taken, so no attempt is used up."""

    def __iter__(self) -> Iterator[Message]: ...


class Channel(ABC):
    """How messages leave by one medium, and how answers to it are read."""

    name: str
    label: str
    reach: Reach
    handover: Handover
    unit_cost_cents: int  # what a piece usually costs; an option may say otherwise
    is_public: bool = False  # everybody sees the same, so nothing personal is shown

    @abstractmethod
    def render(self, blocks: Sequence[Mapping[str, Any]], fields: Mapping[str, Any]) -> Rendition:
        """Render content blocks for one person. Raises campaigns.blocks.ContentError for what it cannot carry."""

    def rendered(self, message: Message, blocks: Mapping[int, Sequence[Mapping[str, Any]]]) -> Rendition:
        """render() for hand_over, of which nothing but ChannelError comes: one row must not hold up the others."""
        try:
            return self.render(blocks[message.option_id], message.fields)
        except ContentError as error:
            raise ChannelError(f"content: {error}", permanent=True, code="content") from error
        except Exception as error:
            raise CrashError(f"rendering failed: {type(error).__name__}") from error

    @abstractmethod
    def hand_over(
        self, messages: Iterable[Message], blocks: Mapping[int, Sequence[Mapping[str, Any]]]
    ) -> Iterator[Receipt | tuple[int, ChannelError]]:
        """Give messages of one wave away; `blocks` holds each option's content by option id.

        Yields, for every message, its receipt or (dispatch id, error). SINGLY: `messages` is lazy (`Taking`), taking
        more marks them as being sent, and it runs outside any transaction. TOGETHER: `messages` is a list, and it runs
        inside the recording transaction. Raising ChannelError while no message is taken and unanswered puts off those
        that are left (the provider cannot be reached).
        """

    def recorded(self, wave_ids: Collection[int]) -> None:  # noqa: B027 - most have nothing to do
        """After a batch of these waves was handed over TOGETHER and is written down: finish what waits for nothing more."""

    def try_out(self, trial: Trial) -> Tried:
        """Give a content to a member of staff as a customer would get it; by default it is rendered, and nothing leaves.

        Raises ContentError for what the channel cannot carry, and ChannelError where it could not be given away.
        """
        return Tried(self.render(trial.blocks, trial.fields))

    def withdraw(self, dispatch_ids: Sequence[int]) -> Collection[int]:
        """Take back dispatches that were handed over; returns those that will now not go out. Runs in a transaction."""
        return ()

    def apart(self, dispatch_ids: Sequence[int]) -> Iterable[Sequence[int]]:
        """Which of these to withdraw in one transaction: where much is to be done, in several, so that locks are short."""
        return [dispatch_ids]

    def look_up(self, dispatch_ids: Sequence[int]) -> Iterable[Receipt | tuple[int, ChannelError]]:
        """Ask the provider what became of uncertain dispatches; answers only for those that it knows for certain."""
        return ()

    def look_after(self) -> bool:
        """Each minute: mind what the channel keeps by itself; returns whether carry_on() has something to do."""
        return False

    def carry_on(self, *, seconds: float) -> bool:
        """Do what leaves by the channel beside messages, e.g. calls to a network; returns whether more is due now."""
        return False

    def interpret(self, answer: Mapping[str, Any]) -> Iterable[Feedback]:
        """Read a provider's answer. A channel whose answers come by tracking links alone has none of its own."""
        return ()

    def check_option(self, settings: Mapping[str, Any]) -> None:
        """Refuse an option's settings that this channel cannot work with by raising ValueError."""
        if settings:
            raise ValueError(f"{self.label} takes no settings, got {', '.join(sorted(settings))}")
