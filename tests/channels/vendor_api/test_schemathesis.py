"""Whatever the OpenAPI document allows, and much that it forbids, is answered as the document says, by a real server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as how
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance, unsupported_method

from channels import keys
from channels.models import Scope
from tests.channels import printing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore")]
EXAMPLES = 6  # for each operation, of what it allows and of what it forbids
# Rows and steps depend on what a job is like, which no schema tells; a batch with bad rows is answered row by row.
UNSAID = [positive_data_acceptance, negative_data_rejection, unsupported_method]


@pytest.fixture
def jobs(settings) -> list[int]:
    """One that waits, one in production, and one that is posted."""
    settings.KEY_FAILURES_PER_ADDRESS = settings.KEY_FAILURES_PER_KEY = 0  # wrong keys are part of it
    waiting, going, posted = (printing.mailing(2) for _ in range(3))
    press = printing.Caller(waiting.vendor)
    press.produce(going)
    press.produce(posted)
    press.posted(posted, 2)
    return [waiting.pk, going.pk, posted.pk]


@pytest.fixture
def own_keys(jobs) -> dict[str, str]:
    """By the first part of an operation's path."""
    made = {
        "/api/events": keys.create(name="shop", scope=Scope.EVENTS),
        "/api/time-outs": keys.create(name="shop", scope=Scope.EVENTS),
        "/api/redemptions": keys.create(name="till", scope=Scope.REDEMPTIONS),
        "/api/posts": keys.create(name="site", scope=Scope.POSTS),
        "/vendor/": keys.create(name="press", scope=Scope.VENDOR, vendor=printing.vendor()),
    }
    return {path: raw for path, (_, raw) in made.items()}


def operations(url: str) -> Iterator[Any]:
    for result in schemathesis.openapi.from_url(f"{url}/api/schema").get_all_operations():
        yield result.ok()


def asking(operation: Any, raw: str, jobs: list[int], mode: GenerationMode) -> Callable[[], None]:
    """A few requests of one operation, each judged by what the document says."""

    @how(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode), job=st.sampled_from([None, *jobs]))
    def ask(case: Any, job: int | None) -> None:
        if job is not None and "job_id" in case.path_parameters:
            case.path_parameters["job_id"] = str(job)
        headers = {"Authorization": f"Bearer {raw}"}
        case.call_and_validate(headers=headers, excluded_checks=UNSAID, timeout=30)

    return ask


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_answer_is_unexpected(live_server, jobs, own_keys, mode):
    wrong, asked = [], 0
    for operation in operations(live_server.url):
        raw = next(raw for path, raw in own_keys.items() if operation.path.startswith(path))
        try:
            asking(operation, raw, jobs, mode)()
        except (FailureGroup, Failure) as error:
            wrong.append(f"{operation.method} {operation.path}: {error}")
        asked += 1
    assert not wrong, "\n\n".join(wrong)
    assert asked > 15


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    connection.close()
