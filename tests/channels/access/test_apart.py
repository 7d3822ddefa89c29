"""What is another vendor's answers as what does not exist, over every endpoint and method that there is or will be.

The endpoints are those of the URL configuration, and their parameters are filled in by name; a parameter that this test
does not know yet fails it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from channels import keys
from channels.api.recorded import RecordedView
from channels.models import VENDOR_SCOPES, MailingFile, PrintItem, PrintJob, PrintWithdrawal, Scope, Vendor
from channels.vendor_api.urls import urlpatterns
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

BASE = "/vendor/v1/"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
ROUTES = [str(one.pattern) for one in urlpatterns]
OF_A_JOB = [route for route in ROUTES if "job_id" in route]
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
NOT_COMPARED = ("RateLimit", "RateLimit-Policy", "X-Request-ID")  # another with every request
MISSING = {"job_id": 987_654_321, "name": "nowhere.csv", "seq": 987_654_321}
NO_NUMBERS = ("0", "-1", "x", "1.0", "1e3", "٣", "9" * 19, "9" * 400, "1%00", "%20", "null")
BODIES: list[Any] = [{}, {"revision": 1, "files": [], "reason": "no paper", "items": [], "minutes": 5}, []]


@dataclass
class World:
    """One vendor's key, and what is another's."""

    press: printing.Caller
    own: PrintJob
    theirs: PrintJob

    @property
    def foreign(self) -> dict[str, Any]:
        name = next(iter(printing.files(self.theirs)))
        return {"job_id": self.theirs.pk, "name": name, "seq": PrintWithdrawal.objects.get(job=self.theirs).seq}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
        """What can be told from an answer."""
        headers = {"Authorization": f"Bearer {self.press.raw}", "Idempotency-Key": f"k{next(self.press.numbers)}"}
        data = {} if body is None or method in ("get", "head") else {"data": body, "content_type": "application/json"}
        answer = getattr(self.press.client, method)(path, headers=headers, **data)
        told = {name: value for name, value in answer.items() if name not in NOT_COMPARED}
        return answer.status_code, told, answer.getvalue()


@pytest.fixture
def world(settings) -> World:
    settings.KEY_FAILURES_PER_ADDRESS = settings.KEY_FAILURES_PER_KEY = 0
    theirs = printing.bare_job(slug="other")
    item = PrintItem.objects.create(job=theirs, sequence=1)
    PrintWithdrawal.objects.create(job=theirs, seq=1, item=item, reason="objection", in_time=True)
    MailingFile.objects.create(job=theirs, revision=1, name="letters.csv", rows=1, bytes=9, sha256="0" * 64)
    return World(printing.Caller(printing.vendor()), printing.bare_job(), theirs)


def filled(route: str, values: dict[str, Any]) -> str:
    return BASE + PARAMETER.sub(lambda found: str(values[found[1]]), route)


def operations() -> Iterator[tuple[str, str]]:
    document = SchemaGenerator().get_schema(request=None, public=True)
    for path, methods in document["paths"].items():
        if path.startswith(BASE):
            yield from ((path, method) for method in methods if method in METHODS)


def test_every_endpoint_of_the_document_is_among_the_routes_and_is_recorded():
    templates = {BASE + PARAMETER.sub(r"{\1}", route) for route in ROUTES}
    assert {path for path, _ in operations()} == templates
    for one in urlpatterns:
        assert issubclass(one.callback.view_class, RecordedView), one.name
        assert one.name, "the audit log names a request by its route"


def test_all_of_the_vendor_api_is_below_one_address():
    below = [one for one in get_resolver().reverse_dict if isinstance(one, str) and one.startswith("vendor-")]
    assert sorted(below) == sorted(one.name for one in urlpatterns)


@pytest.mark.parametrize("route", OF_A_JOB)
def test_anothers_answers_as_what_is_not_there_and_takes_as_many_statements(world, route):
    theirs, missing = filled(route, world.foreign), filled(route, MISSING)
    world.press.get("jobs")  # the use of the key is on record
    for method, body in product(METHODS, BODIES):
        with CaptureQueriesContext(connection) as for_missing:
            expected = world.ask(method, missing, body)
        with CaptureQueriesContext(connection) as for_theirs:
            assert world.ask(method, theirs, body) == expected
        assert (expected[0] in (404, 405), len(for_theirs)) == (True, len(for_missing))
    for method, query in product(("get", "post"), ("?revision=1", "?after=0")):
        assert world.ask(method, theirs + query) == world.ask(method, missing + query)


@pytest.mark.parametrize("parameter", ["name", "seq"])
def test_nor_is_there_a_part_of_anothers_job_in_ones_own(world, parameter):
    """A file's name, or the number of a withdrawal."""
    of_own = world.foreign | {"job_id": world.own.pk}
    for route in [one for one in OF_A_JOB if parameter in PARAMETER.findall(one)]:
        for method in METHODS:
            expected = world.ask(method, filled(route, of_own | {parameter: MISSING[parameter]}), {})
            found = world.ask(method, filled(route, of_own), {})
            assert (found[0], found[2]) == (expected[0], expected[2])
            assert not 200 <= found[0] < 300


def test_what_is_no_number_answers_alike(world):
    for route in OF_A_JOB:
        expected = world.ask("get", filled(route, MISSING))
        for number in NO_NUMBERS:
            assert world.ask("get", filled(route, MISSING | {"job_id": number})) == expected


def test_after_all_of_it_nothing_of_theirs_has_changed(world):
    before = list(PrintJob.objects.filter(pk=world.theirs.pk).values()), printing.items(world.theirs)
    for route in OF_A_JOB:
        for method in METHODS:
            for body in BODIES:
                world.ask(method, filled(route, world.foreign), body)
    assert (list(PrintJob.objects.filter(pk=world.theirs.pk).values()), printing.items(world.theirs)) == before


class TestKeys:
    def without_use(self, kind: str, vendor: Vendor) -> str:
        if kind == "none":
            return ""
        if kind == "unknown":
            return "0123456789ab.nothing"
        ends_at = timezone.now() - timedelta(seconds=1) if kind == "expired" else None
        key, raw = keys.create(name=kind, scope="vendor", vendor=vendor, expires_at=ends_at)
        if kind == "revoked":
            keys.revoke(key)
        if kind == "almost":
            return raw[:-1]
        if kind == "of a vendor who takes no orders":
            Vendor.objects.filter(pk=vendor.pk).update(is_active=False)
        return raw

    @pytest.mark.parametrize(
        "kind", ["none", "unknown", "almost", "revoked", "expired", "of a vendor who takes no orders"]
    )
    def test_that_open_nothing_answer_alike_everywhere(self, world, kind):
        world.press.raw = self.without_use(kind, world.press.vendor)
        answers = set()
        for route in ROUTES:
            for method in ("get", "head", "post", "delete"):
                for values in (world.foreign, MISSING):
                    status, told, body = world.ask(method, filled(route, values), {})
                    assert (status, told["WWW-Authenticate"]) == (401, 'Bearer realm="campaign steering"')
                    answers.add(b"" if method == "head" else body)
        assert len(answers - {b""}) == 1

    def test_that_do_not_open_this_answer_alike_for_all_ids(self, world):
        for path, method in operations():
            needed = self.scope(path, method)
            others = " ".join(one for one in VENDOR_SCOPES if one not in (Scope.VENDOR, needed))
            world.press.raw = keys.create(name="some", scope=others, vendor=world.press.vendor)[1]
            route = re.sub(r"\{(\w+)\}", r"<\1>", path.removeprefix(BASE))
            found = [
                world.ask(method, filled(route, values), {})
                for values in (world.foreign, world.foreign | {"job_id": world.own.pk}, MISSING)
            ]
            assert found[0] == found[1] == found[2]
            assert (found[0][0], b"insufficient-scope" in found[0][2]) == (403, True)

    def scope(self, path: str, method: str) -> str:
        """As the document says."""
        document = SchemaGenerator().get_schema(request=None, public=True)
        (needed,) = document["paths"][path][method]["security"][0]["key"]
        assert needed in VENDOR_SCOPES
        return needed
