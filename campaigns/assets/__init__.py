"""The asset library: pictures and videos that contents show, uploaded once.

Blocks name an asset by its source, `media/images/<hash>.png|jpg`, `media/videos/<hash>.mp4` or, for what is shipped,
`static/…`. Names never change their meaning, so everything may be kept for ever by whoever fetched it. Files lie in
the storage `assets` of the setting STORAGES, a folder or an object store; nothing here assumes a local disk.

    add(data, name=, by=) -> Asset            into the library; `save(data) -> source` keeps the file alone
    check(source, path=), read(source), url(source), kind(data), size(source) -> (width, height)
    crop(source, width, height) -> source     around the focal point, never larger than the original; `fits` tells
    alt(source, language) -> str              falls back to the company's own language
    facts(source) -> Kept                     kind, width, height, bytes, media type, and the seconds of a video
    describe, archive, restore, delete, used_in, sent_in, is_used: what staff do with an asset, and who shows it

All raise ContentError with the reason for what is no asset of ours.

The picker, for editors: GET `admin:campaigns_asset_pick` (/admin/campaigns/asset/pick/) with `q` (words of the name,
alternative texts or credit), `kind` (`image`, the default, or `video`) and `page` (from 1), for who may view assets:

    {"assets": [{"id": 7, "source": "media/images/….jpg", "kind": "image", "name": "Garden",
                 "alt": {"de": "…", "en": "…"}, "width": 3000, "height": 2000, "seconds": null,
                 "focal": [0.5, 0.3], "credit": "…", "url": "/media/…", "thumbnail": "/media/crops/…",
                 "change_url": "/admin/…"}],
     "page": 1, "more": false}

It shows only assets that may be used: not archived, with all their alternative texts. POST `file` (one or several, with
the CSRF token) to `admin:campaigns_asset_upload` (/admin/campaigns/asset/upload/), for who may add assets, answers
{"assets": [as above, with "missing": ["de", "en"] for alternative texts still to be written], "errors": [{"name": "x.svg",
"error": "It is …"}]}, with status 400 if no file was kept; POST `alt_de`, `alt_en` to
`admin:campaigns_asset_describe` (/admin/campaigns/asset/<id>/describe/) writes those and answers {"asset": {…}} or, with
status 400, {"error": "…"}.
"""

from .crops import crop, fits, size, window
from .library import (
    LONGEST_TEXT,
    Kept,
    add,
    alt,
    archive,
    checked,
    delete,
    describe,
    facts,
    is_used,
    restore,
    save,
    search,
    sent_in,
    used_in,
)
from .sources import LARGEST, SOURCE, check, check_video, kind, read, url

__all__ = [
    "LARGEST",
    "LONGEST_TEXT",
    "SOURCE",
    "Kept",
    "add",
    "alt",
    "archive",
    "check",
    "check_video",
    "checked",
    "crop",
    "delete",
    "describe",
    "facts",
    "fits",
    "is_used",
    "kind",
    "read",
    "restore",
    "save",
    "search",
    "sent_in",
    "size",
    "url",
    "used_in",
    "window",
]
