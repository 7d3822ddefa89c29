"""What every network's backend promises, run over all of them against servers that behave as documented."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from channels.base import ChannelError, UncertainError
from channels.social import hashing, networks
from channels.social.backends import BACKENDS, Access, AudienceBackend, Backend
from channels.social.backends.base import Batch, MediaUnderway, Post, Published, Taken, Underway
from channels.social.http import LARGEST_ANSWER, AccountError, BusyError
from channels.social.networks import Person

from .servers import SERVERS, Fault, NetworkServer, running

AUDIENCES = {"meta": "23850000000000001", "google": "777", "linkedin": "10804"}
PEOPLE = [Person(f"person{n}@example.com", f"+4917012345{n}", "Erika", "Muster", "10115", "DE") for n in range(3)]
POST = Post(
    key="a-key", text="Neu https://shop.example.com/neu?a=1", link="", mark="3-post-7-abc", post_id=7, campaign_id=3
)


@pytest.fixture(autouse=True)
def _loopback(settings) -> None:
    settings.SOCIAL_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture(params=[*BACKENDS])
def server(request) -> Iterator[NetworkServer]:
    with running(SERVERS[request.param]()) as server:
        yield server


@pytest.fixture
def access(server: NetworkServer) -> Access:
    return Access(server.url, "123-456-7890", AUDIENCES.get(server.kind, ""), server.secret)


@pytest.fixture
def backend(server: NetworkServer, access: Access) -> Backend:
    return BACKENDS[server.kind](access)


def rows(kind: str) -> list[list[str]]:
    return [networks.NETWORKS[kind].row(person) for person in PEOPLE]


def push(backend: AudienceBackend, batch: Batch) -> Taken:
    """All the calls of a batch."""
    told = backend.push(batch)
    while isinstance(told, Underway):
        batch = replace(batch, progress=told.progress, rows=[] if told.has_rows else batch.rows)
        told = backend.push(batch)
    return told


def act(backend: Backend) -> None:
    """The call by which something is taken."""
    if isinstance(backend, AudienceBackend):
        push(backend, Batch(rows(backend.kind)))
    else:
        backend.publish(POST)


class TestEveryBackend:
    def test_says_who_it_is(self, backend):
        assert backend.label
        assert backend.asks_for
        assert backend.kind in BACKENDS

    def test_tells_staff_that_the_account_works(self, backend, server):
        assert backend.check()
        assert server.taken() == 0

    def test_gives_away_what_it_is_given(self, backend, server):
        act(backend)
        assert server.taken() == (3 if isinstance(backend, AudienceBackend) else 1)

    def test_twice_is_the_same_as_once(self, backend, server):
        act(backend)
        once = server.taken()
        act(backend)
        assert server.taken() == once

    def test_a_token_that_has_expired_is_for_staff_to_mend(self, server, access):
        wrong = access.secret.replace(server.token, "whsec_" + "AAAA" * 8)
        backend = BACKENDS[server.kind](replace(access, secret=wrong))
        for call in (backend.check, lambda: act(backend)):
            with pytest.raises(AccountError, match="token"):
                call()
        assert server.taken() == 0

    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_what_is_not_there_or_not_allowed_is_for_staff_to_mend(self, backend, server, status):
        server.faults.append(Fault(status, on=server.main))
        with pytest.raises(AccountError):
            act(backend)

    def test_too_many_calls_say_how_long_to_wait(self, backend, server):
        server.faults.append(Fault(429, headers={"Retry-After": "17"}, on=server.main))
        with pytest.raises(BusyError) as raised:
            act(backend)
        assert raised.value.retry_after == 17
        assert server.taken() == 0

    def test_a_date_says_it_as_well(self, backend, server):
        at = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
        server.faults.append(Fault(429, headers={"Retry-After": at}, on=server.main))
        with pytest.raises(BusyError) as raised:
            act(backend)
        assert 80 <= raised.value.retry_after <= 90

    def test_too_many_calls_may_say_nothing_about_it(self, backend, server):
        server.faults.append(Fault(429, on=server.main))
        with pytest.raises(BusyError) as raised:
            act(backend)
        assert raised.value.retry_after is None

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_failure_of_theirs_is_temporary(self, backend, server, status):
        server.faults.append(Fault(status, b"<html>oops</html>", on=server.main))
        with pytest.raises(ChannelError) as raised:
            act(backend)
        assert not raised.value.permanent
        assert not isinstance(raised.value, AccountError | BusyError)

    def test_a_refusal_is_for_good(self, backend, server):
        server.faults.append(Fault(400, on=server.main))
        with pytest.raises(ChannelError) as raised:
            act(backend)
        assert raised.value.permanent

    @pytest.mark.parametrize("cuts", ["before", "after"])
    def test_a_broken_connection_is_uncertain(self, backend, server, cuts):
        server.faults.append(Fault(cuts=cuts, on=server.main))
        with pytest.raises(UncertainError):
            act(backend)

    def test_silence_is_uncertain(self, backend, server, strike):
        strike(server, hangs=True)
        with pytest.raises(UncertainError, match="no answer in time"):
            act(backend)

    def test_after_a_broken_connection_it_may_be_repeated(self, backend, server):
        server.faults.append(Fault(cuts="after", on=server.main))
        with pytest.raises(UncertainError):
            act(backend)
        act(backend)
        assert server.taken() == (3 if isinstance(backend, AudienceBackend) else 1)

    def test_what_is_not_there_at_all_is_known_not_to_have_it(self, server, access):
        backend = BACKENDS[server.kind](replace(access, base_url="http://127.0.0.1:1"))
        with pytest.raises(ChannelError) as raised:
            act(backend)
        assert (raised.value.code, raised.value.permanent) == ("unreachable", False)

    def test_nobody_sends_us_elsewhere(self, backend, server):
        server.faults.append(Fault(307, headers={"Location": f"{server.url}/elsewhere"}, on=server.main))
        with pytest.raises(AccountError, match="elsewhere"):
            act(backend)
        assert server.calls("/elsewhere") == []

    def test_an_endless_answer_is_not_read(self, backend, server):
        server.faults.append(Fault(200, b"x" * (LARGEST_ANSWER + 10), on=server.main))
        with pytest.raises(UncertainError, match="longer than"):
            act(backend)

    def test_loopback_is_refused_unless_it_is_allowed(self, backend, server, settings):
        settings.SOCIAL_PRIVATE_HOSTS = []
        with pytest.raises(AccountError, match="private network"):
            backend.check()
        assert server.requests == []

    def test_the_secret_is_in_no_address_and_no_error(self, backend, server, access):
        act(backend)
        server.faults.append(Fault(401, on=server.main))
        with pytest.raises(AccountError) as raised:
            act(backend)
        assert server.token not in str(raised.value) + repr(access)
        assert all(server.token not in one.path for one in server.requests)


@pytest.mark.parametrize("server", [kind for kind in BACKENDS if kind != "webhook"], indirect=True)
@pytest.mark.parametrize("body", [[], [1], "x", None, 3, b"<html>", b"\xff", b"[" * 100_000])
def test_an_answer_of_another_shape_says_nothing(backend, server, body):
    """Whoever takes webhooks may answer what they like; networks answer as documented, or it is unknown what they did."""
    server.faults.append(Fault(200, body, on=server.main))
    with pytest.raises(ChannelError) as raised:
        act(backend)
    assert not raised.value.permanent


@pytest.mark.parametrize("server", AUDIENCES, indirect=True)
class TestEveryAudience:
    def test_who_is_removed_is_gone(self, backend, server):
        act(backend)
        push(backend, Batch(rows(backend.kind)[:1], removes=True))
        assert server.taken() == 2

    def test_who_is_not_there_can_be_removed(self, backend, server):
        assert push(backend, Batch(rows(backend.kind), removes=True)) is not None
        assert server.taken() == 0

    def test_only_hashes_leave(self, backend, server):
        act(backend)
        sent = b"".join(one.raw for one in server.requests).decode().lower()
        assert all(word not in sent for word in ("person0", "@example", "erika", "muster", "+4917"))

    def test_what_it_refuses_is_told_and_the_others_are_in(self, backend, server):
        bad = rows(backend.kind)[0][0]
        server.invalid.add(bad)
        told = push(backend, Batch(rows(backend.kind)))
        assert len(told.refused) or told.refused_number == 1
        assert told.refused in ((), (0,))
        assert server.taken() == 2

    def test_a_wrong_audience_is_for_staff_to_mend(self, server, access):
        backend = BACKENDS[server.kind](replace(access, audience_id="999"))
        with pytest.raises(AccountError):
            act(backend)


@pytest.mark.parametrize("server", ["meta"], indirect=True)
class TestMeta:
    @pytest.mark.parametrize("code", [4, 17, 32, 613, 80003, 80004, 80014])
    def test_codes_of_too_many_calls(self, backend, server, code):
        usage = '{"12": [{"type": "custom_audience", "call_count": 100, "estimated_time_to_regain_access": 3}]}'
        body = {"error": {"code": code, "message": "limit"}}
        server.faults.append(Fault(400, body, {"X-Business-Use-Case-Usage": usage}))
        with pytest.raises(BusyError) as raised:
            act(backend)
        assert raised.value.retry_after == 180

    def test_it_rests_before_the_limit_is_reached(self, backend, server):
        usage = '{"12": [{"type": "custom_audience", "call_count": 97, "total_time": 3}]}'
        server.faults.append(Fault(200, {"num_received": 3}, {"X-Business-Use-Case-Usage": usage}))
        assert push(backend, Batch(rows("meta"))).rest_seconds == 60

    def test_the_session_says_which_part_of_how_many(self, backend, server):
        push(backend, Batch(rows("meta"), session=5, sequence=1, is_last=False, session_rows=9))
        assert server.calls("POST")[0].body["session"] == {
            "session_id": 5, "batch_seq": 1, "last_batch_flag": False, "estimated_num_total": 9,
        }  # fmt: skip

    def test_a_session_out_of_order_is_told_apart(self, backend):
        with pytest.raises(ChannelError) as raised:
            push(backend, Batch(rows("meta"), session=5, sequence=3))
        assert type(raised.value).__name__ == "SessionError"


@pytest.mark.parametrize("server", ["google"], indirect=True)
class TestGoogle:
    def test_consent_is_told_of_whom_we_add_and_not_of_whom_we_remove(self, backend, server):
        act(backend)
        push(backend, Batch(rows("google"), removes=True))
        consent = {"adUserData": "GRANTED", "adPersonalization": "GRANTED"}
        assert [job["consent"] for job in server.jobs.values()] == [consent, None]

    def test_a_job_that_runs_already_is_waited_for(self, backend, server):
        server.faults.append(Fault(cuts="after", on=":run"))
        batch = Batch(rows("google"))
        for _ in range(2):  # it is made, it is filled
            batch = replace(batch, progress=backend.push(batch).progress)
        with pytest.raises(UncertainError):
            backend.push(batch)
        push(backend, batch)
        assert (server.taken(), len(server.jobs)) == (3, 1)

    def test_a_job_is_asked_about_ever_more_rarely(self, backend, server):
        server.polls = 9
        batch, waits = Batch(rows("google")), []
        while not isinstance(told := backend.push(batch), Taken):
            batch = replace(batch, progress=told.progress)
            waits.append(told.seconds)
        assert waits[2:6] == [60, 120, 240, 480]
        assert max(waits) == 900

    def test_a_job_that_failed_is_refused(self, backend, server):
        server.ends_as = "FAILED"
        with pytest.raises(ChannelError, match="job failed") as raised:
            act(backend)
        assert raised.value.permanent

    def test_a_quota_says_how_long_to_wait(self, backend, server):
        quota = {"errors": [{"details": {"quotaErrorDetails": {"retryDelay": "30s"}}}]}
        body = {"error": {"status": "RESOURCE_EXHAUSTED", "details": [quota]}}
        server.faults.append(Fault(429, body, on=":create"))
        with pytest.raises(BusyError) as raised:
            act(backend)
        assert raised.value.retry_after == 30


@pytest.mark.parametrize("server", ["linkedin"], indirect=True)
@pytest.mark.parametrize(("status", "error"), [(429, BusyError), (401, AccountError), (500, ChannelError)])
def test_an_element_that_was_turned_away_for_now_is_no_invalid_one(backend, server, status, error):
    elements = [{"status": 201}, {"status": status}, {"status": 201}]
    server.faults.append(Fault(200, {"elements": elements}))
    with pytest.raises(error):
        act(backend)


@pytest.mark.parametrize("server", ["mastodon"], indirect=True)
class TestMastodon:
    def test_a_picture_that_is_worked_on_is_waited_for(self, backend, server):
        server.media_steps = 2
        post = replace(POST, image=b"\x89PNG")
        told = backend.publish(post)
        assert isinstance(told, MediaUnderway)
        assert isinstance(backend.publish(replace(post, media_id=told.media_id)), MediaUnderway)
        assert isinstance(backend.publish(replace(post, media_id=told.media_id)), Published)
        assert server.calls("POST /api/v1/statuses")[0].body["media_ids"] == ["media-1"]
        assert len(server.calls("POST /api/v2/media")) == 1

    def test_a_link_counts_as_the_server_counts_it(self, backend, server):
        assert backend.length("Neu: https://shop.example.com/" + "a" * 300) == 5 + 23
        assert backend.most_characters() == 2000
        assert len(server.calls("instance")) == 1

    def test_what_is_far_enough_ahead_is_scheduled_there(self, backend, server):
        at = datetime.now(UTC) + timedelta(minutes=10)
        assert backend.publish(replace(POST, publish_at=at)).scheduled_id in server.scheduled

    def test_what_is_too_near_is_not(self, backend, server):
        backend.publish(replace(POST, publish_at=datetime.now(UTC) + timedelta(minutes=4)))
        assert len(server.statuses) == 1

    def test_a_post_is_changed_where_it_is(self, backend, server):
        out = backend.publish(POST)
        backend.publish(replace(POST, text="Anders", provider_id=out.provider_id))
        assert [status["content"] for status in server.statuses.values()] == ["<p>Anders</p>"]

    def test_it_is_found_by_its_mark(self, backend):
        assert backend.look_up(POST) is None
        backend.publish(replace(POST, text=f"Neu https://shop.example.com/?a=1&utm_campaign={POST.mark}"))
        assert backend.look_up(POST).url.endswith("/@shop/1")

    def test_a_scheduled_one_that_is_out_by_now_is_taken_down_all_the_same(self, backend, server):
        at = datetime.now(UTC) + timedelta(minutes=10)
        text = f"https://shop.example.com/?utm_campaign={POST.mark}"
        told = backend.publish(replace(POST, text=text, publish_at=at))
        server.time_comes()
        backend.withdraw(replace(POST, scheduled_id=told.scheduled_id))
        assert server.taken() == 0

    def test_what_is_not_there_any_more_cannot_be_changed(self, backend):
        with pytest.raises(ChannelError, match="not there any more") as raised:
            backend.publish(replace(POST, provider_id="404"))
        assert raised.value.permanent

    def test_what_is_gone_is_taken_down(self, backend):
        backend.withdraw(replace(POST, provider_id="404"))


@pytest.mark.parametrize("server", ["webhook"], indirect=True)
class TestWebhook:
    def test_it_tells_numbers_only(self, backend, server):
        backend.publish(POST)
        assert next(iter(server.seen.values()))["data"] == {"post_id": 7, "campaign_id": 3}

    def test_both_secrets_sign_while_they_are_rotated(self, server, access):
        other = "whsec_" + "AAAA" * 8
        BACKENDS["webhook"](replace(access, secret=f"{other} {server.token}")).publish(POST)
        assert server.taken() == 1

    @pytest.mark.parametrize("secret", ["", "token", "whsec_", "whsec_abc", "whsec_" + "A" * 100, "whsec_!!!!"])
    def test_a_secret_that_is_none_is_refused(self, access, secret):
        with pytest.raises(AccountError, match="whsec_"):
            BACKENDS["webhook"](replace(access, secret=secret)).publish(POST)


@pytest.mark.parametrize("secret", ["token", "[]", "{}", '{"developer_token": 1}'])
def test_a_google_secret_that_is_no_json_is_refused_by_name(secret):
    with pytest.raises(AccountError, match="developer_token, client_id"):
        BACKENDS["google"](Access("https://example.com", "1", "1", secret)).check()


def test_hashes_are_of_what_the_networks_normalise():
    assert rows("linkedin")[0] == [hashing.sha256("person0@example.com")]
