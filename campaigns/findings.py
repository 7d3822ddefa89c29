"""What a check has to say about a content: errors forbid its approval, warnings have to be confirmed."""

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Finding:
    """`channel` is empty for what concerns every channel; `path` leads to the place, as in ContentError."""

    channel: str
    path: str
    severity: str  # ERROR or WARNING
    code: str  # the same for every finding of this kind
    reason: str  # for people

    @property
    def key(self) -> str:
        """What a confirmation names; the same as long as the same is found at the same place."""
        return "|".join((self.channel, self.path, self.code))

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR

    def __str__(self) -> str:
        return ": ".join(part for part in (self.channel, self.path, self.reason) if part)
