"""Refusals of print jobs as problems, each with what is allowed now; and every kind of problem that vendors may meet."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from ..api.problems import Problem
from ..print_jobs import Refused

# Kind -> status, and what it means; docs/vendor-api.md says what to do about each.
MEANINGS: dict[str, tuple[int, str]] = {
    "invalid": (400, "something is missing or wrong; see errors"),
    "unauthorized": (401, "no key, or it is unknown, expired or revoked"),
    "insufficient-scope": (403, "this key does not open this"),
    "address-not-allowed": (403, "this key may not be used from your address"),
    "not-found": (404, "not among your jobs"),
    "method-not-allowed": (405, "this address does not take this method"),
    "not-acceptable": (406, "we answer in JSON"),
    "wrong-state": (409, "the job does not take this step now; see allowed and state"),
    "lease-held": (409, "another of your workers has the lease; see lease_holder and lease_until"),
    "stale-revision": (409, "it is not the latest revision; see revision"),
    "past-cut-off": (409, "production had to start before the cut-off"),
    "withdrawals-pending": (409, "somebody objected: acknowledge the withdrawals, and the files of this revision"),
    "encryption-pending": (
        409,
        "it is not encrypted to a key of yours that is valid now; it comes anew once there is one",
    ),
    "deleted-too-early": (409, "files are needed until the job has ended"),
    "withdrawn": (410, "the job was cancelled, rejected or expired; destroy what you have of it"),
    "purged": (410, "we have destroyed this file"),
    "length-required": (411, "a body needs its length; chunked ones are not read"),
    "precondition-failed": (412, "this file has none of the ETags in If-Match"),
    "too-large": (413, "more rows or bytes than a call takes"),
    "unsupported-media-type": (415, "the body is of a type that is not taken here"),
    "range-not-satisfiable": (416, "the range begins behind the end"),
    "checksum-mismatch": (422, "what you have is not what we wrote; see errors"),
    "pieces-mismatch": (422, "more pieces than there are; see expected"),
    "receipt-reused": (422, "this job has another posting with this receipt"),
    "idempotency-key-reused": (422, "the key was used for another request"),
    "idempotency-key-required": (428, "every POST needs the header Idempotency-Key"),
    "too-many-requests": (429, "ask again after Retry-After seconds"),
}
# Kind -> status, title, meaning.
KINDS = {kind: (status, HTTPStatus(status).phrase, meaning) for kind, (status, meaning) in MEANINGS.items()}


@contextmanager
def as_problems() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        status = MEANINGS[error.kind][0]
        raise Problem(status, error.kind, str(error), allowed=list(error.allowed), **error.members) from error


def not_found() -> Problem:
    """One answer for what is another vendor's and for what does not exist."""
    return Problem(404, "not-found", "there is no such thing among your jobs")
