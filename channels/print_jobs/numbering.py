"""The order of a job's items: as bulk postage wants it where the option names a postal product, else along the streets.

Areas keep what their channel says of their places. Seed addresses are sorted among the others, for they are posted alike.
"""

from django.db import connection

from .. import postage
from ..models import PrintJob
from ..print_mailing import letters

# Along a street by its house numbers.
PLAIN = """
    r.postcode COLLATE "C", r.country, r.city, substring(r.street FROM '^\\D*'),
    coalesce(substring(r.street FROM '\\d{1,9}')::int, 0), r.street, r.name, r.item_id
"""
NUMBER = """
    UPDATE channels_printitem i SET sequence = sorted.n
    FROM (SELECT r.item_id, row_number() OVER (ORDER BY {order}) AS n
          FROM channels_printrow r JOIN channels_printitem i ON i.id = r.item_id
          WHERE i.job_id = %(job)s AND i.state = 'planned') sorted
    WHERE i.id = sorted.item_id
"""
NUMBER_IN_BUNDLES = """
    WITH sorted AS ({sorted}), bundled AS (
        UPDATE channels_printrow r SET bundle = sorted.bundle, container = sorted.container, depth = sorted.depth
        FROM sorted WHERE r.item_id = sorted.item_id
    )
    UPDATE channels_printitem i SET sequence = sorted.position FROM sorted WHERE i.id = sorted.item_id
"""


def number(job: PrintJob) -> int:
    """Number the planned items of a locked draft from 1; returns how many they are."""
    product = postage.ordered(job.option.settings) if job.channel == letters.CHANNEL else None
    with connection.cursor() as cursor:
        if product:
            cursor.execute(NUMBER_IN_BUNDLES.format(sorted=postage.sorted_sql(product, postage.plain(job.pk))))
        else:
            cursor.execute(NUMBER.format(order=PLAIN), {"job": job.pk})
        return cursor.rowcount
