"""Staged people who are called as somebody else at their address is, as father and son: told apart, or refused.

Runs when rows are linked by everything else. Whoever is found to be another person gets an identifier of their own; the
rest of an import then takes them for two people like any others. SQL finds the few addresses where there is a doubt.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.db import connection

from campaigns import identity
from campaigns.identity import IdentityError

from . import staging, telling_apart
from .customer_rows import OUR_NUMBER
from .telling_apart import Claim, Traits

CHUNK = 5_000
FITS_SEVERAL = "fits several people of this name at this address; a number or birthday would tell which"
# Known customers who are called as somebody else at their address, by the identifier that the other one has.
KNOWN = """
    CREATE TEMP TABLE import_namesake AS
    SELECT regexp_replace(value, ' #[0-9a-z]+[|]', '|') AS plain, value AS form, customer_id
    FROM campaigns_identifier WHERE kind = 'postal_address' AND value LIKE '%#%'
"""
# Names at addresses that stand in several rows, or that somebody else has than the customer whom the row leads to.
SUSPECTS = """
    CREATE TEMP TABLE import_suspect AS
    SELECT value AS plain FROM import_identifier WHERE kind = 'postal_address' GROUP BY value HAVING count(*) > 1
    UNION
    SELECT i.value FROM import_identifier i JOIN campaigns_identifier k ON k.kind = i.kind AND k.value = i.value
    WHERE i.kind = 'postal_address'
      AND NOT EXISTS (SELECT 1 FROM import_match m WHERE m.row = i.row AND m.customer_id = k.customer_id)
    UNION
    SELECT i.value FROM import_identifier i JOIN import_namesake n ON n.plain = i.value WHERE i.kind = 'postal_address'
"""
# Who claims them: people of the file by their number, and customers whom no other row leads to by minus theirs.
CLAIMS = """
    CREATE TEMP TABLE import_claim AS
    WITH held AS (
        SELECT s.plain, k.value AS form, k.customer_id
        FROM import_suspect s JOIN campaigns_identifier k ON k.kind = 'postal_address' AND k.value = s.plain
        UNION ALL
        SELECT n.plain, n.form, n.customer_id FROM import_namesake n JOIN import_suspect s USING (plain)
    ), holder AS (
        SELECT h.plain, h.form, coalesce(c.merged_into_id, c.id) AS customer_id
        FROM held h JOIN campaigns_customer c ON c.id = h.customer_id
    ), whose AS (
        SELECT DISTINCT m.customer_id, r.person FROM import_match m JOIN import_row r USING (row)
        WHERE m.customer_id IN (SELECT customer_id FROM holder)
    ), claim AS (
        SELECT s.plain, NULL AS form, r.person::bigint AS who
        FROM import_suspect s JOIN import_identifier i ON i.kind = 'postal_address' AND i.value = s.plain
        JOIN import_row r USING (row)
        UNION ALL
        SELECT h.plain, h.form, coalesce(w.person, -h.customer_id) FROM holder h LEFT JOIN whose w USING (customer_id)
    )
    SELECT plain, who, (array_agg(form ORDER BY form = plain DESC, form) FILTER (WHERE form IS NOT NULL))[1] AS form
    FROM claim GROUP BY plain, who
"""
# What is known of each: by all rows of the person, and of the customers whom these lead to.
TRAITS = f"""
    CREATE TEMP TABLE import_trait AS
    WITH row_of AS (
        SELECT r.person AS who, r.row, r.customer_number, r.born_on FROM import_row r
        WHERE r.person IN (SELECT who FROM import_claim)
    ), customer_of AS (
        SELECT DISTINCT -who AS customer_id, who FROM import_claim WHERE who < 0
        UNION
        SELECT m.customer_id, r.who FROM import_match m JOIN row_of r USING (row)
    ), said AS (
        SELECT who, NULL::bigint AS customer_id, customer_number AS number, born_on FROM row_of
        UNION ALL
        SELECT o.who, c.id, c.customer_number, c.born_on
        FROM customer_of o JOIN campaigns_customer c ON c.id = o.customer_id
    )
    SELECT who, min(customer_id) AS customer_id, min(number) FILTER (WHERE NOT starts_with(number, '{OUR_NUMBER}')) AS number,
           max(born_on) AS born_on
    FROM said GROUP BY who
"""
# Where nothing could tell them apart, they are one person, and where one is alone, there is nothing to tell.
DOUBTFUL = """
    SELECT c.plain, c.who, c.form, t.customer_id IS NOT NULL, t.number IS NOT NULL, t.born_on,
           coalesce('1' || t.number, '2' || t.customer_id, '3' || t.born_on)
    FROM import_claim c JOIN import_trait t USING (who)
    WHERE c.plain IN (
        SELECT c.plain FROM import_claim c JOIN import_trait t USING (who) GROUP BY c.plain
        HAVING count(t.customer_id) > 1 OR count(t.number) > 1 OR count(DISTINCT t.born_on) > 1
            OR bool_or(c.form <> c.plain))
    ORDER BY c.plain, c.who
"""
SETTLED = (
    "CREATE TEMP TABLE import_settled (plain text, who bigint, value text, digest bytea, is_new boolean, reason text)"
)
ROWS = """
    import_settled s JOIN import_row r ON r.person = s.who
    JOIN import_identifier named ON named.row = r.row AND named.kind = 'postal_address' AND named.value = s.plain
"""
SAME = "i.row = named.row AND i.kind = named.kind AND i.value = named.value"
REPORT = (
    f"INSERT INTO import_problem SELECT r.row, 'postal_address', s.reason, true FROM {ROWS} WHERE s.reason IS NOT NULL"
)
# Those who are refused must not be taken for anybody.
FORGET = f"DELETE FROM import_identifier i USING {ROWS} WHERE {SAME} AND s.reason IS NOT NULL"
# It may have been this one who was erased under the plain identifier; its digest still tells, unless they are known.
NAME = f"""
    UPDATE import_identifier i SET value = s.value, digest = CASE WHEN s.is_new AND EXISTS (
        SELECT 1 FROM campaigns_suppression x WHERE x.digest = i.digest AND x.reason = 'erasure') THEN i.digest ELSE s.digest END
    FROM {ROWS} WHERE {SAME} AND s.reason IS NULL
"""
COUNT = """
    SELECT count(DISTINCT s.value) FROM import_settled s JOIN import_identifier i ON i.kind = 'postal_address' AND i.value = s.value
    WHERE s.is_new AND NOT EXISTS (SELECT 1 FROM import_problem p WHERE p.row = i.row)
"""
Doubt = tuple[Any, ...]


def tell_apart() -> None:
    """Name and address lead to one person afterwards, or to nobody; what cannot be said is added to import_problem."""
    with connection.cursor() as cursor:
        for statement in (KNOWN, SUSPECTS, "ANALYZE import_suspect", CLAIMS, "ANALYZE import_claim", TRAITS, SETTLED):
            cursor.execute(statement)
    with connection.chunked_cursor() as doubts:
        doubts.execute(DOUBTFUL)
        settled = _settled(doubts)
        while some := list(islice(settled, CHUNK)):
            staging.copy({"import_settled": "".join(map(staging.line, some)).encode()})
    with connection.cursor() as cursor:
        for statement in ("ANALYZE import_settled", REPORT, FORGET, NAME):
            cursor.execute(statement)


def count() -> int:
    """How many were told apart from somebody who has their name and address."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        return cursor.fetchone()[0]


def _settled(doubts: Iterable[Doubt]) -> Iterator[tuple]:
    """Rows of import_settled, for those who are not simply whoever has the identifier."""
    for plain, claims in groupby(doubts, key=itemgetter(0)):
        yield from _settle(plain, list(claims))


def _settle(plain: str, claims: list[Doubt]) -> Iterator[tuple]:
    forms = {who: form for _, who, form, *_ in claims if form}
    marks = {who: mark for _, who, *_, mark in claims}
    people, unclear = telling_apart.people(Claim(who, Traits(*traits)) for _, who, _, *traits, _ in claims)
    yield from ((plain, who, None, None, False, FITS_SEVERAL) for who in unclear)
    is_free = plain not in forms.values()
    for person in sorted(people, key=min):
        form = next((forms[who] for who in person if who in forms), plain if is_free else "")
        is_free = is_free and form != plain
        if form != plain:
            mark = min(filter(None, map(marks.get, person)), default="")
            yield from _named(plain, person, form, mark)


def _named(plain: str, person: list[int], form: str, mark: str) -> Iterator[tuple]:
    try:
        value = form or identity.of_namesake(plain, sha256(mark.encode()).hexdigest()[:12])
    except IdentityError as error:
        yield from ((plain, who, None, None, False, error.reason) for who in person)
        return
    digest = identity.digest("postal_address", value)
    yield from ((plain, who, value, digest, not form, None) for who in person)
