"""The languages in which a content can be written: those in which the platform's own phrases and salutations exist."""

from collections.abc import Collection
from functools import lru_cache

from django.conf import settings

LANGUAGES = {"de": "German", "en": "English"}


def own() -> str:
    """The company's own, in which the base of every content is written."""
    return settings.CONTENT_LANGUAGE


@lru_cache(maxsize=1024)
def primary(tag: str) -> str:
    """The language of a tag: en of en-GB."""
    return tag.strip().lower().replace("_", "-").partition("-")[0]


def chosen(wanted: object, existing: Collection[str] = tuple(LANGUAGES)) -> str:
    """The person's language where it exists, else the company's own."""
    language = primary(wanted) if isinstance(wanted, str) else ""
    return language if language in existing else own()
