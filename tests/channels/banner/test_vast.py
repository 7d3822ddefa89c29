"""A video for players: VAST 4.2 valid by the standard, our own file, our own links."""

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import xmlschema
from defusedxml import ElementTree

from campaigns import assets
from campaigns.blocks import ContentError, check
from channels.banner import vast
from channels.banner.render import compile_banner, render
from tests import builders
from tests.campaigns.assets.files import VIDEO

pytestmark = pytest.mark.django_db
SPACE = {"v": "http://www.iab.com/VAST"}
SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("vast_4_2.xsd"))


def content(**image) -> list[dict]:
    video = {"id": "v", "type": "image", "source": "static/campaigns/garden.png", "alt": "Garten"}
    return [*builders.BLOCKS, video | {"video": assets.save(VIDEO)} | image]


def document(part: str = "vast", blocks=None, **fields) -> Element:
    return ElementTree.fromstring(render(blocks or content(), builders.message_fields(**fields)).parts[part])


def test_what_players_get_is_valid():
    parts = render(
        content(), builders.message_fields(impression_url="https://steering.example.com/t/s/token.gif")
    ).parts
    for xml in (parts["vast"], parts["vast_wrapper"], vast.NOTHING):
        SCHEMA.validate(xml)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<Impression>about:blank</Impression>", "<Impression></Impression>"),
        ("<Impression>about:blank</Impression>", ""),
        ('version="4.2"', 'version="2.0"'),
        ("<VASTAdTagURI>", "<Creatives/><VASTAdTagURI>"),
    ],
)
def test_the_schema_would_notice(right, wrong):
    xml = render(content(), builders.message_fields()).parts["vast_wrapper"]
    assert right in xml
    assert not SCHEMA.is_valid(xml.replace(right, wrong))


def test_where_nothing_is_to_be_counted_players_are_told_so():
    for part in ("vast", "vast_wrapper"):
        assert document(part).findtext(".//v:Impression", namespaces=SPACE) == "about:blank"


def test_the_file_is_ours_and_described():
    file = document().find(".//v:MediaFile", SPACE)
    assert file.attrib == {
        "delivery": "progressive", "type": "video/mp4", "width": "64", "height": "36",
        "fileSize": str(len(assets.sources.opened(content()[-1]["video"]).read())), "codec": "avc1",
    }  # fmt: skip
    assert file.text == assets.url(content()[-1]["video"])
    assert document().findtext(".//v:Duration", namespaces=SPACE) == "00:00:01.000"


def test_impression_and_click_lead_to_us():
    root = document(impression_url="https://steering.example.com/t/s/token.gif")
    assert root.findtext(".//v:Impression", namespaces=SPACE) == "https://steering.example.com/t/s/token.gif"
    assert root.findtext(".//v:ClickThrough", namespaces=SPACE) == "https://steering.example.com/t/c/shop"


def test_texts_are_escaped():
    blocks = [{"id": "h", "type": "headline", "text": "A & <b>"}, content()[-1]]
    assert document(blocks=blocks).findtext(".//v:AdTitle", namespaces=SPACE) == "A & <b>"


def test_every_serving_has_an_id_of_its_own():
    one, other = (document().findtext(".//v:AdServingId", namespaces=SPACE) for _ in range(2))
    assert one != other


def test_without_a_video_there_is_none():
    assert not {"vast", "vast_wrapper"} & render(builders.BLOCKS, builders.message_fields()).parts.keys()
    assert "video" not in compile_banner(builders.BLOCKS).creatives


def test_nothing_is_a_whole_answer():
    root = ElementTree.fromstring(vast.NOTHING.encode())
    assert (root.tag, len(root)) == ("{http://www.iab.com/VAST}VAST", 0)


@pytest.mark.parametrize(
    "video", ["static/campaigns/garden.png", "media/videos/none.mp4", "https://elsewhere.example/x.mp4"]
)
def test_what_is_no_video_of_ours_is_refused(video):
    with pytest.raises(ContentError, match=r"video"):
        check(content(video=video))
