"""How often contents were used: by how many campaigns, waves and dispatches, in all and version by version."""

from dataclasses import dataclass

from django.db import connection

from channels import kept

# A wave counts once it is approved; dispatches by the index of the sums per wave.
USES = """
    SELECT v.id, count(DISTINCT w.campaign_id), count(DISTINCT w.id), coalesce(sum(made.dispatches), 0)::bigint,
           coalesce(sum(made.dispatches_gone), 0)::bigint
    FROM campaigns_contentversion v
    LEFT JOIN campaigns_wavecontent wc ON wc.version_id = v.id
    LEFT JOIN campaigns_wave w ON w.id = wc.wave_id
    LEFT JOIN LATERAL (
        SELECT count(*) AS dispatches,
               count(*) FILTER (WHERE d.state IN ('sent', 'delivered', 'handed_over', 'bounced')) AS dispatches_gone
        FROM channels_dispatch d
        WHERE d.wave_id = wc.wave_id AND d.option_id = wc.option_id AND d.variant = wc.variant
    ) made ON wc.id IS NOT NULL
    WHERE v.content_id = %s GROUP BY v.id ORDER BY v.number DESC
"""
IN_ALL = """
    SELECT count(DISTINCT w.campaign_id), count(DISTINCT w.id)
    FROM campaigns_contentversion v JOIN campaigns_wavecontent wc ON wc.version_id = v.id
    JOIN campaigns_wave w ON w.id = wc.wave_id WHERE v.content_id = %s
"""


@dataclass(frozen=True)
class Uses:
    campaigns: int = 0
    waves: int = 0
    dispatches: int = 0
    gone: int = 0  # of the dispatches: sent, or in the hands of who sends them


@dataclass(frozen=True)
class Reuse:
    in_all: Uses
    by_version: dict[int, Uses]  # by the version's id, the newest first


def of_content(content_id: int) -> Reuse:
    """As of a minute ago at most: of large waves counting takes a while."""
    return kept.kept(f"content-uses-{content_id}", lambda: _counted(content_id))


def _counted(content_id: int) -> Reuse:
    with connection.cursor() as cursor:
        cursor.execute(USES, [content_id])
        by_version = {id_: Uses(*counts) for id_, *counts in cursor.fetchall()}
        cursor.execute(IN_ALL, [content_id])
        campaigns, waves = cursor.fetchone()
    dispatches = sum(uses.dispatches for uses in by_version.values())
    gone = sum(uses.gone for uses in by_version.values())
    return Reuse(Uses(campaigns, waves, dispatches, gone), by_version)
