"""The library: described in every language, found where it is used, archived and deleted."""

import pytest
from django.db import IntegrityError, transaction

from campaigns import assets
from campaigns.content_error import ContentError
from campaigns.models import Asset, ContentVersion
from tests import builders

from .files import VIDEO, picture

pytestmark = pytest.mark.django_db
TEXTS = {"de": "Ein Garten", "en": "A garden"}
IMAGE = {"id": "image", "type": "image", "source": "static/campaigns/garden.png", "alt": "x"}


@pytest.fixture
def garden() -> Asset:
    return assets.add(picture(), name="garden.png")


def test_the_same_file_is_one_asset_and_comes_out_of_the_archive(garden: Asset) -> None:
    assets.archive(garden)
    again = assets.add(picture(), name="another name.png")
    assert (again.pk, again.name, again.archived_at) == (garden.pk, "garden", None)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\Users\\me\\Sommer Garten.JPG", "Sommer Garten"),
        ("../../etc/passwd", "passwd"),
        ("", "Without a name"),
        ("x" * 300 + ".png", "x" * 120),
        ("a\0b.png", "ab"),
    ],
)
def test_an_asset_is_named_after_its_file(name: str, kept: str) -> None:
    assert assets.add(picture(), name=name).name == kept


def test_an_alternative_text_is_said_in_the_persons_language_else_in_our_own(garden: Asset) -> None:
    assets.describe(garden, {"de": "Ein  Garten\n", "en": "A garden"})
    said = [assets.alt(garden.source, language) for language in ("en", "en-GB", "fr", "", "de_AT")]
    assert said == ["A garden", "A garden", "Ein Garten", "Ein Garten", "Ein Garten"]
    assert assets.alt("static/campaigns/garden.png", "de") == ""


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"de": "x"}, "alternative_texts.en: is required"),
        ({"de": "x", "en": " \n"}, "alternative_texts.en: is required"),
        (TEXTS | {"en": "x" * 201}, "alternative_texts.en: is longer than 200"),
        (TEXTS | {"fr": "x"}, "alternative_texts.fr: is no language"),
    ],
)
def test_what_is_missing_or_wrong_in_the_texts_is_said(garden: Asset, texts: dict[str, str], reason: str) -> None:
    with pytest.raises(ContentError, match=reason):
        assets.describe(garden, texts)
    assert Asset.objects.get().alternative_texts == {}


def test_a_company_with_one_language_writes_one_text(garden: Asset, settings) -> None:
    settings.ASSET_LANGUAGES = ["de"]
    assets.describe(garden, {"de": "Ein Garten"})
    assert list(Asset.objects.ready()) == [garden]


@pytest.mark.parametrize(
    "block",
    [
        lambda source: IMAGE | {"source": source},
        lambda source: IMAGE | {"overrides": {"banner": {"source": source}}},
        lambda source: IMAGE | {"languages": {"en": {"source": source}}},
        lambda source: IMAGE | {"languages": {"en": {"overrides": {"banner": {"source": source}}}}},
    ],
)
def test_it_is_found_wherever_a_content_shows_it(garden: Asset, block) -> None:
    builders.content([IMAGE | {"alt": f"like {garden.source}"}])
    showing = builders.content([block(garden.source)])
    assert list(assets.used_in(garden)) == [showing]


def test_what_is_shown_or_was_sent_is_not_deleted(garden: Asset) -> None:
    content = builders.content([IMAGE])
    ContentVersion.objects.create(content=content, number=99, blocks=[IMAGE | {"source": garden.source}])
    assert assets.is_used(garden)
    with pytest.raises(ContentError, match="can only be archived"):
        assets.delete(garden)
    assert assets.read(garden.source)


@pytest.mark.parametrize("wrong", [{"focal_x": 1.5}, {"focal_y": -0.1}, {"focal_x": float("nan")}, {"width": 0}])
def test_the_database_refuses_what_makes_no_sense(garden: Asset, wrong: dict[str, float]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Asset.objects.update(**wrong)


@pytest.mark.parametrize("is_in_library", [True, False])
def test_a_video_says_what_a_player_needs(is_in_library: bool) -> None:
    source = assets.add(VIDEO, name="film.mp4").source if is_in_library else assets.save(VIDEO)
    found = assets.facts(source)
    assert (found.kind, found.media_type, found.width, found.height) == ("video", "video/mp4", 64, 36)
    assert (found.seconds, found.size) == (1.0, len(VIDEO))


def test_a_picture_that_is_shipped_says_what_it_is() -> None:
    found = assets.facts("static/campaigns/garden.png")
    assert (found.kind, found.media_type, found.width, found.height, found.seconds) == (
        "image",
        "image/png",
        1200,
        600,
        None,
    )


def test_a_video_is_no_image_of_a_block() -> None:
    with pytest.raises(ContentError, match="neither a PNG nor a JPEG"):
        assets.check(assets.save(VIDEO), path="blocks[0].source")
