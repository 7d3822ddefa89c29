"""A focal point that was moved shows in what is made from then on."""

import io
import re

import pytest
from PIL import Image

from campaigns import assets
from campaigns.blocks import references
from campaigns.models import Asset
from channels.email.render import render
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_each_time(settings):
    settings.NAMED_KEPT_SECONDS = 0
    references.KEPT.clear()


@pytest.fixture
def source() -> str:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((1500, 1500)).save(file, "PNG")
    return assets.add(file.getvalue(), name="Garten").source


def picture(*blocks: dict) -> str:
    html = str(render([builders.BLOCKS[0], *blocks], builders.message_fields()).parts["html"])
    return re.search(r"media/crops/\S+?\.png", html)[0]


def test_a_moved_focal_point_cuts_the_picture_anew(source):
    block = {"id": "i", "type": "image", "alt": "Garten", "source": source}
    before = picture(block)
    assert picture(block) == before
    Asset.objects.update(focal_y=0.02)
    assert picture(block) != before


def test_pictures_of_products_too():
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((1500, 800)).save(file, "PNG")
    source = assets.add(file.getvalue(), name="Garten").source
    block = {"id": "l", "type": "product_list", "products": [{"name": "Bank", "source": source}]}
    before = picture(block)
    Asset.objects.update(focal_x=0.02)
    assert picture(block) != before
