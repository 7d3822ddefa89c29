"""What a check says."""

from collections.abc import Callable, Iterator

from steering.doctor.finding import Finding


def said(look: Callable[[], Iterator[Finding]]) -> str:
    """The problems, in words."""
    return "; ".join(finding.words for finding in look() if finding.is_problem)
