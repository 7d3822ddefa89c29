"""What a check found."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """In plain words, with nothing secret: it may be shown to anybody who helps."""

    words: str
    remedy: str
    is_problem: bool = True  # False: good to know, and no reason to fail


@dataclass(frozen=True)
class Check:
    """`look` yields nothing where all is well."""

    name: str
    look: Callable[[], Iterable[Finding]]


@dataclass(frozen=True)
class Result:
    name: str
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        return not any(finding.is_problem for finding in self.findings)


def run(checks: Iterable[Check]) -> Iterator[Result]:
    for check in checks:
        yield Result(check.name, tuple(_looked(check)))


def _looked(check: Check) -> list[Finding]:
    try:
        return list(check.look())
    except Exception as error:  # noqa: BLE001 - one check that breaks must not hide the others
        words = f"could not be looked at: {type(error).__name__}"
        return [Finding(words, "see the log of this service; if it is well, this is a mistake of the doctor")]


def note(words: str, remedy: str) -> Finding:
    return Finding(words, remedy, is_problem=False)
