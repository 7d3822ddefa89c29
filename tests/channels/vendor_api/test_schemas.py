"""Vendors' programs learn from an endpoint which columns there are."""

import pytest

from channels.mailing_files import schemas
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def press() -> printing.Caller:
    return printing.Caller(printing.vendor())


@pytest.mark.parametrize("name", ["csv", "jsonl", "xlsx", "xml"])
def test_every_format_has_one(press, name):
    answer = press.get(f"schemas/{name}?channel=direct_post")
    expected = schemas.of(name, "direct_post")
    assert (answer.status_code, answer["Content-Type"], answer.content.decode()) == (
        200,
        expected.media_type,
        expected.text,
    )


def test_one_job_has_its_own(press):
    made = printing.bare_job()
    made.spec = {"columns": ["item_id", "field_city"]}
    made.save()
    fields = press.get(f"schemas/csv?job={made.pk}").json()["fields"]
    assert [field["name"] for field in fields] == ["item_id", "field_city"]


@pytest.mark.parametrize(("channel", "status"), [("print_mailing", 200), ("direct_post", 400)])
def test_a_job_and_another_channel_contradict_each_other(press, channel, status):
    assert press.get(f"schemas/csv?job={printing.bare_job().pk}&channel={channel}").status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("schemas/pdf", 404),
        ("schemas/csv?channel=email", 400),
        ("schemas/csv?job=x", 400),
        ("schemas/csv?job=999999", 404),
    ],
)
def test_there_is_none_of_anything_else(press, path, status):
    assert press.get(path).status_code == status


def test_the_job_of_another_is_none(press):
    theirs = printing.bare_job(slug="other")
    assert press.get(f"schemas/csv?job={theirs.pk}").status_code == 404


def test_nobody_asks_without_a_key(client):
    assert client.get("/vendor/v1/schemas/csv").status_code == 401
