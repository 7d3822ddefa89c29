"""Every channel of the platform, explicitly. A new one is a folder and a line here."""

from functools import cache
from importlib import import_module

from .base import Channel

CHANNELS = {
    "email": "channels.email.channel.EmailChannel",
    "banner": "channels.banner.channel.BannerChannel",
    "social": "channels.social.channel.SocialChannel",
    "print_mailing": "channels.print_mailing.channel.PrintMailingChannel",
    "direct_post": "channels.direct_post.channel.DirectPostChannel",
}


@cache
def get(name: str) -> Channel:
    """The channel of this name. Raises KeyError for a name that is not registered."""
    module, _, class_name = CHANNELS[name].rpartition(".")
    return getattr(import_module(module), class_name)()


def every() -> list[Channel]:
    return [get(name) for name in CHANNELS]


def choices() -> list[tuple[str, str]]:
    """For form fields."""
    return [(channel.name, channel.label) for channel in every()]
