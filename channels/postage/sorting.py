"""Rows of a print job in the order of bulk postage, in bundles and containers: SQL by window functions.

A postcode with enough pieces is bundled apart (direct). What is left of a region, told by how its postcodes begin, is
bundled together where it is enough, the deepest region first; what is left of a country then is the rest. Bundles of a
group are as even as can be, so that with sizes that fit (see PostalProduct) all but the rest's reach the least. Bundles
lie whole in containers, those of a region in containers of its own where it fills them.
"""

from dataclasses import dataclass

from django.db import connection

from ..models import Depth, PostalProduct

COLUMNS = ("country", "postcode", "street")  # of the rows, beside item_id
PACKED = "upper(regexp_replace({row}.postcode, '[^0-9A-Za-z]', '', 'g'))"
# By street without number, then by house number as a number, then by what follows it (12, 12a, 12b).
STREET = r"""lower(regexp_replace({row}.street, '\s*\d+\s*\D*$', ''))"""
NUMBER = r"""coalesce(substring({row}.street FROM '(\d{{1,9}})\s*\D*$')::bigint, 0)"""
LAST = "~"  # sorts behind every letter and digit


@dataclass(frozen=True)
class Bundle:
    """One line of the bundle list that goes with a file."""

    container: int
    bundle: int
    depth: str  # direct, region or rest
    country: str
    region: str  # the postcode, or how it begins; empty: the rest
    pieces: int
    first: int  # position of its first piece
    last: int


def sort_key_sql(product: PostalProduct | None = None, *, row: str = "r") -> str:
    """What to ORDER BY without bundles: the product's own country first, region, postcode, street, house number, item.

    `row` is the alias of something with the columns country, postcode, street and item_id.
    """
    packed = f'{PACKED.format(row=row)} COLLATE "C"'
    home = product.country if product else "DE"
    return ", ".join(
        [
            f"({row}.country <> '{_country(home)}')",
            f'{row}.country COLLATE "C"',
            packed,
            f"{STREET.format(row=row)}",
            NUMBER.format(row=row),
            f"lower({row}.street)",
            f"{row}.item_id",
        ]
    )


def sorted_sql(product: PostalProduct, rows: str) -> str:
    """SELECT item_id, position, bundle, container, depth, country, region, one row each, in the order of `rows` sorted.

    `rows` is a SELECT of item_id, country, postcode and street, which may have parameters of its own. Positions, bundles
    and containers count from 1; every row is in exactly one bundle, every bundle in exactly one container.
    """
    return SORTED.format(rows=rows, levels=_levels(product), key=sort_key_sql(product), packed=PACKED.format(row="r"),
                         home=_country(product.country), last=LAST, **_sizes(product))  # fmt: skip


def bundles_sql(product: PostalProduct, rows: str) -> str:
    """The bundle list: SELECT container, bundle, depth, country, region, pieces, first and last position."""
    return f"""
    SELECT container, bundle, depth, country, region, count(*) AS pieces, min(position) AS first, max(position) AS last
    FROM ({sorted_sql(product, rows)}) s GROUP BY container, bundle, depth, country, region ORDER BY bundle"""  # noqa: S608


def bundles(product: PostalProduct, rows: str, params: dict | None = None) -> list[Bundle]:
    """The same, read."""
    with connection.cursor() as cursor:
        cursor.execute(bundles_sql(product, rows), params)
        return [Bundle(*row) for row in cursor.fetchall()]


def plain(job_id: int) -> str:
    """`rows` of the pieces of a job that nobody has withdrawn."""
    return f"""
        SELECT i.id AS item_id, r.country, r.postcode, r.street
        FROM channels_printitem i JOIN channels_printrow r ON r.item_id = i.id
        WHERE i.job_id = {int(job_id)} AND i.state = 'planned'"""  # noqa: S608


# `grouped` says into which group a row comes, `sized` how large that is, `cut` which of its bundles the row is in,
# `filled` how the bundles stand in the row of containers of their region.
SORTED = """
    WITH packed AS (
        SELECT r.item_id, r.country, {packed} COLLATE "C" AS postcode, row_number() OVER (ORDER BY {key}) AS place
        FROM ({rows}) r
    ), {levels}, sized AS (
        SELECT item_id, country, postcode, depth, level, region, place,
               row_number() OVER (PARTITION BY country, level, region ORDER BY place) - 1 AS number,
               count(*) OVER (PARTITION BY country, level, region) AS size
        FROM grouped
    ), cut AS (
        SELECT *, number * ceil(size::numeric / {bundle_most})::bigint / size AS part,
               CASE WHEN {container_digits} > 0 AND length(region) >= {container_digits}
                    THEN left(region, {container_digits}) ELSE '{last}' END AS district
        FROM sized
    ), weighed AS (
        SELECT *, CASE WHEN count(*) OVER (PARTITION BY country, district) >= {container_least} THEN district
                       ELSE '{last}' END AS load
        FROM cut
    ), keyed AS (
        SELECT *, (country <> '{home}') AS is_abroad, load COLLATE "C" AS load_key,
               CASE depth WHEN 'direct' THEN region ELSE region || '{last}' END COLLATE "C" AS region_key
        FROM weighed
    ), placed AS (
        SELECT *, row_number() OVER w AS position, dense_rank() OVER b AS bundle
        FROM keyed
        WINDOW w AS (ORDER BY is_abroad, country, load_key, region_key, level, part, place),
               b AS (ORDER BY is_abroad, country, load_key, region_key, level, part)
    ), begun AS (
        SELECT *, min(position) OVER (PARTITION BY bundle)
                      - min(position) OVER (PARTITION BY country, load) AS start,
               count(*) OVER (PARTITION BY country, load) AS amount
        FROM placed
    ), filled AS (
        SELECT *, start * ceil(amount::numeric / {container_room})::bigint / amount AS box FROM begun
    )
    SELECT item_id, position, bundle,
           dense_rank() OVER (ORDER BY is_abroad, country, load_key, box) AS container, depth, country, region
    FROM filled ORDER BY position"""


def _levels(product: PostalProduct) -> str:
    """CTEs that end in `grouped`: what is large enough as a whole postcode, then by each region, then the rest."""
    parts, left, done = [], "packed", []
    keys = [
        "postcode",
        *(f"left(postcode, {int(digits)})" for digits in sorted(set(product.region_digits), reverse=True)),
    ]
    for number, key in enumerate(keys):
        depth = Depth.DIRECT if number == 0 else Depth.REGION
        counted, taken, rest = (f"{word}_{number}" for word in ("counted", "taken", "left"))
        parts.append(
            f"{counted} AS (SELECT *, {key} AS own, count(*) OVER (PARTITION BY country, {key}) AS many FROM {left})"  # noqa: S608
        )
        columns = f"item_id, country, postcode, place, '{depth}'::text AS depth, {number} AS level, own AS region"
        enough = f"many >= {int(product.bundle_least)} AND own <> ''"
        parts.append(f"{taken} AS (SELECT {columns} FROM {counted} WHERE {enough})")  # noqa: S608
        parts.append(f"{rest} AS (SELECT item_id, country, postcode, place FROM {counted} WHERE NOT ({enough}))")  # noqa: S608
        done.append(f"SELECT * FROM {taken}")  # noqa: S608
        left = rest
    done.append(f"SELECT item_id, country, postcode, place, '{Depth.REST}'::text, {len(keys)}, ''::text FROM {left}")  # noqa: S608
    return ", ".join([*parts, f"grouped AS ({' UNION ALL '.join(done)})"])


def _sizes(product: PostalProduct) -> dict[str, int]:
    """A bundle that begins in a container ends there, so that much room is left free."""
    return {
        "bundle_most": int(product.bundle_most),
        "container_digits": int(product.container_digits),
        "container_least": int(product.container_least),
        "container_room": int(product.container_most - product.bundle_most + 1),
    }


def _country(code: str) -> str:
    """As part of a query, so nothing else may come this way."""
    if not (len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()):
        raise ValueError(f"country must be two capital letters, got {code!r}")
    return code
