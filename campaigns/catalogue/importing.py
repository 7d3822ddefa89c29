"""A feed becomes products: all of it, or nothing and what is wrong with which row. Pictures come from the library."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from campaigns import assets
from campaigns.content_error import ContentError
from campaigns.importing import ImportRefused, readers
from campaigns.models import Product

from .rows import NEEDED, FeedError, Row, rows_of

Pictures = Mapping[str, Path]  # by the name that ends an image_link
AT_ONCE = 1000
MOST_TOLD = 100
LARGEST = 200 * 1024 * 1024  # bytes of a feed
COLUMNS = ("sku", "title", "description", "price_cents", "currency", "url", "source", "is_available")
STAGE = f"""
    DROP TABLE IF EXISTS pg_temp.import_product;
    CREATE TEMP TABLE import_product ON COMMIT DROP AS SELECT {", ".join(COLUMNS)} FROM campaigns_product WITH NO DATA
"""  # noqa: S608
CHANGED = " OR ".join(f"p.{name} IS DISTINCT FROM i.{name}" for name in COLUMNS)
# What changes ends, and begins anew; who looks back at a message finds what was true then.
END = f"""
    UPDATE campaigns_product p SET until = %(now)s FROM import_product i
    WHERE p.until IS NULL AND p.sku = i.sku AND ({CHANGED})
"""  # noqa: S608
BEGIN = f"""
    INSERT INTO campaigns_product ({", ".join(COLUMNS)}, since)
    SELECT {", ".join(f"i.{name}" for name in COLUMNS)}, %(now)s FROM import_product i
    WHERE NOT EXISTS (SELECT 1 FROM campaigns_product p WHERE p.until IS NULL AND p.sku = i.sku)
"""  # noqa: S608
# Those that a whole range does not name any more are kept, as not available.
GONE = f"""
    INSERT INTO import_product ({", ".join(COLUMNS)})
    SELECT {", ".join("false" if name == "is_available" else name for name in COLUMNS)} FROM campaigns_product p
    WHERE p.until IS NULL AND p.is_available
      AND NOT EXISTS (SELECT 1 FROM import_product i WHERE i.sku = p.sku)
"""  # noqa: S608


@dataclass
class Imported:
    """`without_picture`: of products that are kept without one, the row and why; the first of them."""

    products: int = 0
    changed: int = 0
    gone: int = 0
    without_picture: list[str] = field(default_factory=list)


def read(path: Path, *, name: str = "", pictures: Pictures | None = None, is_whole: bool = False) -> Imported:
    """Bring products up to date from a feed (CSV, TSV, JSON lines, XLSX) with Google Merchant Center's column names.

    `is_whole`: the feed names the whole range, so what it does not name is no longer available. Raises FeedError.
    """
    told = Imported()
    finder = _Pictures(pictures or {}, told)
    problems: list[str] = []
    with transaction.atomic():
        try:
            _stage(rows_of(_rows(path, name or path.name), problems), finder, problems, told)
        except ImportRefused as refusal:
            raise FeedError([str(refusal)]) from refusal
        if problems or not told.products:
            raise FeedError(problems[:MOST_TOLD] or ["the feed has no products"])
        _take(told, is_whole=is_whole, now=timezone.now())
    return told


def _rows(path: Path, name: str) -> Iterator[readers.Row]:
    if path.stat().st_size > LARGEST:
        raise FeedError([f"the feed is larger than {LARGEST // 1024 // 1024} MB"])
    is_plain = Path(name).suffix.lower() in (".csv", ".txt", ".tsv")
    definition = {"delimiter": readers.delimiter(path)} if is_plain else {}
    return readers.rows(path, definition, needed=NEEDED, name=name)


def _stage(rows: Iterator[Row], finder: "_Pictures", problems: list[str], told: Imported) -> None:
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        while some := list(islice(rows, AT_ONCE)):
            told.products += len(some)
            if len(problems) >= MOST_TOLD:
                return
            if not problems:
                made = [_values(row, finder.source(row)) for row in some]
                with cursor.copy(f"COPY import_product ({', '.join(COLUMNS)}) FROM STDIN") as target:
                    for one in made:
                        target.write_row(one)


def _values(row: Row, source: str) -> tuple:
    return (
        row.sku, row.title, row.description, row.price_cents, row.currency, row.url, source, row.is_available,
    )  # fmt: skip


def _take(told: Imported, *, is_whole: bool, now: datetime) -> None:
    """One import at a time: the second would end what the first has just begun."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE campaigns_product IN SHARE ROW EXCLUSIVE MODE")
        if is_whole:
            cursor.execute(GONE)
            told.gone = cursor.rowcount
        cursor.execute(END, {"now": now})
        cursor.execute(BEGIN, {"now": now})
        told.changed = cursor.rowcount


class _Pictures:
    """Finds a product's picture: one of ours, or a file that came with the feed. Nothing is fetched from elsewhere."""

    def __init__(self, files: Pictures, told: Imported) -> None:
        self._files, self._told = files, told

    def source(self, row: Row) -> str:
        """Empty where there is none; why is told."""
        if not row.image:
            return ""
        for find in (self._ours, self._given, self._as_before):
            try:
                if source := find(row):
                    return source
            except (ContentError, OSError) as error:
                return self._refused(row, f"{getattr(error, 'reason', 'cannot be read')}")
        return self._refused(row, "is not in the library, and no file of this name came with the feed")

    def _refused(self, row: Row, reason: str) -> str:
        if len(self._told.without_picture) < MOST_TOLD:
            self._told.without_picture.append(f"row {row.number}: image_link {reason}")
        return ""

    def _ours(self, row: Row) -> str:
        source = row.image.removeprefix(settings.SITE_URL).lstrip("/")
        if not source.startswith(("media/", "static/")):
            return ""
        assets.check(source, path="image_link")
        return source

    def _given(self, row: Row) -> str:
        """A file of the name that ends the link, put into the library with the product's title as what is to be seen."""
        file = self._files.get(_file_name(row.image))
        if file is None:
            return ""
        if file.stat().st_size > assets.LARGEST:
            raise ContentError("image_link", f"is larger than {assets.LARGEST // 1024 // 1024} MB")
        asset = assets.add(file.read_bytes(), name=_file_name(row.image))
        if not asset.alternative_texts:
            with suppress(ContentError):  # a title may be too long; then somebody describes it
                assets.describe(asset, dict.fromkeys(settings.ASSET_LANGUAGES, row.title))
        return asset.source

    def _as_before(self, row: Row) -> str:
        """The next feed brings no files: a product keeps the picture that was found under the same name."""
        known = Product.objects.current().filter(sku=row.sku).values_list("source", flat=True).first()
        return known or ""


def _file_name(image: str) -> str:
    return unquote(urlsplit(image).path).rpartition("/")[2]
