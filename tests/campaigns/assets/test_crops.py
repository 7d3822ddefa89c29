"""Crops: around the focal point, of exactly the asked size, never enlarged, made once."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns import assets
from campaigns.assets import storage
from campaigns.content_error import ContentError
from campaigns.models import Asset

from .files import opened, picture

EDGES = st.integers(1, 12_000)
ASKED = st.integers(1, 10_000)
SHARE = st.integers(0, 1000)
GARDEN = "static/campaigns/garden.png"


@given(st.tuples(EDGES, EDGES), st.tuples(ASKED, ASKED), st.tuples(SHARE, SHARE))
@example((100, 100), (301, 100), (0, 1000))
@example((1, 1), (10_000, 1), (500, 500))
@example((2000, 10), (10, 2000), (1000, 0))
def test_a_crop_holds_the_focal_point_has_the_asked_size_and_is_never_enlarged(original, asked, focal) -> None:
    part = assets.window(original, asked, focal)
    assert 0 <= part.left <= original[0] * focal[0] / 1000 + 0.5 <= part.left + part.width + 1
    assert 0 <= part.top <= original[1] * focal[1] / 1000 + 0.5 <= part.top + part.height + 1
    assert part.left + part.width <= original[0]
    assert part.top + part.height <= original[1]
    assert part.shown_width <= part.width
    assert part.shown_height <= part.height
    is_large_enough = asked[0] <= original[0] and asked[1] <= original[1]
    assert part.is_short is not is_large_enough
    assert ((part.shown_width, part.shown_height) == asked) or not is_large_enough


@given(st.tuples(EDGES, EDGES), st.tuples(ASKED, ASKED))
def test_a_crop_has_the_asked_shape_to_a_pixel_and_wastes_nothing(original, asked) -> None:
    part = assets.window(original, asked)
    assert part.width == original[0] or part.height == original[1]
    assert abs(part.width - part.height * asked[0] / asked[1]) <= max(1, asked[0] / asked[1])


def test_the_focal_point_is_in_the_middle_where_there_is_room() -> None:
    part = assets.window((1000, 500), (200, 500), (300, 500))
    assert (part.left, part.width) == (200, 200)


@pytest.mark.parametrize("asked", [(0, 10), (10, -1), (10_001, 10)])
def test_a_size_that_makes_no_sense_is_refused(asked: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="a crop must have 1 to 10000 pixels"):
        assets.window((100, 100), asked)


@pytest.fixture
def half_red(db: None) -> Asset:
    return assets.add(picture(200, 100, colour="red", kind="JPEG", quality=95), name="half.jpg")


def focus(asset: Asset, x: float) -> None:
    asset.focal_x = x
    asset.save()


@pytest.mark.parametrize(("x", "is_red"), [(0.1, True), (0.9, False)])
def test_what_is_cut_out_is_what_the_focal_point_says(half_red: Asset, x: float, is_red: bool) -> None:
    focus(half_red, x)
    shown = opened(assets.read(assets.crop(half_red.source, 40, 80)))
    assert shown.size == (40, 80)
    assert (shown.getpixel((20, 40))[0] > 200) is is_red


def test_another_focal_point_gives_another_name_and_the_old_crop_stays(half_red: Asset) -> None:
    before = assets.crop(half_red.source, 40, 80)
    kept = assets.read(before)
    focus(half_red, 0.9)
    assert assets.crop(half_red.source, 40, 80) != before
    assert assets.read(before) == kept


def test_a_crop_is_made_once(half_red: Asset, monkeypatch) -> None:
    first = assets.crop(half_red.source, 40, 80)
    monkeypatch.setattr("campaigns.assets.crops.encode", None)
    assert assets.crop(half_red.source, 40, 80) == first


def test_what_is_too_small_keeps_its_shape_in_fewer_pixels_and_says_so(half_red: Asset) -> None:
    assert not assets.fits(half_red.source, 400, 400)
    assert assets.size(assets.crop(half_red.source, 400, 400)) == (100, 100)
    assert assets.fits(half_red.source, 200, 100)


def test_a_picture_that_has_the_shape_already_is_its_own_crop(half_red: Asset) -> None:
    assert assets.crop(half_red.source, 400, 200) == half_red.source


def test_what_shines_through_does_so_in_the_crop(db: None) -> None:
    source = assets.save(picture(100, 100, mode="RGBA", colour=(255, 0, 0, 90)))
    assert opened(assets.read(assets.crop(source, 10, 20))).mode == "RGBA"


def test_what_is_shipped_is_cropped_around_its_middle(db: None) -> None:
    made = assets.crop(GARDEN, 30, 60)
    assert made.startswith("media/crops/")
    assert assets.size(made) == (30, 60)


@pytest.mark.parametrize("source", ["media/images/none.png", "media/../x.png", "https://elsewhere.example/x.png", ""])
def test_what_is_no_image_of_ours_has_no_crop(db: None, source: str) -> None:
    with pytest.raises(ContentError):
        assets.crop(source, 10, 10)


def test_a_deleted_asset_takes_its_crops_along(half_red: Asset, django_capture_on_commit_callbacks) -> None:
    made = assets.crop(half_red.source, 40, 80)
    with django_capture_on_commit_callbacks(execute=True):
        assets.delete(half_red)
    assert not any(storage.place().exists(source.removeprefix("media/")) for source in (made, half_red.source))
