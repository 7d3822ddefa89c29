"""A request at one of the busiest addresses, and its answer, whoever carries them: Django, or the web server by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """Headers by their names in lower case; the path without what is behind its question mark."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def is_by_somebody(self) -> bool:
        """Whether somebody looks: not a HEAD, and not a browser that fetches what might be wanted next."""
        purpose = self.headers.get("sec-purpose", "") + self.headers.get("purpose", "")
        return self.method == "GET" and "prefetch" not in purpose


@dataclass(frozen=True, slots=True)
class Answer:
    """`visitor` is the cookie to know the visitor by, to be set where there is one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    visitor: str = ""


NEVER_KEPT = {
    "Expires": "0",
    "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
    "X-Content-Type-Options": "nosniff",
}
