"""Which customers live in which delivery area, by what is known of their address; what is not known is not guessed.

A household lies in one area of every carrier that has it: of the carriers by their rank, in the first one's area
(Household.delivery_area) and in the areas of the others (OtherArea). Of a carrier counts, in this order,

1. the outline, where the household has coordinates; on a border, the area that comes first by its code;
2. the carrier's list of streets: the postcode, the street, and the house number or, without one, a street that belongs to
   one area as a whole;
3. the postcode, where the carrier has one area in it.

Who is found in none of these ways stays in the carrier's area where they were if it is still there, and is in none of the
carrier's otherwise. An area whose outline excludes a household's coordinates is never taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from . import by_outline, living

# The same as of imports: who has just come in is placed too, or comes after us.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('campaigns.importing'))"
START = """
    CREATE TEMP TABLE area_place (
        household_id bigint, turn integer, area_id bigint NOT NULL, way text NOT NULL, PRIMARY KEY (household_id, turn)
    )
"""
CARRIERS = """
    SELECT a.carrier FROM campaigns_deliveryarea a LEFT JOIN campaigns_carrier c ON c.name = a.carrier
    WHERE a.closed_at IS NULL GROUP BY a.carrier, c.rank ORDER BY coalesce(c.rank, 100), a.carrier
"""
# The street's part of the key without the number, and the number: `musterstr 12a` is musterstr and 12.
HOUSES = r"""
    CREATE TEMP TABLE area_house AS
    SELECT h.id, h.postcode, h.latitude IS NOT NULL AS is_on_map,
           coalesce(substring(split_part(h.address_key, '|', 4) FROM '^(.*\S) [0-9]{1,5}(?:[a-z]|[-/+ ].*)?$'),
                    split_part(h.address_key, '|', 4)) AS street_key,
           substring(split_part(h.address_key, '|', 4) FROM '\S ([0-9]{1,5})(?:[a-z]|[-/+ ].*)?$')::int AS house
    FROM campaigns_household h
    WHERE h.country = %(country)s AND EXISTS (SELECT 1 FROM campaigns_areastreet s WHERE s.postcode = h.postcode)
"""
BY_STREET = """
    INSERT INTO area_place
    SELECT h.id, %(turn)s, min(a.id), 'street'
    FROM area_house h
    JOIN campaigns_areastreet s ON s.postcode = h.postcode AND s.street_key = h.street_key
    JOIN campaigns_deliveryarea a ON a.id = s.area_id AND a.carrier = %(carrier)s AND a.closed_at IS NULL
    WHERE CASE WHEN h.house IS NULL THEN s.numbers = 'all' AND s.first <= 1 AND s.last = 99999
          ELSE h.house BETWEEN s.first AND s.last AND s.numbers IN ('all', CASE h.house %% 2 WHEN 0 THEN 'even' ELSE 'odd' END)
          END
      AND (a.outline IS NULL OR NOT h.is_on_map)
    GROUP BY h.id HAVING min(a.id) = max(a.id)
    ON CONFLICT DO NOTHING
"""
ONLY_AREA_OF_CARRIER = """
    SELECT postcode, carrier, min(id) AS id FROM campaigns_deliveryarea WHERE closed_at IS NULL
    GROUP BY postcode, carrier HAVING count(*) = 1
"""
# For whom comes in now: every postcode in which a carrier has one area.
ONLY_AREA = f"""
    (SELECT DISTINCT ON (one.postcode) one.postcode, one.id
     FROM ({ONLY_AREA_OF_CARRIER}) one LEFT JOIN campaigns_carrier c ON c.name = one.carrier
     ORDER BY one.postcode, coalesce(c.rank, 100), one.carrier) only_area
"""
BY_POSTCODE = f"""
    INSERT INTO area_place
    SELECT h.id, %(turn)s, a.id, 'postcode'
    FROM ({ONLY_AREA_OF_CARRIER}) one
    JOIN campaigns_deliveryarea a USING (id)
    JOIN campaigns_household h ON h.postcode = one.postcode AND h.country = %(country)s
    WHERE one.carrier = %(carrier)s AND (a.outline IS NULL OR h.latitude IS NULL)
    ON CONFLICT DO NOTHING
"""
# Where they were: of an area that is still there and was not ruled out by its outline.
STAYING = f"""
    INSERT INTO area_place
    SELECT h.id, %(turn)s, a.id, 'before'
    FROM {living.EVERYWHERE} l JOIN campaigns_household h ON h.id = l.household_id
    JOIN campaigns_deliveryarea a ON a.id = l.area_id AND a.carrier = %(carrier)s AND a.closed_at IS NULL
    WHERE (a.outline IS NULL OR h.latitude IS NULL)
    ON CONFLICT DO NOTHING
"""
FIRST = "(SELECT DISTINCT ON (household_id) household_id, area_id, way FROM area_place ORDER BY household_id, turn)"
MOVE = f"""
    UPDATE campaigns_household h SET delivery_area_id = p.area_id
    FROM (SELECT h.id, p.area_id FROM campaigns_household h LEFT JOIN {FIRST} p ON p.household_id = h.id
          WHERE h.delivery_area_id IS DISTINCT FROM p.area_id) p
    WHERE p.id = h.id
"""
OTHERS = """
    CREATE TEMP TABLE area_other AS
    SELECT p.household_id, p.area_id, a.carrier FROM area_place p JOIN campaigns_deliveryarea a ON a.id = p.area_id
    WHERE EXISTS (SELECT 1 FROM area_place f WHERE f.household_id = p.household_id AND f.turn < p.turn)
"""
LEAVE = """
    DELETE FROM campaigns_otherarea o
    WHERE NOT EXISTS (SELECT 1 FROM area_other p WHERE p.household_id = o.household_id AND p.area_id = o.area_id)
"""
ENTER = """
    INSERT INTO campaigns_otherarea (household_id, area_id, carrier) SELECT household_id, area_id, carrier FROM area_other
    ON CONFLICT (household_id, carrier) DO NOTHING
"""
TOLD = f"""
    WITH of_postcode AS (
        SELECT DISTINCT postcode FROM campaigns_deliveryarea WHERE closed_at IS NULL
    )
    SELECT CASE WHEN p.way IS NOT NULL THEN p.way WHEN h.id IS NULL THEN 'no address'
                WHEN o.postcode IS NULL OR h.country <> %(country)s THEN 'no area in the postcode'
                WHEN h.latitude IS NOT NULL THEN 'outside of every outline'
                ELSE 'several areas in the postcode' END,
           count(*)
    FROM campaigns_customer c
    LEFT JOIN campaigns_household h ON h.id = c.household_id
    LEFT JOIN {FIRST} p ON p.household_id = h.id
    LEFT JOIN of_postcode o ON o.postcode = h.postcode
    GROUP BY 1
"""
IN_SEVERAL = """
    SELECT count(*) FROM campaigns_customer c WHERE c.household_id IN (SELECT household_id FROM area_other)
"""
WAYS = ("outline", "street", "postcode", "before")


@dataclass(frozen=True)
class Placed:
    """Customers by how their first area was found, and by why there is none; `moved` households changed that area."""

    ways: Mapping[str, int]  # of WAYS
    unplaced: Mapping[str, int]  # by reason
    moved: int
    in_several: int = 0  # customers in areas of further carriers, too

    @property
    def placed(self) -> int:
        return sum(self.ways.values())

    def __str__(self) -> str:
        ways = ", ".join(f"{self.ways[way]} by {_word(way)}" for way in WAYS if self.ways.get(way))
        without = ", ".join(f"{count} {reason}" for reason, count in sorted(self.unplaced.items()))
        said = f"{self.placed} customers in areas" + (f" ({ways})" if ways else "")
        said += f", {self.in_several} also in areas of other carriers" if self.in_several else ""
        return said + (f"; {sum(self.unplaced.values())} in none ({without})" if without else "")


def place_customers() -> Placed:
    """Bring every household's areas up to date; one transaction, memory bounded by the outlines of some areas."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        _start(cursor)
        cursor.execute(CARRIERS)
        for turn, (carrier,) in enumerate(cursor.fetchall()):
            _place(cursor, carrier, turn)
        cursor.execute("ANALYZE area_place")
        cursor.execute(MOVE)
        moved = cursor.rowcount
        for step in (OTHERS, LEAVE, ENTER, IN_SEVERAL):
            cursor.execute(step)
        (in_several,) = cursor.fetchone()
        told = _told(cursor)
        cursor.execute("DROP TABLE area_place, area_house, area_other")
    ways = {way: told.pop(way) for way in WAYS if way in told}
    return Placed(ways, told, moved, in_several)


def _start(cursor: CursorWrapper) -> None:
    cursor.execute("DROP TABLE IF EXISTS pg_temp.area_place, pg_temp.area_house, pg_temp.area_other")
    cursor.execute(START)
    cursor.execute(HOUSES, {"country": settings.CUSTOMER_COUNTRY})
    cursor.execute("ANALYZE area_house")


def _place(cursor: CursorWrapper, carrier: str, turn: int) -> None:
    for household_ids, area_ids in by_outline.found(carrier, turn=turn):
        with cursor.copy("COPY area_place FROM STDIN") as target:
            for row in zip(household_ids, area_ids, strict=True):
                target.write_row((row[0], turn, row[1], "outline"))
    for step in (BY_STREET, BY_POSTCODE, STAYING):
        cursor.execute(step, {"carrier": carrier, "turn": turn, "country": settings.CUSTOMER_COUNTRY})


def _told(cursor: CursorWrapper) -> dict[str, int]:
    cursor.execute(TOLD, {"country": settings.CUSTOMER_COUNTRY})
    return dict(cursor.fetchall())


def _word(way: str) -> str:
    return {"before": "where they were"}.get(way, way)
