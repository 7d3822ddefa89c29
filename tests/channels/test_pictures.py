"""Uploaded images are kept and served; nothing else is."""

import pytest
from django.http import Http404
from django.test import RequestFactory

from campaigns import images
from campaigns.blocks import ContentError
from channels.pictures import picture_view

PNG = b"\x89PNG\r\n\x1a\n rest"


def get(path: str):
    return picture_view(RequestFactory().get(f"/media/{path}"), path)


def test_an_uploaded_image_is_served_and_may_be_kept_for_ever():
    source = images.save(PNG)
    answer = get(source.removeprefix("media/"))
    assert answer.content == PNG
    assert answer["Content-Type"] == "image/png"
    assert "immutable" in answer["Cache-Control"]


def test_the_same_image_has_one_name_and_another_one_another():
    assert images.save(PNG) == images.save(PNG)
    assert images.save(PNG) != images.save(PNG + b"x")


def test_an_image_is_judged_by_its_content():
    assert images.save(b"\xff\xd8\xff\xe0").endswith(".jpg")
    with pytest.raises(ContentError, match="neither a PNG nor a JPEG"):
        images.save(b"<svg onload='alert(1)'/>")


def test_an_upload_that_is_too_large_is_refused():
    with pytest.raises(ContentError, match="larger than 5 MB"):
        images.save(PNG + bytes(images.LARGEST))


@pytest.mark.parametrize("path", ["nothing.png", "../secret-key", "calls/list.csv", "page.png"])
def test_nothing_else_is_served(path, settings):
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "page.png").write_text("<html>")
    with pytest.raises(Http404):
        get(path)
