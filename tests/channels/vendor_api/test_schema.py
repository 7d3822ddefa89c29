"""The OpenAPI schema says what the API does: it is generated without a warning, and real answers keep to it."""

from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command

from channels.vendor_api.urls import urlpatterns
from tests.channels import printing

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(scope="module")
def schema(tmp_path_factory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("schema") / "schema.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(file))
    return yaml.safe_load(file.read_text())


@pytest.fixture
def press() -> printing.Caller:
    return printing.Caller(printing.vendor())


def check(schema: dict[str, Any], path: str, method: str, response: Any) -> None:
    """An answer against what the schema promises for this path, method and status."""
    described = schema["paths"][f"/vendor/v1/{path}"][method]["responses"][str(response.status_code)]
    promised = described["content"][response["Content-Type"].partition(";")[0]]["schema"]
    jsonschema.Draft202012Validator(promised | {"components": schema["components"]}).validate(response.json())


def test_it_is_openapi_3_1_and_asks_for_a_key(schema):
    assert schema["openapi"] == "3.1.0"
    assert schema["components"]["securitySchemes"]["key"].items() >= {"type": "http", "scheme": "bearer"}.items()


def test_every_path_is_described(schema):
    ours = {f"/vendor/v1/{pattern.pattern}".replace("<str:", "{").replace(">", "}") for pattern in urlpatterns}
    assert ours <= schema["paths"].keys()


def test_every_post_asks_for_an_idempotency_key(schema):
    posts = [path["post"] for name, path in schema["paths"].items() if name.startswith("/vendor") and "post" in path]
    assert len(posts) == 9
    for post in posts:
        asked = {parameter["name"]: parameter for parameter in post["parameters"]}
        assert asked["Idempotency-Key"]["required"]
        assert {"409", "422", "428"} <= post["responses"].keys()


def test_answers_to_questions_keep_to_it(schema, press):
    job = printing.mailing(2)
    printing.dispatches(job)[0].customer.delete()
    press.start(job)
    check(schema, "jobs", "get", press.get("jobs"))
    check(schema, "jobs", "get", press.get("jobs?state=x"))
    check(schema, "jobs/{job_id}", "get", press.get(f"jobs/{job.pk}"))
    check(schema, "jobs/{job_id}", "get", press.get("jobs/0"))
    check(schema, "jobs/{job_id}/files", "get", press.get(f"jobs/{job.pk}/files"))
    check(schema, "jobs/{job_id}/withdrawals", "get", press.get(f"jobs/{job.pk}/withdrawals"))
    check(schema, "jobs/{job_id}/files/{name}", "get", press.get(f"jobs/{job.pk}/files/letters.csv?revision=1"))


def test_answers_to_steps_keep_to_it(schema, press):
    job = printing.mailing(2)
    check(schema, "jobs/{job_id}/production-start", "post", press.start(job))  # 409
    check(schema, "jobs/{job_id}/acknowledge", "post", press.acknowledge(job, files=[]))  # 400
    wrong = [{"name": "letters.csv", "sha256": "0" * 64, "bytes": 1, "rows": 1}]
    check(schema, "jobs/{job_id}/acknowledge", "post", press.acknowledge(job, files=wrong))  # 422
    check(schema, "jobs/{job_id}/acknowledge", "post", press.acknowledge(job))
    check(schema, "jobs/{job_id}/production-start", "post", press.start(job))
    rows = [printing.row("a", 1, "posted"), printing.row("b", 7, "posted")]
    check(schema, "jobs/{job_id}/items", "post", press.report(job, *rows))
    check(schema, "jobs/{job_id}/posted", "post", press.posted(job, 9))  # 422
    check(schema, "jobs/{job_id}/posted", "post", press.posted(job, 2))
    check(schema, "jobs/{job_id}/reject", "post", press.post(f"jobs/{job.pk}/reject", {"reason": "x"}))  # 409
