"""What is known of a delivery area by the customers who live in it, brought up to date every night.

Written down rather than counted when it is asked for, so that asking about a few customers costs what those few cost.
"""

from django.db import connection

from campaigns.areas.living import EVERYWHERE

# The oldest of a household stands for it: the others are often their children.
REFRESH = f"""
    WITH of_household AS (
        SELECT l.area_id, min(c.born_on) AS oldest_born_on, count(*) AS customers
        FROM {EVERYWHERE} l JOIN campaigns_customer c ON c.household_id = l.household_id
        GROUP BY l.area_id, l.household_id
    ), of_area AS (
        SELECT area_id, sum(customers) AS customers, DATE 'epoch' + avg(oldest_born_on - DATE 'epoch')::int AS born_on
        FROM of_household GROUP BY area_id
    ), known AS (
        SELECT a.id, n.born_on, coalesce(n.customers, 0) AS customers,
               coalesce(sum(n.customers) OVER (PARTITION BY a.carrier, a.place, a.region), 0) AS in_place
        FROM campaigns_deliveryarea a LEFT JOIN of_area n ON n.area_id = a.id
    )
    UPDATE campaigns_deliveryarea a
    SET customers = k.customers, customers_in_place = k.in_place, mean_born_on = k.born_on
    FROM known k
    WHERE k.id = a.id
      AND (a.customers, a.customers_in_place, a.mean_born_on) IS DISTINCT FROM (k.customers, k.in_place, k.born_on)
"""  # noqa: S608 - our own


def refresh() -> int:
    """Returns how many areas changed."""
    with connection.cursor() as cursor:
        cursor.execute(REFRESH)
        return cursor.rowcount
