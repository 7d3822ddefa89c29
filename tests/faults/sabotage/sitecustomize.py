"""What tests break inside real workers. PYTHONPATH puts it into every Python of theirs; the environment says what.

FAULT_CLOCK     seconds by which the clock of this process is off
FAULT_MINUTE    seconds of a minute, for what happens each minute
FAULT_KILLS     a dispatch: whoever prepares it is killed
FAULT_CRASHES   a dispatch: writing its mail raises
"""

import datetime
import os
import signal
import time

from celery import signals


def shift_clock(seconds: float) -> None:
    real, real_time = datetime.datetime, time.time

    class Kind(type):
        def __instancecheck__(cls, other: object) -> bool:
            return isinstance(other, real)

    class Shifted(real, metaclass=Kind):
        @classmethod
        def now(cls, tz=None):
            return real.now(tz) + datetime.timedelta(seconds=seconds)

        @classmethod
        def utcnow(cls):
            return real.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=seconds)

    datetime.datetime = Shifted
    time.time = lambda: real_time() + seconds


if "FAULT_CLOCK" in os.environ:
    shift_clock(float(os.environ["FAULT_CLOCK"]))


@signals.beat_init.connect
def shorten_beat(sender, **_):
    if "FAULT_MINUTE" in os.environ:
        seconds = float(os.environ["FAULT_MINUTE"])
        sender.scheduler.schedule.clear()
        sender.scheduler.update_from_dict({"quick": {"task": "steering.tasks.every_minute", "schedule": seconds}})


@signals.celeryd_init.connect
def shorten_minute(**_):
    if "FAULT_MINUTE" in os.environ:
        from steering import celery

        celery.MINUTE = float(os.environ["FAULT_MINUTE"])


@signals.worker_process_init.connect
def poison(**_):
    from channels import recipients
    from channels.email.letters import Letter

    messages, fill = recipients.messages, Letter.fill

    def killing(channel, ids, *rest):
        if int(os.environ.get("FAULT_KILLS", "0")) in ids:
            os.kill(os.getpid(), signal.SIGKILL)
        return messages(channel, ids, *rest)

    def crashing(letter, message):
        if message.dispatch_id == int(os.environ.get("FAULT_CRASHES", "0")):
            raise ZeroDivisionError
        return fill(letter, message)

    recipients.messages, Letter.fill = killing, crashing
