"""What every network's backend promises; pure: rows and texts in, answers out, no database.

A backend makes calls with what it is given and says what they came to. When to call, what to do with the answer and
what to remember is the business of channels.social.uploading and channels.social.posts, the same for every network.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ClassVar, ParamSpec, TypeVar

from ...base import ChannelError, UncertainError
from ..http import AccountError, Answer, BusyError, Client

log = logging.getLogger(__name__)
Made = TypeVar("Made")
Arguments = ParamSpec("Arguments")
REST_AFTER_LIMIT = 300.0  # seconds, where a network says that it is too much, and not for how long


def readable(call: Callable[Arguments, Made]) -> Callable[Arguments, Made]:
    """Decorates what reads a network's answers: one of another shape than documented may mean that it was taken."""

    @wraps(call)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Made:
        try:
            return call(*args, **kwargs)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            log.exception("an answer was not as documented")
            raise UncertainError("it gave an answer that cannot be read") from error

    return guarded


@dataclass(frozen=True)
class Access:
    """What is needed to call: where, as whom, about which audience. `secret` is shown to nobody."""

    base_url: str = ""
    owner_id: str = ""
    audience_id: str = ""
    secret: str = field(default="", repr=False)


class Backend(ABC):
    """A network by its API. All calls raise ChannelError, as channels.social.http says what each means.

    What reads answers is decorated with readable(), so that nothing else is raised, whatever comes back.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    default_url: ClassVar[str] = ""  # empty: every account names its own
    needs: ClassVar[tuple[str, ...]] = ()  # of owner_id, audience_id
    asks_for: ClassVar[str] = "An access token"

    def __init__(self, access: Access) -> None:
        self.access = access

    @abstractmethod
    def check(self) -> str:
        """Ask the network who we are and whether the account works; returns what it said, for staff to read."""

    def client(self, headers: Mapping[str, str] | None = None) -> Client:
        return Client(self.access.base_url or self.default_url, headers=headers)

    def refuse_unless_ok(self, answer: Answer) -> None:
        """What an answer means where the network says nothing of its own about it."""
        if answer.is_ok:
            return
        name, status = self.label, str(answer.status)
        if answer.status == 429:
            raise BusyError(f"{name} takes no more calls now", retry_after=answer.retry_after, code=status)
        if answer.status == 401:
            raise AccountError(f"{name} does not accept the token: it has expired, or was withdrawn", code=status)
        if answer.status == 403:
            raise AccountError(f"{name} says that this account may not do that", code=status)
        if answer.status in (404, 410):
            raise AccountError(f"{name} knows nothing at this address or of this audience", code=status)
        if answer.status == 503 and answer.retry_after is not None:
            raise BusyError(f"{name} is away for a while", retry_after=answer.retry_after, code=status)
        if answer.status >= 500 or answer.status == 408:
            raise ChannelError(f"{name} failed with {status}", permanent=False, code=status)
        if 300 <= answer.status < 400:
            raise AccountError(f"{name} sends us elsewhere, where we do not go", code=status)
        raise ChannelError(f"{name} refused with {status}", permanent=True, code=status)


@dataclass(frozen=True)
class Batch:
    """Rows of hashes to add or remove, as Network.row makes them. `progress` is what the last Underway said."""

    rows: Sequence[Sequence[str]]
    removes: bool = False
    session: int = 1  # unique at the network; batches of one upload share it
    sequence: int = 1  # in the session, from 1
    is_last: bool = True  # of the session
    session_rows: int = 0
    progress: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """The network has the batch but for `refused`, positions of rows, or, where it tells only how many, that number.

    `rest_seconds`: how long the network wants to be left alone now.
    """

    refused: tuple[int, ...] = ()
    refused_number: int = 0
    reason: str = ""
    rest_seconds: float = 0.0


@dataclass(frozen=True)
class Underway:
    """A step is done, and another one is due in `seconds`; `progress` must be given back, also after a crash.

    `has_rows`: the network holds the rows now, so later steps get none.
    """

    progress: Mapping[str, Any]
    seconds: float = 0.0
    has_rows: bool = False


class SessionError(ChannelError):
    """The network has lost the session, or saw its batches in another order: send the batch in one of its own."""

    def __init__(self, reason: str, *, code: str = "") -> None:
        super().__init__(reason, permanent=False, code=code)


class AudienceBackend(Backend):
    """A custom audience. Adding whom it has, and removing whom it has not, changes nothing, so both may be repeated."""

    most_rows: ClassVar[int]  # in one batch

    @abstractmethod
    def push(self, batch: Batch) -> Taken | Underway:
        """Make one call of the batch, the next one that its progress asks for."""


@dataclass(frozen=True)
class Post:
    """What is to be published. `key` is the same on every try; `mark` stands in the link and finds the post again."""

    key: str
    text: str
    link: str
    mark: str
    image: bytes = b""
    image_text: str = ""  # what the picture shows, for who cannot see it
    post_id: int = 0
    campaign_id: int = 0
    publish_at: datetime | None = None
    media_id: str = ""  # of an image that was uploaded before
    provider_id: str = ""  # of what is there already
    scheduled_id: str = ""


@dataclass(frozen=True)
class Published:
    """It is out. A webhook's receiver gives neither id nor address, perhaps."""

    provider_id: str = ""
    url: str = ""


@dataclass(frozen=True)
class Scheduled:
    """The network has it and publishes it at its time."""

    scheduled_id: str


@dataclass(frozen=True)
class MediaUnderway:
    """The image is with the network, which still works on it: try again in `seconds` with this id."""

    media_id: str
    seconds: float


class PostBackend(Backend):
    """Posts to whoever follows the account. A call with the same key within `key_seconds` is one call."""

    key_seconds: ClassVar[float]  # for how long the network remembers a key; afterwards a repetition is a second post
    schedules_from: ClassVar[timedelta | None] = None  # how far ahead a time must be; None: it publishes at once only

    def most_characters(self) -> int | None:
        """Of a post's text, as the network counts; None: no limit."""
        return None

    def length(self, text: str) -> int:
        return len(text)

    @abstractmethod
    def publish(self, post: Post) -> Published | Scheduled | MediaUnderway:
        """Publish it, or have it published at `publish_at` if that is far enough ahead; with `provider_id`, change it."""

    @abstractmethod
    def withdraw(self, post: Post) -> None:
        """Take it down, or off the network's schedule. What is not there any more is taken down."""

    def look_up(self, post: Post) -> Published | None:
        """What the network has of this post, for a schedule that has passed or an answer that was lost; None: unknown."""
        return None
