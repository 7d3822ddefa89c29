"""The library: assets are added once, described in every language, and archived rather than deleted while used."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from .. import languages
from ..content_error import ContentError
from ..models import Asset, AssetKind, Content, ContentVersion, Product
from . import pictures, sources, storage, videos

LONGEST_TEXT = 200
MOST_WORDS = 10  # of a search


class ShowsSource(Func):
    """Whether the blocks in a column name a source anywhere."""

    template = "jsonb_path_exists(%(expressions)s)"
    arg_joiner = ", '$.** ? (@ == $source)', "
    output_field = BooleanField()


@dataclass(frozen=True)
class Kept:
    """A file that is kept, and what it is."""

    source: str
    kind: AssetKind
    width: int
    height: int
    size: int  # bytes
    media_type: str
    seconds: float | None


def save(data: bytes) -> str:
    """Keep a picture or video; returns its source. The same file has the same name for ever.

    Raises ContentError with the reason for what is neither, broken, or too large.
    """
    return keep(data).source


def keep(data: bytes) -> Kept:
    """`save`, and what the file is."""
    is_video = sources.kind(data) == "mp4" and data[8:12] not in pictures.BRANDS
    return _video(data) if is_video else _picture(data)


def add(data: bytes, *, name: str, by: AbstractBaseUser | None = None) -> Asset:
    """Put a file into the library, or take out of the archive the asset that has been made of the same file.

    It can be used once its alternative texts are written. Raises ContentError like `save`.
    """
    kept = keep(data)
    facts = {key: getattr(kept, key) for key in ("kind", "width", "height", "size", "media_type", "seconds")}
    named = PurePath(name.replace("\\", "/")).stem[:120].replace("\0", "").strip() or "Without a name"
    asset, is_new = Asset.objects.get_or_create(source=kept.source, defaults=facts | {"name": named, "uploaded_by": by})
    if not is_new and asset.archived_at:
        restore(asset)
    return asset


def describe(asset: Asset, texts: Mapping[str, str]) -> None:
    """Write the alternative texts, by language. Raises ContentError as `checked` does."""
    asset.alternative_texts = checked(texts)
    asset.save(update_fields=["alternative_texts"])


def checked(texts: Mapping[str, str]) -> dict[str, str]:
    """Alternative texts, each in one line. Raises ContentError for the first that is missing, longer than 200 characters,
    or in a language that is not asked for."""
    said = {language: " ".join(text.replace("\0", "").split()) for language, text in texts.items()}
    for language in settings.ASSET_LANGUAGES:
        if not said.get(language):
            raise ContentError(f"alternative_texts.{language}", "is required")
    for language, text in said.items():
        path = f"alternative_texts.{language[:10]}"
        if language not in settings.ASSET_LANGUAGES:
            raise ContentError(path, "is no language of this library")
        if len(text) > LONGEST_TEXT:
            raise ContentError(path, f"is longer than {LONGEST_TEXT} characters")
    return said


def facts(source: str) -> Kept:
    """What a picture or video is, as the library knows it or else as its file says. Raises ContentError."""
    asset = Asset.objects.filter(source=source).first()
    if asset:
        kind = AssetKind(asset.kind)
        return Kept(source, kind, asset.width, asset.height, asset.size, asset.media_type, asset.seconds)
    with sources.opened(source) as file:
        data = file.read(sources.LARGEST_VIDEO + 1)
    if sources.kind(data) == "mp4":
        made = videos.clean(data, path=source)
        return Kept(source, AssetKind.VIDEO, made.width, made.height, len(data), sources.TYPES["mp4"], made.seconds)
    width, height = sources.pixels(source)
    return Kept(source, AssetKind.IMAGE, width, height, len(data), sources.TYPES[sources.kind(data)], None)


def search(words: str = "", *, kind: str = AssetKind.IMAGE) -> QuerySet[Asset]:
    """Assets that contents may take, newest first, with all the words in the name, an alternative text or the credit."""
    found = Asset.objects.ready().filter(kind=kind)
    for word in words.replace("\0", "").split()[:MOST_WORDS]:
        found = found.filter(Q(name__icontains=word) | Q(alternative_texts__icontains=word) | Q(credit__icontains=word))
    return found


def alt(source: str, language: str = "") -> str:
    """The alternative text in this language, else in the company's own; empty for what is not in the library."""
    texts = Asset.objects.filter(source=source).values_list("alternative_texts", flat=True).first() or {}
    return texts.get(languages.primary(language)) or texts.get(languages.own()) or next(iter(texts.values()), "")


def used_in(asset: Asset) -> QuerySet[Content]:
    """The contents that show it in any block, override or language."""
    return Content.objects.filter(_shows(asset)).order_by("name")


def sent_in(asset: Asset) -> QuerySet[ContentVersion]:
    """The approved versions that show it: what was sent must be shown for ever."""
    return ContentVersion.objects.filter(_shows(asset))


def is_used(asset: Asset) -> bool:
    """By a content, an approved version, or a product of the shop."""
    return used_in(asset).exists() or sent_in(asset).exists() or Product.objects.filter(source=asset.source).exists()


def archive(asset: Asset) -> None:
    """No content takes it any more; those that show it go on doing so."""
    Asset.objects.filter(pk=asset.pk, archived_at=None).update(archived_at=timezone.now())
    asset.refresh_from_db(fields=["archived_at"])


def restore(asset: Asset) -> None:
    Asset.objects.filter(pk=asset.pk).update(archived_at=None)
    asset.archived_at = None


def delete(asset: Asset) -> None:
    """The asset, its file and its crops. Raises ContentError while a content, an approved version or a product shows it."""
    if is_used(asset):
        raise ContentError("asset", "is shown by contents or products or was sent, so it can only be archived")
    name = asset.source.removeprefix("media/")
    asset.delete()
    transaction.on_commit(lambda: storage.remove(f"crops/{PurePath(name).stem}", name))


def _shows(asset: Asset) -> Func:
    return ShowsSource(F("blocks"), JSONObject(source=Value(asset.source, TextField())))


def _picture(data: bytes) -> Kept:
    made = pictures.clean(data)
    source = _keep_as("images", made.data, made.kind)
    return Kept(source, AssetKind.IMAGE, made.width, made.height, len(made.data), sources.TYPES[made.kind], None)


def _video(data: bytes) -> Kept:
    made = videos.clean(data)
    source = _keep_as("videos", made.data, "mp4")
    return Kept(source, AssetKind.VIDEO, made.width, made.height, len(data), sources.TYPES["mp4"], made.seconds)


def _keep_as(folder: str, data: bytes, ending: str) -> str:
    name = f"{folder}/{hashlib.sha256(data).hexdigest()[:32]}.{ending}"
    storage.keep(name, data)
    return f"media/{name}"
