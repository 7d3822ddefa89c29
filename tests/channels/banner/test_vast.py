"""A video for players: VAST 4.2 as the standard orders it, our own file, our own links."""

from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree

from campaigns import assets
from campaigns.blocks import ContentError, check
from channels.banner import vast
from channels.banner.render import compile_banner, render
from tests import builders
from tests.campaigns.assets.files import VIDEO

pytestmark = pytest.mark.django_db
SPACE = {"v": "http://www.iab.com/VAST"}
# Sequences of the XML Schema of VAST 4.2, as far as we use them.
ORDER = {
    "InLine": ["AdSystem", "Impression", "AdServingId", "AdTitle", "Advertiser", "Creatives"],
    "Wrapper": ["AdSystem", "Impression", "VASTAdTagURI"],
    "Creative": ["Linear", "UniversalAdId"],
    "Linear": ["Duration", "MediaFiles", "VideoClicks"],
}


def content(**image) -> list[dict]:
    video = {"id": "v", "type": "image", "source": "static/campaigns/garden.png", "alt": "Garten"}
    return [*builders.BLOCKS, video | {"video": assets.save(VIDEO)} | image]


def document(part: str = "vast", blocks=None, **fields) -> Element:
    return ElementTree.fromstring(render(blocks or content(), builders.message_fields(**fields)).parts[part])


def test_its_elements_stand_in_the_order_of_the_standard():
    for root in (document(), document("vast_wrapper")):
        assert root.tag == "{http://www.iab.com/VAST}VAST"
        assert root.get("version") == "4.2"
        for name, order in ORDER.items():
            for element in root.iter(f"{{http://www.iab.com/VAST}}{name}"):
                assert [child.tag.partition("}")[2] for child in element] == order


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
