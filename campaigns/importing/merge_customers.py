"""Recognised people become customers, with their households, identifiers, consents and objections; sets only."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from campaigns.areas.placing import ONLY_AREA
from campaigns.models import DeliveryArea
from campaigns.postal import plausible

from . import namesakes
from .customer_rows import FIELDS, OUR_NUMBER

ADDRESS = ("street", "postcode", "city", "country", "address_key", "latitude", "longitude")
# What a new customer has where the file says nothing.
ELSE = {"born_on": "NULL", "customer_since_on": "NULL", "contact_is_made_up": "false", "language": "'de'"} | {
    "time_zone": "%(time_zone)s"
}


@dataclass(frozen=True)
class Merged:
    """How many customers came in, or were known already; how many events, areas or streets; what else happened."""

    created: int
    updated: int
    also: tuple[str, ...] = ()


def _last(column: str) -> str:
    """The last value that the rows of a person give."""
    return f"(array_agg({column} ORDER BY row DESC) FILTER (WHERE {column} IS NOT NULL))[1] AS {column}"


# One row a person. Nearly everybody has one row in the file; only the others need to be put together.
PEOPLE = f"""
    CREATE TEMP TABLE import_person AS
    WITH good AS (
        SELECT *, count(*) OVER (PARTITION BY person) AS rows FROM import_row r
        WHERE NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = r.row)
    ), together AS (
        SELECT person, max(customer_number) AS customer_number, {", ".join(map(_last, (*FIELDS, *ADDRESS)))}
        FROM good WHERE rows > 1 GROUP BY person
    ), all_attributes AS (
        SELECT person, jsonb_object_agg(e.key, e.value ORDER BY row) AS attributes
        FROM good, jsonb_each(attributes) e WHERE rows > 1 GROUP BY person
    ), told AS (
        SELECT person, customer_number, attributes, {", ".join((*FIELDS, *ADDRESS))} FROM good WHERE rows = 1
        UNION ALL
        SELECT person, customer_number, attributes, {", ".join((*FIELDS, *ADDRESS))}
        FROM together LEFT JOIN all_attributes USING (person)
    ), known AS (
        SELECT r.person, min(m.customer_id) AS customer_id FROM import_match m JOIN import_row r USING (row)
        GROUP BY r.person
    )
    SELECT told.*, known.customer_id IS NULL AS is_new,
           coalesce(known.customer_id, nextval(pg_get_serial_sequence('campaigns_customer', 'id'))) AS customer_id
    FROM told LEFT JOIN known USING (person)
"""
# Who comes in is placed where a postcode has one area; campaigns.areas looks closer, every night.
HOUSEHOLDS = f"""
    INSERT INTO campaigns_household
        (address_key, street, postcode, city, country, latitude, longitude, delivery_area_id)
    SELECT DISTINCT ON (p.address_key)
           p.address_key, p.street, p.postcode, p.city, p.country, p.latitude, p.longitude, only_area.id
    FROM import_person p
    LEFT JOIN {ONLY_AREA} ON only_area.postcode = p.postcode AND p.country = %(country)s
    WHERE p.address_key IS NOT NULL
    ORDER BY p.address_key, p.person
    ON CONFLICT (address_key) DO NOTHING
"""
PLACE = f"""
    UPDATE campaigns_household h SET delivery_area_id = only_area.id
    FROM import_person p, {ONLY_AREA}
    WHERE h.address_key = p.address_key AND h.delivery_area_id IS NULL
      AND only_area.postcode = h.postcode AND h.country = %(country)s
"""
# The last file that tells where a house stands is believed.
HOUSES = """
    UPDATE campaigns_household h SET latitude = p.latitude, longitude = p.longitude
    FROM import_person p
    WHERE h.address_key = p.address_key AND p.latitude IS NOT NULL
      AND (h.latitude, h.longitude) IS DISTINCT FROM (p.latitude, p.longitude)
"""
CREATE = f"""
    INSERT INTO campaigns_customer (id, customer_number, household_id, attributes, journey_stage, source,
                                    {", ".join(FIELDS)})
    SELECT p.customer_id, coalesce(p.customer_number, '{OUR_NUMBER}' || p.customer_id), h.id,
           coalesce(p.attributes, '{{}}'), 'inspiration', %(source)s,
           {", ".join(f"coalesce(p.{name}, {ELSE.get(name, chr(39) * 2)})" for name in FIELDS)}
    FROM import_person p LEFT JOIN campaigns_household h ON h.address_key = p.address_key
    WHERE p.is_new
"""
# An empty cell says nothing, so it overwrites nothing.
CHANGES = {
    "customer_number": f"""CASE WHEN starts_with(c.customer_number, '{OUR_NUMBER}')
        THEN coalesce(p.customer_number, c.customer_number) ELSE c.customer_number END""",
    "household_id": "coalesce(p.household_id, c.household_id)",
    "attributes": "c.attributes || coalesce(p.attributes, '{}')",
    **{name: f"coalesce(p.{name}, c.{name})" for name in FIELDS},
}
UPDATE = f"""
    UPDATE campaigns_customer c SET updated_at = now(), {", ".join(f"{k} = {v}" for k, v in CHANGES.items())}
    FROM (SELECT p.*, h.id AS household_id
          FROM import_person p LEFT JOIN campaigns_household h ON h.address_key = p.address_key
          WHERE NOT p.is_new) p
    WHERE p.customer_id = c.id
      AND ({", ".join(f"c.{name}" for name in CHANGES)}) IS DISTINCT FROM ({", ".join(CHANGES.values())})
"""
# Who wants no advertising wants none at the new address either; that nobody was found at the old one says nothing there.
CARRY = """
    INSERT INTO campaigns_suppression (kind, digest, reason, source)
    SELECT DISTINCT 'postal_address', new.digest, s.reason, 'moved with the person'
    FROM import_person p JOIN import_row r USING (person)
    JOIN import_identifier new ON new.row = r.row AND new.kind = 'postal_address'
        AND right(new.value, length(p.address_key) + 1) = '|' || p.address_key
    JOIN campaigns_identifier old ON old.customer_id = p.customer_id AND old.kind = 'postal_address'
        AND right(old.value, length(p.address_key) + 1) <> '|' || p.address_key
    JOIN campaigns_suppression s ON s.digest = old.digest AND s.reason <> 'returned_letter'
    WHERE p.address_key IS NOT NULL AND NOT p.is_new
    ON CONFLICT (digest, reason) DO NOTHING
"""
# Who moved is at the old address no longer: letters that come back from there must not bar the new one.
MOVED = """
    DELETE FROM campaigns_identifier i USING import_person p
    WHERE i.customer_id = p.customer_id AND i.kind = 'postal_address' AND p.address_key IS NOT NULL AND NOT p.is_new
      AND right(i.value, length(p.address_key) + 1) <> '|' || p.address_key
"""
IDENTIFIERS = """
    INSERT INTO campaigns_identifier (customer_id, kind, value, digest, source)
    SELECT p.customer_id, i.kind, i.value, i.digest, %(source)s
    FROM import_identifier i JOIN import_row r USING (row) JOIN import_person p USING (person)
    WHERE i.kind <> 'postal_address' OR right(i.value, length(p.address_key) + 1) = '|' || p.address_key
    ON CONFLICT (kind, value) DO NOTHING
"""
# Who is told to live again where a former record of theirs did is known by that address again.
RETURNED = """
    UPDATE campaigns_identifier k SET customer_id = p.customer_id
    FROM import_identifier i JOIN import_row r USING (row) JOIN import_person p USING (person)
    JOIN campaigns_customer former ON former.merged_into_id = p.customer_id
    WHERE k.kind = i.kind AND k.value = i.value AND k.customer_id = former.id
      AND right(i.value, length(p.address_key) + 1) = '|' || p.address_key
"""
OBJECTIONS = """
    INSERT INTO campaigns_objection (customer_id, channel, source, note)
    SELECT DISTINCT p.customer_id, o.channel, %(source)s, ''
    FROM import_objection o JOIN import_row r USING (row) JOIN import_person p USING (person)
    ON CONFLICT (customer_id, channel) WHERE lifted_at IS NULL AND campaign_id IS NULL DO NOTHING
"""
# An old list must not revive what the person took back since, nor get past an objection.
CONSENTS = """
    INSERT INTO campaigns_consent (customer_id, channel, purpose, ground, text_version, proof, source, given_at,
                                   withdrawn_source)
    SELECT DISTINCT ON (p.customer_id, k.channel, k.purpose)
           p.customer_id, k.channel, k.purpose, k.ground, k.text_version, k.proof, %(source)s, k.given_at, ''
    FROM import_consent k JOIN import_row r USING (row) JOIN import_person p USING (person)
    WHERE NOT EXISTS (SELECT 1 FROM campaigns_consent c
                      WHERE c.customer_id = p.customer_id AND c.channel = k.channel AND c.purpose = k.purpose
                        AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= k.given_at))
      AND NOT EXISTS (SELECT 1 FROM campaigns_objection o
                      WHERE o.customer_id = p.customer_id AND o.lifted_at IS NULL AND o.campaign_id IS NULL
                        AND o.channel IN ('', k.channel))
    ORDER BY p.customer_id, k.channel, k.purpose, k.given_at DESC
    ON CONFLICT (customer_id, channel, purpose) WHERE withdrawn_at IS NULL DO NOTHING
"""
STEPS = (CARRY, MOVED, IDENTIFIERS, RETURNED, OBJECTIONS, CONSENTS)
TOWNS = """
    SELECT postcode, city, count(*) FROM import_person WHERE address_key IS NOT NULL AND country = %(country)s GROUP BY 1, 2
"""
COUNT = "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM import_person"


def merge(definition: dict[str, Any]) -> Merged:
    """Write everybody without a problem. Runs in a transaction, after people.recognise."""
    _make_areas(definition.get("delivery_areas", ()))
    params = {
        "source": definition["source"],
        "country": definition.get("country", settings.CUSTOMER_COUNTRY),
        "time_zone": definition.get("time_zone", settings.TIME_ZONE),
    }
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE)
        cursor.execute("CREATE INDEX ON import_person (person)")
        cursor.execute("ANALYZE import_person")
        for step in (HOUSEHOLDS, HOUSES, PLACE, CREATE, UPDATE, *STEPS):
            cursor.execute(step, params)
        return _counted(cursor)


def _counted(cursor: CursorWrapper) -> Merged:
    cursor.execute(COUNT)
    created, updated = cursor.fetchone()
    return Merged(created, updated, (*_doubts(cursor), *_namesakes()))


def _namesakes() -> tuple[str, ...]:
    """How many are new at an address where somebody else has their name; all right for father and son."""
    count = namesakes.count()
    return (f"{count} told apart from others of their name at their address",) if count else ()


def _doubts(cursor: CursorWrapper) -> tuple[str, ...]:
    """How many addresses have a town that is not that of their postcode; worth a look, but no mistake for sure."""
    cursor.execute(TOWNS, {"country": settings.CUSTOMER_COUNTRY})
    people = {(postcode, city): count for postcode, city, count in cursor.fetchall()}
    count = sum(people[town] for town in plausible.doubtful(people))
    return (f"{count} with a town that is not known for its postcode",) if count else ()


def _make_areas(areas: list[dict[str, Any]]) -> None:
    """The areas that a mapping brings along, where they are missing."""
    DeliveryArea.objects.bulk_create([DeliveryArea(**area) for area in areas], ignore_conflicts=True)
