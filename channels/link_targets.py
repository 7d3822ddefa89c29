"""Where a link of a message leads in the end, marked by the convention of its campaign."""

import time
from functools import lru_cache

from django.conf import settings

from campaigns import link_marks
from campaigns.models import Campaign, ContentVersion

SECONDS_KEPT = 30  # after which a changed convention is seen


def marked(target: str, *, campaign_id: int, wave: int, channel: str, version_id: int | None, block_id: str) -> str:
    convention, name = _campaign(campaign_id, int(time.monotonic() // SECONDS_KEPT))
    content = _content(version_id) if version_id else ""
    return _marked(target, convention, name, (campaign_id, wave, channel, content, block_id))


@lru_cache(maxsize=4096)
def _marked(target: str, convention: str, name: str, about: tuple[int | str, ...]) -> str:
    """Everybody of a wave follows the same few links."""
    campaign, wave, channel, content, block = map(str, about)
    places = {"campaign": campaign, "wave": wave, "channel": channel, "content": content, "block": block}
    return link_marks.marked(target, convention, places | {"campaign_name": name})


@lru_cache(maxsize=256)
def _campaign(campaign_id: int, _: int) -> tuple[str, str]:
    """The convention, and the name as it stands in links."""
    own, name = Campaign.objects.values_list("link_marks", "name").get(pk=campaign_id)
    return own or settings.LINK_MARKS, link_marks.name_in_links(name)


@lru_cache(maxsize=1024)
def _content(version_id: int) -> int:
    return ContentVersion.objects.values_list("content_id", flat=True).get(pk=version_id)
