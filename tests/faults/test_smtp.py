"""Mail servers refuse, hang, cut off and lie in the middle of a wave that real workers send."""

from collections import Counter

import pytest
from pytest_django import Settings

from channels.email import providers
from channels.email.letters import message_id
from channels.models import Dispatch, MailProvider
from tests import smtp_faults
from tests.faults.staging import CONNECTIONS, PEOPLE, Stage, await_that, sweep
from tests.smtp_faults import FaultyServer, faulty

WORKERS = 2
PATIENCE = {"EMAIL_TIMEOUT": "8", "EMAIL_FINAL_TIMEOUT": "8"}
# Where nobody dies a worker is doubted only long after it has given up a server.
LEASE_SECONDS = 60
LONG_LEASE = {"DELIVERY_LEASE_SECONDS": str(LEASE_SECONDS)}
# What a server does at one recipient, and where the dispatch may then be.
FAULTS = {
    "greylisting": ({"RCPT": b"450 4.2.0 come back later"}, {"queued"}),
    "no room": ({"RCPT": b"452 4.3.1 no room"}, {"queued"}),
    "busy": ({"RCPT": b"421 4.3.2 closing"}, {"queued"}),
    "nobody there": ({"RCPT": b"550 5.1.1 no such user"}, {"bounced"}),
    "by policy": ({"RCPT": b"550 5.7.1 no"}, {"failed"}),
    "too large": ({"final": b"552 5.3.4 too large"}, {"failed"}),
    "later, after all of it": ({"final": b"451 4.3.0 later"}, {"queued"}),
    "hangs before the message": ({"DATA": "hang"}, {"queued"}),
    "hangs after the final dot": ({"final": "hang"}, {"uncertain"}),
    "250 swallowed": ({"final": "swallow"}, {"uncertain"}),
    "cut off in the middle": ({"content": "cut"}, {"queued", "uncertain"}),  # the kernel may have taken the rest
}


@pytest.fixture
def _long_lease(stage: Stage, settings: Settings) -> None:
    settings.DELIVERY_LEASE_SECONDS = LEASE_SECONDS


def provider(name: str, server: FaultyServer, *, scheme: str = "smtp", host: str = "127.0.0.1", **fields) -> None:
    made = MailProvider(name=name, **fields)
    providers.keep_url(made, f"{scheme}://{host}:{server.port}")
    made.save()


@pytest.mark.usefixtures("_long_lease")
def test_every_refusal_hang_and_lie_ends_as_it_must_and_stops_nobody_else(stage: Stage):
    wave = stage.wave()
    dispatches = list(Dispatch.objects.filter(wave=wave).order_by("id"))
    struck = {name: dispatches[10 + 20 * number] for number, name in enumerate(FAULTS)}
    with faulty() as server:
        for number, (name, dispatch) in enumerate(struck.items()):
            at_own_host = (
                f"person@host{number}.example"  # a host that wants to be left alone is, and so would others at it
            )
            dispatch.customer.identifiers.update(value=at_own_host)
            server.replies_to[at_own_host] = FAULTS[name][0]
        with stage.worker(env=PATIENCE | LONG_LEASE | {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}):
            stage.wake()
            await_that(lambda: all(map(server.has_met, server.replies_to)), "some were not tried")
            await_that(lambda: _others(wave, struck) == {"sent"}, "others were held up")
            await_that(lambda: not _under_way(), "some have no answer")
        taken = Counter(server.ids)

    for name, dispatch in struck.items():
        dispatch.refresh_from_db()
        assert dispatch.state in FAULTS[name][1], name
    assert max(taken.values()) == 1
    assert taken[message_id(struck["250 swallowed"].pk)] == 1
    stage.check_invariants()


def _others(wave, struck) -> set[str]:
    sweep()
    pks = [dispatch.pk for dispatch in struck.values()]
    return set(Dispatch.objects.filter(wave=wave).exclude(pk__in=pks).values_list("state", flat=True))


def _under_way() -> bool:
    return Dispatch.objects.filter(state__in=["claimed", "sending"]).exists()


@pytest.mark.usefixtures("_long_lease")
def test_a_provider_that_dies_in_the_middle_is_replaced_by_another(stage: Stage):
    wave = stage.wave()
    with faulty() as dying, faulty() as other:
        provider("dying", dying)
        provider("other", other)
        with stage.worker(env=PATIENCE | LONG_LEASE):
            stage.wake()
            await_that(lambda: len(dying.messages) > PEOPLE // 10, "nothing was sent")
            dying.replies |= {"greeting": b"421 4.3.2 closing", "MAIL": b"421 4.3.2 closing"}
            stage.await_end(wave)
        taken = Counter([*dying.ids, *other.ids])

    states = Counter(Dispatch.objects.filter(wave=wave).values_list("state", flat=True))
    assert states == {"sent": PEOPLE}
    assert set(taken.values()) == {1}
    assert len(taken) == PEOPLE
    assert set(Dispatch.objects.values_list("attempts", flat=True)) == {1}
    stage.check_invariants()


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(stage: Stage, tmp_path):
    wave = stage.wave(40)
    context, authority = smtp_faults.certificate(tmp_path)
    with faulty(offers=("PIPELINING", "STARTTLS"), tls=context) as server:
        provider("private", server, scheme="smtp+tls", host="localhost")
        with stage.worker("distrusting", env=PATIENCE):
            stage.wake()
            await_that(lambda: server.connections >= 1, "nobody tried")
        assert server.messages == []
        assert set(Dispatch.objects.values_list("state", "attempts")) <= {("queued", 0), ("claimed", 0)}
        with stage.worker("trusting", env=PATIENCE | {"EMAIL_CA_FILE": authority}):
            stage.wake()
            assert stage.await_end(wave) == {"sent": 40}
        assert len(server.messages) == 40


@pytest.mark.usefixtures("_long_lease")
@pytest.mark.parametrize("people", [WORKERS * CONNECTIONS])
def test_a_server_that_reads_slowly_is_waited_for(stage: Stage, people: int):
    wave = stage.wave(people)
    with faulty() as server:
        server.sips = True
        with stage.worker(env=LONG_LEASE | {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}):
            stage.wake()
            assert stage.await_end(wave) == {"sent": people}
    assert len(server.messages) == people
