"""The log says what happened to which ids, in either form, and never who it was."""

import json
import logging
import threading
from collections.abc import Callable

import pytest
from celery import shared_task
from django.db import DataError, IntegrityError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from campaigns.identity import IdentityError
from campaigns.models import Customer
from channels.base import ChannelError
from steering import log_about, log_words
from steering.log_format import Formatter, Json, log_dead_threads
from tests import builders

NAME, ADDRESS, PHONE = "Canary Vogelsang", "canary.vogelsang@example.com", "+49 171 2345678"
SEEN: list[dict] = []
CANARY = f"{NAME} <{ADDRESS}> {PHONE}"
FORMATS = pytest.mark.parametrize("form", [Formatter("%(levelname)s %(message)s"), Json()], ids=["text", "json"])


class Kept(logging.Handler):
    def __init__(self, form: logging.Formatter) -> None:
        super().__init__()
        self.form = form
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.form.format(record))


@pytest.fixture
def logged() -> Callable[..., str]:
    """What a formatter makes of everything that is logged while a function runs."""

    def run(form: logging.Formatter, act: Callable[[], object]) -> str:
        handler = Kept(form)
        logging.getLogger().addHandler(handler)
        try:
            act()
        finally:
            logging.getLogger().removeHandler(handler)
        assert handler.lines
        return "\n".join(handler.lines)

    return run


def says_nothing(text: str) -> bool:
    told = json.loads(f'"{text}"') if text.startswith("\\") else text
    return not any(word in told for word in ("anary", "ogelsang", "2345678", "example.com"))


def raise_and_log(error: Exception) -> None:
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as first:
            raise error from first
    except Exception:
        logging.getLogger("test").exception("it failed")


@FORMATS
@pytest.mark.parametrize(
    "error",
    [
        ValueError(CANARY),
        RuntimeError({"name": NAME}),
        OSError(2, "No such file", f"/print/{NAME}.pdf"),
        UnicodeEncodeError("ascii", NAME, 0, 1, ADDRESS),
        IdentityError("email", CANARY),
        ExceptionGroup(CANARY, [ValueError(CANARY), TypeError(NAME)]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_exceptions_and_what_led_to_them_quote_nobody(form: logging.Formatter, error: Exception, logged):
    text = logged(form, lambda: raise_and_log(error))
    assert says_nothing(text)
    assert "it failed" in text
    assert "KeyError" in text  # what led to it, where
    assert "raise_and_log" in text
    assert type(error).__name__ in text


@FORMATS
def test_exceptions_within_messages_quote_nobody(form: logging.Formatter, logged):
    log, error = logging.getLogger("test"), ValueError(CANARY)

    def framework() -> None:
        try:
            raise error
        except ValueError:
            log.exception("raised unexpected: %r", repr(error))
            log.error(f"failed: {error}", exc_info=True)

    text = logged(
        form, lambda: [log.error("of %s", error), log.error("%(exc)s", {"exc": error}), log.error(error), framework()]
    )
    assert says_nothing(text)


@FORMATS
def test_errors_of_the_database_quote_nobody(form: logging.Formatter, logged, db: None):
    first = builders.customer(customer_number=NAME)

    def double() -> None:
        Customer.objects.create(customer_number=first.customer_number)

    def wrong_data() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::text::int", [CANARY])

    def wrong_statement() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s, nothing_like_this", [CANARY])

    for act, kind in ((double, IntegrityError), (wrong_data, DataError), (wrong_statement, Exception)):
        text = logged(form, lambda act=act, kind=kind: fail_in_database(act, kind))
        assert says_nothing(text)
    assert "42703" in text  # the state tells that a column is not there


def fail_in_database(act: Callable[[], None], kind: type[Exception]) -> None:
    from django.db import transaction

    try:
        with transaction.atomic():
            act()
    except kind as error:
        logging.getLogger("test").exception("in the database: %s", error)


@shared_task
def failing_task(wave_id: int, recipient: str) -> None:
    raise ValueError(CANARY)


@FORMATS
def test_failed_tasks_quote_nobody_and_name_their_ids(form: logging.Formatter, logged):
    log_about.follow_tasks()
    text = logged(form, lambda: failing_task.apply(args=(17, CANARY), throw=False))
    assert says_nothing(text)
    assert "failing_task" in text
    assert "ValueError" in text


@FORMATS
def test_a_thread_that_dies_quotes_nobody(form: logging.Formatter, logged, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # put back afterwards
    log_dead_threads()

    def die() -> None:
        raise ValueError(CANARY)

    def act() -> None:
        thread = threading.Thread(target=die, name="sender")
        thread.start()
        thread.join()

    text = logged(form, act)
    assert says_nothing(text)
    assert "thread sender died" in text


@FORMATS
def test_addresses_and_phones_are_withheld_in_messages_too(form: logging.Formatter, logged):
    for phone in (
        "+49 171 2345678",
        "0049-171-2345678",
        "0171/2345678",
        "(0171) 2345678",
        "01712345678",
        "+491712345678",
    ):
        text = logged(form, lambda phone=phone: logging.getLogger("t").warning("call %s or %s", phone, ADDRESS))
        assert says_nothing(text)
        assert "call [phone] or [address]" in text


@pytest.mark.parametrize(
    "text",
    [
        "dispatch 1234567890 of wave 17",
        "2026-11-26 04:41:11,123 sent",
        "took 0.12345678 s",
        "at 10.0.0.1:5432",
        "task 0f3a12de-0171-2345-9abc-0123456789ab",
        "slot 2026-11-26T04:41:00+00:00",
        "batch 00000012",
    ],
)
def test_ids_moments_and_figures_stay(text: str):
    assert log_words.withhold(text) == text


def test_words_of_ours_and_of_services_are_told():
    assert log_words.words(ChannelError("421 too busy", permanent=False)) == "421 too busy"
    assert log_words.words(OperationalError("the server closed the connection")) == "the server closed the connection"
    assert log_words.words(PermissionError(13, "Permission denied", "/secret")) == "Permission denied"


def test_an_entry_in_json_is_one_line_with_its_ids(logged):
    def act() -> None:
        with log_about.about(request="of-this-test"):
            logging.getLogger("test").warning("two\nlines ü", extra={"wave": 17, "data": CANARY, "dispatch": 4})

    (line,) = logged(Json(), act).splitlines()
    entry = json.loads(line)
    assert (entry["message"], entry["level"], entry["logger"]) == ("two\nlines ü", "WARNING", "test")
    assert (entry["request"], entry["wave"], entry["dispatch"]) == ("of-this-test", 17, 4)
    assert "data" not in entry
    assert entry["time"].endswith("+00:00")


@shared_task
def noting(wave_id: int, recipient: str = "") -> None:
    SEEN.append(dict(log_about.now()))


def test_a_task_names_itself_and_what_it_was_asked_for():
    log_about.follow_tasks()
    done = noting.apply(args=(17,), kwargs={"recipient": ADDRESS})
    assert [{"task": noting.name, "task_id": done.id, "wave": 17}] == SEEN
    assert log_about.now() == {}


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("0123456789abcdef", True),
        ("short", False),
        ("with spaces and more", False),
        ("x" * 65, False),
        ("12345678\n", False),
    ],
)
def test_a_request_keeps_the_id_of_the_proxy_if_it_is_one(given: str, is_kept: bool):
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(log_about.now()["request"])
        return HttpResponse()

    answer = log_about.Requests(view)(RequestFactory().get("/", headers={"X-Request-ID": given}))
    assert answer["X-Request-ID"] == seen[0]
    assert (seen[0] == given) is is_kept


def test_every_answer_names_its_request(client: Client):
    first, second = (client.get("/health/live")["X-Request-ID"] for _ in range(2))
    assert first != second


@given(st.text())
def test_any_text_makes_one_json_line(message: str):
    line = Json().format(logging.LogRecord("x", logging.ERROR, "x", 1, message, None, None))
    assert "\n" not in line
    assert json.loads(line)["level"] == "ERROR"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (17, 17),
        ([4, 5], [4, 5]),
        ("print_mailing", "print_mailing"),
        (f"pigeon {ADDRESS}", "[withheld]"),
        ({"name": NAME}, "[withheld]"),
        ([NAME], ["[withheld]"]),
    ],
)
def test_in_the_place_of_ids_nothing_else_is_told(given: object, told: object):
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "", None, None)
    record.channel = given
    assert json.loads(Json().format(record))["channel"] == told
