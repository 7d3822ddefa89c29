"""Who sends wrong keys is made to wait, longer each time, and nobody can lock out another by it."""

import pytest

from channels import keys
from channels.access import shared, wrong_keys
from channels.models import ApiKey, AuditEntry
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
HERE, ELSEWHERE = "198.51.100.1", "198.51.100.2"


@pytest.fixture(autouse=True)
def _few(settings):
    settings.KEY_FAILURES_PER_ADDRESS, settings.KEY_FAILURES_PER_KEY = 4, 3
    wrong_keys.OWN.clear()


@pytest.fixture(params=["redis", "no redis"])
def _with_and_without_redis(request, settings):
    if request.param == "no redis":
        settings.REDIS_URL = "redis://127.0.0.1:1/0"


@pytest.fixture
def raw() -> str:
    return keys.create(name="press", scope="vendor", vendor=printing.vendor())[1]


def ask(client, raw: str, address: str = HERE, path: str = "/vendor/v1/jobs"):
    return client.get(path, headers={"Authorization": f"Bearer {raw}"}, REMOTE_ADDR=address)


def wrong(number: int) -> str:
    return f"{number:012x}.guess"


@pytest.mark.usefixtures("_with_and_without_redis")
class TestAnAddress:
    def test_waits_after_some_wrong_keys_and_then_not_even_the_right_one_is_looked_at(self, client, raw):
        answers = [ask(client, wrong(number)).status_code for number in range(5)]
        assert answers == [401, 401, 401, 429, 429]
        answer = ask(client, raw)
        assert (answer.status_code, answer.json()["type"]) == (429, "urn:problem:too-many-requests")
        assert 0 < int(answer["Retry-After"]) <= 30
        assert ApiKey.objects.get().last_used_at is None

    def test_locks_out_nobody_elsewhere(self, client, raw):
        for number in range(6):
            ask(client, wrong(number))
        assert ask(client, raw, ELSEWHERE).status_code == 200

    def test_is_a_whole_network_in_ipv6(self, client, raw):
        for number in range(4):
            ask(client, wrong(number), f"2001:db8:1:1::{number}")
        assert ask(client, raw, "2001:db8:1:1:ffff::1").status_code == 429
        assert ask(client, raw, "2001:db8:1:2::1").status_code == 200

    def test_is_refused_by_the_other_apis_as_well(self, client):
        for number in range(4):
            ask(client, wrong(number))
        assert client.post("/api/events", headers={"Authorization": "Bearer x"}, REMOTE_ADDR=HERE).status_code == 429

    def test_is_not_written_down_while_it_waits(self, client):
        for number in range(9):
            ask(client, wrong(number))
        assert AuditEntry.objects.count() == 4


@pytest.mark.usefixtures("_with_and_without_redis")
class TestAPrefix:
    def test_is_refused_to_who_guesses_from_many_addresses_and_open_to_who_has_the_key(self, client, raw):
        guess = raw.partition(".")[0] + ".guess"
        answers = [ask(client, guess, f"203.0.113.{number}").status_code for number in range(4)]
        assert answers == [401, 401, 429, 429]
        assert ask(client, raw, ELSEWHERE).status_code == 200


class TestTheWait:
    def test_doubles_with_each_further_wrong_key_and_is_never_longer_than_a_quarter(self, redis_connection):
        waits = []
        for _ in range(10):
            waits.append(wrong_keys.note(HERE, ""))
            redis_connection.delete(shared.key("lock", "address", HERE))
        assert waits == [0, 0, 0, 30, 60, 120, 240, 480, 900, 900]

    def test_does_so_in_one_process_too(self):
        own = wrong_keys.Counted()
        assert [own.fail("address", HERE, 2) for _ in range(8)] == [0, 30, 60, 120, 240, 480, 900, 900]

    def test_while_it_lasts_nothing_is_counted(self):
        for _ in range(4):
            wrong_keys.note(HERE, "")
        assert 0 < wrong_keys.note(HERE, "") <= 30  # not doubled

    def test_ends_and_what_was_counted_is_forgotten_later(self, redis_connection):
        for _ in range(4):
            wrong_keys.note(HERE, "")
        counted = redis_connection.pttl(shared.key("failures", "address", HERE))
        assert 300_000 < counted <= 330_000

    def test_in_one_process_only_so_many_are_remembered(self, monkeypatch):
        monkeypatch.setattr(wrong_keys, "MOST_REMEMBERED", 2)
        own = wrong_keys.Counted()
        for name in ("a", "b", "c"):
            own.fail("address", name, 1)
        assert [own.wait("address", name) > 0 for name in ("a", "b", "c")] == [False, True, True]


def test_keys_that_have_ended_are_no_guesses(client, raw):
    keys.revoke(ApiKey.objects.get())
    assert {ask(client, raw).status_code for _ in range(9)} == {401}


def test_nought_means_never(client, settings):
    settings.KEY_FAILURES_PER_ADDRESS = settings.KEY_FAILURES_PER_KEY = 0
    assert {ask(client, wrong(1)).status_code for _ in range(9)} == {401}


def test_redis_holds_neither_address_nor_prefix(client, redis_connection):
    for _ in range(4):
        ask(client, wrong(0xABC))
    held = b" ".join(redis_connection.keys())
    assert HERE.encode() not in held
    assert b"000000000abc" not in held
