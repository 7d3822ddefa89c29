"""Impressions spread over a flight: every hour releases its share, and what is behind catches up at twice the speed.

Counted is what was seen, in the transaction that writes the impression. A banner that is on its way to a page does not
count yet, so a flight may end with as many impressions too many as are on their way at that moment.
"""

from threading import get_native_id

from . import limits

SHARDS = 16  # rows a flight on which threads and processes count beside each other
CATCH_UP = 2  # times the even speed, at most

# Hours of the flight of a wave `w` that have passed, as a whole number.
HOUR = "greatest(floor(extract(epoch FROM now() - coalesce(w.started_at, now())) / 3600), 0)::int"
# Counts the impressions among rows of `new` (kind, dispatch_id), in the statement that writes their events.
COUNT = f"""
    INSERT INTO channels_impressioncount AS old (wave_id, option_id, shard, hour, in_hour, shown)
    SELECT d.wave_id, d.option_id, %s, {HOUR}, count(*), count(*)
    FROM new JOIN channels_dispatch d ON d.id = new.dispatch_id JOIN campaigns_wave w ON w.id = d.wave_id
    WHERE new.kind = 'shown' AND d.channel = 'banner'
    GROUP BY d.wave_id, d.option_id, w.started_at
    ORDER BY d.wave_id, d.option_id
    ON CONFLICT (wave_id, option_id, shard) DO UPDATE SET
        in_hour = EXCLUDED.in_hour + CASE WHEN old.hour = EXCLUDED.hour THEN old.in_hour ELSE 0 END,
        hour = EXCLUDED.hour, shown = old.shown + EXCLUDED.shown
"""  # noqa: S608
# Whether an option `o` of wave `w` of campaign `p` may be shown in this hour of its flight.
IN_PACE = f"""
    coalesce((
        SELECT coalesce(sum(n.shown), 0) < ceil(even.hourly * (even.hour + 1))
           AND coalesce(sum(n.in_hour) FILTER (WHERE n.hour = even.hour), 0) < ceil({CATCH_UP} * even.hourly)
        FROM (SELECT {limits.sql("impressions")} / (greatest(p.goal_days, 1) * 24) AS hourly, {HOUR} AS hour) even
        LEFT JOIN channels_impressioncount n ON n.wave_id = w.id AND n.option_id = o.id
        WHERE even.hourly IS NOT NULL GROUP BY even.hourly, even.hour
    ), true)
"""  # noqa: S608


def shard() -> int:
    """The parameter of COUNT: of this thread, so that hardly anybody waits for another one's commit."""
    return get_native_id() % SHARDS
