"""The demo's accident by itself: a worker killed in the middle of sending, and everything right in the end."""

from types import SimpleNamespace

from channels.models import Attempt
from steering.demo import accident, mailbox, sending
from steering.processes import running
from tests import builders
from tests.faults.staging import Stage, kill

PEOPLE = 120


def test_what_a_killed_worker_leaves_is_found_judged_and_sent(stage: Stage):
    wave = stage.wave(PEOPLE)
    staff = SimpleNamespace(manager=builders.user("channels.resolve_dispatch"))
    env = {"WORKERS_KEEP_TIME": "off", "DELIVERY_BATCH": "30"}
    with running(web=False, worker=True, mail=True, concurrency=2, folder=stage.folder, env=env) as there:
        sending.wake()
        killed = accident.kill_workers(wave.pk, there)
        released = accident.find(killed)
        sending.wake()
        sending.await_end(wave.pk, there.children)
        came = accident.judge(wave.pk, killed, released, maildir=there.maildir, staff=staff)
        sending.wake()
        out = sending.await_end(wave.pk, there.children)
        kill(there.children.pid("worker"))
    assert killed.processes == 2
    assert came.uncertain == came.sent + came.sent_again == Attempt.objects.filter(answer__startswith="decided").count()
    assert out == {"email": PEOPLE}
    mails = mailbox.read(there.maildir)
    mailbox.compare(mails, sending.addresses_mailed(wave.pk))
    assert len(mails) == PEOPLE
    stage.check_invariants()
