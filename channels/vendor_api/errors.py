"""Refusals of print jobs as problems, each with what is allowed now."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..api.problems import Problem
from ..print_jobs import Refused

STATUS = {"checksum-mismatch": 422, "pieces-mismatch": 422}  # the rest is a conflict with the job's state


@contextmanager
def as_problems() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        status = STATUS.get(error.kind, 409)
        raise Problem(status, error.kind, str(error), allowed=list(error.allowed), **error.members) from error


def not_found() -> Problem:
    """One answer for what is another vendor's and for what does not exist."""
    return Problem(404, "not-found", "there is no such thing among your jobs")
