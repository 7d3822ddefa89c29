"""What every operation that needs a key answers besides its own: the OpenAPI schema tells it in one place."""

from typing import Any

from .problems import MEDIA_TYPE

WAIT = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
LIMITS = {
    "RateLimit-Policy": {"description": 'What is allowed: `"minute";q=3000;w=60`', "schema": {"type": "string"}},
    "RateLimit": {"description": 'What is left of it: `"minute";r=2999;t=0`', "schema": {"type": "string"}},
}
REFUSALS = {
    "401": ("No key, or one that is unknown, expired or revoked", {}),
    "403": ("`insufficient-scope` or `address-not-allowed`: this key does not open this, or not from your address", {}),
    "406": ("`not-acceptable`: the answer is JSON", {}),
    "429": ("`too-many-requests`: wait as long as Retry-After says", WAIT),
}


def add_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    for path, operations in result["paths"].items():
        for operation in operations.values():
            if any("key" in one for one in operation.get("security", ())):
                _add(operation, is_limited=path.startswith("/vendor/"))
    return result


def _add(operation: dict[str, Any], *, is_limited: bool) -> None:
    responses = operation["responses"]
    for status, (words, headers) in REFUSALS.items():
        if status == "406" and not _is_json(responses):
            continue
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        told = responses.setdefault(status, {"content": content})
        told["description"] = told.get("description") or words
        told.setdefault("headers", {}).update(headers)
    for status, told in responses.items():
        if is_limited and status not in ("401", "403", "406"):
            told.setdefault("headers", {}).update(LIMITS)


def _is_json(responses: dict[str, Any]) -> bool:
    """Whether it matters what the client accepts: a file is what it is."""
    told = [one for status, one in responses.items() if status.startswith("2")]
    return all(set(one.get("content", ())) <= {"application/json"} for one in told)
