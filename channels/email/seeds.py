"""Copies of an e-mail wave for its campaign's seed addresses: after the first hundred real mails, once an address and wave.

A copy is claimed by a conditional UPDATE that commits before it is given away. Whoever dies in between leaves `sending`,
which becomes uncertain and is never sent again. A copy has no dispatch, so the ledger's sums do not know of it.
"""

import json
import logging
import time
from dataclasses import dataclass

from django.conf import settings

from campaigns.blocks import ContentError

from .. import previews, trials
from ..base import Channel, ChannelError, Trial, UncertainError
from ..ledger.sql import count, rows
from ..ledger.stopping import NOT_STOPPED
from ..models import SeedState as State

log = logging.getLogger(__name__)
AFTER = 100  # real mails that have gone out, or all of a wave that has fewer
FIRST_PAUSE = 60  # seconds until a copy is tried again; then twice as long each time
# Waves that have ended before an address was entered are past.
MAKE = """
    INSERT INTO channels_seedcopy (seed_id, wave_id, state, attempts, due_at, answer)
    SELECT s.id, w.id, 'queued', 0, now(), ''
    FROM channels_seedaddress s JOIN campaigns_wave w ON w.campaign_id = s.campaign_id
    WHERE s.is_active AND (w.state = 'running' OR w.state = 'completed' AND w.finished_at > s.created_at)
      AND NOT EXISTS (SELECT 1 FROM channels_seedcopy c WHERE c.seed_id = s.id AND c.wave_id = w.id)
      AND ((SELECT count(*) FROM (SELECT 1 FROM channels_dispatch WHERE {gone} LIMIT %(after)s) first) >= %(after)s
           OR EXISTS (SELECT 1 FROM channels_dispatch WHERE {gone})
              AND NOT EXISTS (SELECT 1 FROM channels_dispatch WHERE {waiting}))
    ON CONFLICT DO NOTHING
"""
GONE = "wave_id = w.id AND channel = %(channel)s AND state IN ('sent', 'delivered', 'bounced')"
WAITING = "wave_id = w.id AND channel = %(channel)s AND state IN ('queued', 'claimed', 'sending')"
DOUBT = """
    UPDATE channels_seedcopy SET state = 'uncertain', answer = 'the worker fell silent', state_changed_at = now()
    WHERE state = 'sending' AND state_changed_at < now() - %s * interval '1 second'
"""
DUE = f"""
    SELECT c.id FROM channels_seedcopy c JOIN campaigns_wave w ON w.id = c.wave_id
    WHERE c.state = 'queued' AND c.due_at <= now() AND w.state IN ('running', 'completed') AND {NOT_STOPPED}
"""  # noqa: S608 - constants only
CLAIM = f"""
    UPDATE channels_seedcopy c
    SET state = 'sending', attempts = attempts + 1, state_changed_at = now()
    FROM channels_seedaddress s
    WHERE c.id = ({DUE} ORDER BY c.due_at, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED) AND c.state = 'queued'
      AND s.id = c.seed_id
    RETURNING c.id, c.wave_id, c.attempts, s.email
"""  # noqa: S608 - constants only
CONTENT = """
    SELECT v.blocks FROM campaigns_wavecontent wc JOIN campaigns_option o ON o.id = wc.option_id
    JOIN campaigns_contentversion v ON v.id = wc.version_id
    WHERE wc.wave_id = %s AND o.channel = %s ORDER BY o.id, wc.variant LIMIT 1
"""
RECORD = """
    UPDATE channels_seedcopy SET state = %(state)s, answer = left(%(answer)s, 200), state_changed_at = now(),
           due_at = now() + %(pause)s * interval '1 second'
    WHERE id = %(id)s AND state IN ('sending', 'uncertain')
"""


@dataclass(frozen=True)
class Copy:
    """One that this process holds."""

    id: int
    wave_id: int
    attempts: int
    email: str


def look_after() -> bool:
    """Each minute: make what has become due, doubt what a dead worker left; whether anything is to be sent."""
    count(DOUBT, [settings.DELIVERY_LEASE_SECONDS])
    return is_due()


def is_due() -> bool:
    if not rows("SELECT EXISTS (SELECT 1 FROM channels_seedaddress WHERE is_active)", [])[0][0]:
        return False
    count(MAKE.format(gone=GONE, waiting=WAITING), {"after": AFTER, "channel": "email"})
    return bool(rows(f"{DUE} LIMIT 1", []))


def send_due(channel: Channel, *, seconds: float) -> bool:
    """Give copies away one by one; returns whether any is left to do now."""
    if not is_due():
        return False
    until = time.monotonic() + seconds
    while claimed := rows(CLAIM, []):
        copy = Copy(*claimed[0])
        state, answer = _send(channel, copy)
        _record(copy, state, answer)
        if time.monotonic() >= until:
            return bool(rows(f"{DUE} LIMIT 1", []))
    return False


def _send(channel: Channel, copy: Copy) -> tuple[State, str]:
    try:
        tried = channel.try_out(_trial(channel, copy))
    except UncertainError as error:
        return State.UNCERTAIN, str(error)
    except ContentError as error:
        return State.FAILED, f"content: {error}"
    except ChannelError as error:
        is_over = error.permanent or copy.attempts >= settings.DELIVERY_MAX_ATTEMPTS
        return State.FAILED if is_over else State.QUEUED, str(error)
    return State.SENT, tried.said.partition("; ")[2]


def _trial(channel: Channel, copy: Copy) -> Trial:
    """Filled in for the made-up person, and without a mark, so that mailboxes judge it as they judge the others."""
    found = rows(CONTENT, [copy.wave_id, channel.name])
    if not found:
        raise ChannelError("the wave has no e-mail content", permanent=True)
    blocks = json.loads(found[0][0])  # raw SQL gives JSON as text
    fields = previews.fields_for(channel, blocks)
    return Trial(trials.new_number(), blocks, fields, trials.usable(copy.email), mark="")


def _record(copy: Copy, state: State, answer: str) -> None:
    pause = FIRST_PAUSE * 2 ** min(copy.attempts - 1, 8)
    log.info("the copy %s of wave %s for a seed is %s", copy.id, copy.wave_id, state.value)
    count(RECORD, {"state": state.value, "answer": answer, "pause": pause, "id": copy.id})
