"""Impressions spread over a flight: every hour releases its share, and what is behind catches up at twice the speed.

Counted is what was seen, in the transaction that writes the impression. A banner that is on its way to a page does not
count yet, so a flight may end with as many impressions too many as are on their way at that moment.
"""

import os
from collections import Counter
from collections.abc import Sequence

from django.db import connection

from ..sent import Sent
from . import limits

SHARDS = 16  # rows a flight on which processes count beside each other
CATCH_UP = 2  # times the even speed, at most

COUNT = """
    INSERT INTO channels_impressioncount AS old (wave_id, option_id, shard, hour, in_hour, shown)
    SELECT t.wave, t.option, %(shard)s, {hour}, t.number, t.number
    FROM unnest(%(waves)s::bigint[], %(options)s::bigint[], %(numbers)s::bigint[]) AS t(wave, option, number)
    JOIN campaigns_wave w ON w.id = t.wave
    ORDER BY t.wave, t.option
    ON CONFLICT (wave_id, option_id, shard) DO UPDATE SET
        in_hour = EXCLUDED.in_hour + CASE WHEN old.hour = EXCLUDED.hour THEN old.in_hour ELSE 0 END,
        hour = EXCLUDED.hour, shown = old.shown + EXCLUDED.shown
"""
# Hours of the flight of a wave `w` that have passed, as a whole number.
HOUR = "greatest(floor(extract(epoch FROM now() - coalesce(w.started_at, now())) / 3600), 0)::int"
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


def count(shown: Sequence[Sent]) -> None:
    """Add impressions of banners, in the transaction that writes their events."""
    numbers = Counter((one.wave_id, one.option_id) for one in shown if one.channel == "banner")
    if not numbers:
        return
    waves, options = zip(*numbers, strict=True)
    columns = {"waves": list(waves), "options": list(options), "numbers": list(numbers.values())}
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(hour=HOUR), columns | {"shard": os.getpid() % SHARDS})
