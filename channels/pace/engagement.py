"""Who of a plan may go, and how engaged people are, as SQL: what they opened and clicked in half a year, machines left out."""

from campaigns import events

# Mail programs that fetch every picture, and scanners that follow every link, say nothing about a person.
BY_A_PERSON = events.by_a_person("e")
# Said so that the planner does not take it to be true of hardly anybody, and then joins a million rows one by one.
MAY_GO = "CASE WHEN p.barred IS NULL AND p.channel = ANY({channels}) THEN true END"
ENGAGED = f"""
    engaged AS (
        SELECT e.customer_id, count(*) AS answers
        FROM campaigns_event e
        WHERE e.kind IN ('opened', 'clicked') AND {BY_A_PERSON}
          AND e.occurred_at > %(pace_from)s::timestamptz - interval '180 days'
          AND e.customer_id IN (SELECT customer_id FROM planned)
        GROUP BY e.customer_id
    )"""  # noqa: S608
