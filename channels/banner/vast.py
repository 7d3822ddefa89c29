"""A content's video for players and connected TV: VAST 4.2 (IAB Tech Lab, 2019).

The file is ours, the impression and the click go through our tracking links, and what is shown is decided when the player
asks. Nobody in particular gets an empty answer, upon which players show what they show to everybody.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from campaigns import assets

from ..compiled import Blocks, Brand, Compiled, Fields, Marks, Slot, escape_html, lay_out, shown_if

PATH = "/banner/vast"
# What the standard has instead of an address where nothing is to be counted.
UNCOUNTED = "about:blank"
TYPE = "text/xml; charset=utf-8"
NOTHING = '<?xml version="1.0" encoding="UTF-8"?>\n<VAST xmlns="http://www.iab.com/VAST" version="4.2"/>\n'


def compile_video(among: Mapping[str, Blocks], own: Brand) -> Compiled | None:
    """Of blocks by type; the first picture for all that has a video is shown. None where none has."""
    images = [block for block in among["image"] if block.get("video") and not block.get("only_if")]
    if not images:
        return None
    video = assets.facts(images[0]["video"])
    marks = Marks(escape_html)
    headlines = [block for block in among["headline"] if not block.get("only_if")]
    page = lay_out(
        "banner/templates/vast.xml",
        brand=own,
        title=marks.text(headlines[0], "text") if headlines else own.name,
        serving_id=marks.slot(lambda fields: str(uuid.uuid4())),
        creative_id=video.source.rsplit("/", 1)[-1].partition(".")[0],
        impression_url=marks.slot(_impression),
        click_url=marks.slot(_click(among["call_to_action"], images)),
        duration=_duration(video.seconds or 0),
        video=video,
        video_url=assets.url(video.source),
    )
    return marks.compile(page)


def wrapper(tag_url: str, own: Brand) -> str:
    """What another ad server is given: it sends players on to our own address, which decides for each viewer.

    Nothing is counted by the wrapper: whose impression it is, only that answer knows, and it brings its own links.
    """
    return lay_out("banner/templates/vast_wrapper.xml", brand=own, tag_url=tag_url, no_impression=UNCOUNTED)


def _impression(fields: Fields) -> str:
    return str(fields.get("impression_url") or UNCOUNTED)


def _click(actions: Blocks, images: Sequence[Mapping[str, Any]]) -> Slot:
    def link(fields: Fields) -> str:
        targets = [block["id"] for block in (*actions, *images) if block.get("url") and shown_if(block)(fields)]
        links = fields.get("links", {})
        return str(next((links[id_] for id_ in targets if links.get(id_)), None) or fields["link"])

    return link


def _duration(seconds: float) -> str:
    """HH:MM:SS.mmm"""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
