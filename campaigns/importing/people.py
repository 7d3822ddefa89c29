"""Who the staged rows are: rows that share an identifier are one person, known or new. What contradicts is reported.

Nothing is guessed. All rows of a person are refused when they lead to two known customers, or carry two customer numbers.
A name with its address counts last, where nothing else tells two people of one name apart.
"""

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from campaigns.models import ImportKind

from . import namesakes
from .customer_rows import OUR_NUMBER

# The number of a customer who turned out to be another one leads to that one.
RESOLVE = """
    UPDATE import_row r SET customer_number = now.customer_number
    FROM campaigns_customer former JOIN campaigns_customer now ON now.id = former.merged_into_id
    WHERE former.customer_number = r.customer_number
"""
# Which known customers a row leads to, and by what; an address that was left with a former record leads on as well.
MATCH = """
    CREATE TEMP TABLE import_match AS
    SELECT r.row, c.id AS customer_id, 'customer_number' AS field
    FROM import_row r JOIN campaigns_customer c ON c.customer_number = r.customer_number
"""
_MATCH_IDENTIFIERS = """
    INSERT INTO import_match
    SELECT i.row, coalesce(former.merged_into_id, k.customer_id), i.kind
    FROM import_identifier i JOIN campaigns_identifier k ON k.kind = i.kind AND k.value = i.value
    LEFT JOIN campaigns_customer former ON former.id = k.customer_id AND former.merged_into_id IS NOT NULL
    WHERE i.kind {comparison} 'postal_address'
"""
MATCH_CONTACTS, MATCH_ADDRESSES = (_MATCH_IDENTIFIERS.format(comparison=one) for one in ("<>", "="))
# Rows by what they share with other rows: an identifier, a customer number, or a known customer.
SHARED = """
    CREATE TEMP TABLE import_shared AS
    SELECT i.row, i.kind || ':' || i.value AS key
    FROM import_identifier i
    JOIN (SELECT digest FROM import_identifier WHERE kind <> 'postal_address' GROUP BY digest HAVING count(*) > 1) s
         USING (digest)
    UNION ALL
    SELECT r.row, 'number:' || r.customer_number
    FROM import_row r
    JOIN (SELECT customer_number FROM import_row GROUP BY customer_number HAVING count(*) > 1) s USING (customer_number)
    UNION ALL
    SELECT m.row, 'customer:' || m.customer_id
    FROM import_match m
    JOIN (SELECT customer_id FROM import_match GROUP BY customer_id HAVING count(*) > 1) s USING (customer_id)
"""
# People who turn out to be one by name and address, with all their rows.
SHARED_ADDRESSES = """
    CREATE TEMP TABLE import_shared AS
    WITH address AS (
        SELECT i.row, r.person, 'postal_address:' || i.value AS key
        FROM import_identifier i JOIN import_row r USING (row)
        WHERE i.kind = 'postal_address' AND i.value IN (
            SELECT value FROM import_identifier WHERE kind = 'postal_address' GROUP BY value HAVING count(*) > 1)
        UNION ALL
        SELECT m.row, r.person, 'customer:' || m.customer_id
        FROM import_match m JOIN import_row r USING (row)
        WHERE m.customer_id IN (SELECT customer_id FROM import_match WHERE field = 'postal_address')
    ), several AS (
        SELECT key FROM address GROUP BY key HAVING min(person) <> max(person)
    ), shared AS (
        SELECT row, person, key FROM address JOIN several USING (key)
    )
    SELECT row, key FROM shared
    UNION ALL
    SELECT row, 'person:' || person FROM import_row WHERE person IN (SELECT person FROM shared)
"""
# A person is the least number of its rows. Each round takes the least of all rows sharing a key, then the least that
# this one has found; chains shrink by half each time, so that rounds are few.
NEIGHBOUR = """
    UPDATE import_row r SET person = found.person
    FROM (SELECT s.row, min(least_of_key.person) AS person
          FROM import_shared s
          JOIN (SELECT s.key, min(r.person) AS person FROM import_shared s JOIN import_row r USING (row) GROUP BY s.key)
               least_of_key USING (key)
          GROUP BY s.row) found
    WHERE found.row = r.row AND found.person < r.person
"""
SHORTCUT = """
    UPDATE import_row r SET person = next.person
    FROM import_row next WHERE next.row = r.person AND next.person < r.person
"""
# An identifier of a row belongs to another customer than the one that the person's number, or else its least id, names.
TWO_CUSTOMERS = """
    WITH found AS (
        SELECT r.person, m.row, m.field, m.customer_id, first_value(m.customer_id) OVER (
            PARTITION BY r.person ORDER BY (m.field = 'customer_number') DESC, m.customer_id) AS chosen
        FROM import_match m JOIN import_row r USING (row)
    )
    INSERT INTO import_problem
    SELECT row, field, 'belongs to another customer', true FROM found WHERE customer_id <> chosen
"""
# The number is new, but the person is known by another number that the company gave.
ANOTHER_NUMBER = f"""
    INSERT INTO import_problem
    SELECT DISTINCT r.row, m.field, 'belongs to another customer', true
    FROM import_match m
    JOIN import_row r USING (row)
    JOIN campaigns_customer c ON c.id = m.customer_id
    WHERE m.field <> 'customer_number' AND r.customer_number IS NOT NULL
      AND c.customer_number <> r.customer_number AND NOT starts_with(c.customer_number, '{OUR_NUMBER}')
      AND NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = r.row AND p.field = m.field)
"""
TWO_NUMBERS = """
    INSERT INTO import_problem
    SELECT r.row, 'customer_number', 'differs from that of another row with the same identifier', true
    FROM import_row r
    JOIN (SELECT person FROM import_row GROUP BY person HAVING min(customer_number) <> max(customer_number)) two
         USING (person)
    WHERE r.customer_number IS NOT NULL
"""
UNKNOWN_NUMBER_OF_OURS = f"""
    INSERT INTO import_problem
    SELECT r.row, 'customer_number', 'begins like the numbers made here, but nobody has it', true
    FROM import_row r
    WHERE starts_with(r.customer_number, '{OUR_NUMBER}')
      AND NOT EXISTS (SELECT 1 FROM campaigns_customer c WHERE c.customer_number = r.customer_number)
"""
UNKNOWN = """
    INSERT INTO import_problem
    SELECT r.row, CASE WHEN r.customer_number IS NULL THEN (SELECT min(i.kind) FROM import_identifier i WHERE i.row = r.row)
                  ELSE 'customer_number' END, 'nobody is known by this', true
    FROM import_row r
    WHERE NOT EXISTS (SELECT 1 FROM import_match m WHERE m.row = r.row)
      AND NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = r.row)
"""
# The erased do not come back: not by this row, and not by another row that shares an identifier with it.
ERASED = """
    INSERT INTO import_problem
    SELECT r.row, min(e.kind), 'suppressed after erasure', false
    FROM (SELECT r.person, i.kind FROM import_identifier i
          JOIN campaigns_suppression s ON s.digest = i.digest AND s.reason = 'erasure'
          JOIN import_row r USING (row)) e
    JOIN import_row r USING (person)
    GROUP BY r.row
"""
# Who shares an identifier with a row in conflict cannot be told apart from it.
LINKED = """
    INSERT INTO import_problem
    SELECT r.row, 'row', 'shares an identifier with a row that contradicts it', true
    FROM import_row r
    WHERE r.person IN (SELECT r.person FROM import_problem p JOIN import_row r USING (row) WHERE p.refuses)
      AND NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = r.row)
"""
# Customers are told apart; for events it only matters that somebody is known, once.
CHECKS = {
    ImportKind.CUSTOMERS: (TWO_CUSTOMERS, ANOTHER_NUMBER, TWO_NUMBERS, UNKNOWN_NUMBER_OF_OURS, LINKED),
    ImportKind.EVENTS: (TWO_CUSTOMERS, ANOTHER_NUMBER, UNKNOWN),
}


def recognise_customers(definition: dict[str, Any]) -> None:
    recognise(kind=ImportKind.CUSTOMERS)


def recognise_events(definition: dict[str, Any]) -> None:
    recognise(kind=ImportKind.EVENTS)


def recognise(*, kind: str) -> None:
    """Fill in each row's person and import_match; add what contradicts to import_problem."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX ON import_row (row)")
        for statement in (RESOLVE, MATCH, MATCH_CONTACTS):
            cursor.execute(statement)
        if kind == ImportKind.CUSTOMERS:
            _link(cursor, SHARED)
            namesakes.tell_apart()
        cursor.execute(MATCH_ADDRESSES)
        if kind == ImportKind.CUSTOMERS:
            _link(cursor, SHARED_ADDRESSES)
        cursor.execute("ANALYZE import_match, import_row")
        cursor.execute(ERASED)
        for check in CHECKS[ImportKind(kind)]:
            cursor.execute(check)


def _link(cursor: CursorWrapper, shared: str) -> None:
    cursor.execute("DROP TABLE IF EXISTS import_shared")
    cursor.execute(shared)
    cursor.execute("ANALYZE import_shared")
    changed = 1
    while changed:
        cursor.execute(NEIGHBOUR)
        changed = cursor.rowcount
        cursor.execute(SHORTCUT)
        changed += cursor.rowcount
