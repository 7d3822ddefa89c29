"""Names of what a customer can be given: a channel with one content (`email/12`), or a channel whatever it says (`email`)."""

from campaigns.models import Option


def name(channel: str, content_id: int | None = None) -> str:
    return channel if content_id is None else f"{channel}/{content_id}"


def channel_of(treatment: str) -> str:
    return treatment.partition("/")[0]


def content_of(treatment: str) -> int | None:
    """The content's id; None: whatever the channel says."""
    content = treatment.partition("/")[2]
    return int(content) if content else None


def of_option(option: Option) -> str:
    """What an option is learned as. One that compares contents gives no single one of them: the channel whatever it says."""
    if getattr(option, "comparison", None) is not None:
        return name(option.channel)
    return name(option.channel, option.content_id or option.campaign.content_id)
