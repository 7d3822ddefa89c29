"""How many messages each provider may be given by its own speed limit, asked once one was chosen for them."""

import time
from collections.abc import Sequence
from typing import Protocol

from .. import pace


class Admission(Protocol):
    def admit(self, providers: Sequence[str]) -> list[bool]:
        """Whether each of these may be given one message more now; who may has used up its place."""

    def is_held(self, provider: str) -> bool:
        """Whether a provider said no, and its time has not come yet."""

    def waits(self, number: int) -> list[float]:
        """Seconds after which each of so many messages, which nobody may be given now, should be tried again."""


class Everybody:
    """For what asks no speed limit: mails that are tried out, and copies for seeds."""

    def admit(self, providers: Sequence[str]) -> list[bool]:
        return [True] * len(providers)

    def is_held(self, provider: str) -> bool:
        return False

    def waits(self, number: int) -> list[float]:
        return [0.0] * number


class ByLimits:
    """By the limits that staff set for providers. Of providers without a limit nothing is asked."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._moments: list[float] = []  # dealt out to messages that have not used them

    def admit(self, providers: Sequence[str]) -> list[bool]:
        waits = pace.admit_by(providers)
        now = time.monotonic()
        for provider in {name for name, wait in zip(providers, waits, strict=True) if wait}:
            own = [wait for name, wait in zip(providers, waits, strict=True) if name == provider and wait]
            self._until[provider] = now + min(own)
            self._moments += [now + wait for wait in own]
        return [wait == 0 for wait in waits]

    def is_held(self, provider: str) -> bool:
        return self._until.get(provider, 0.0) > time.monotonic()

    def waits(self, number: int) -> list[float]:
        """Moments that were dealt out and not used come first; those of several providers lie between each other."""
        now = time.monotonic()
        known = sorted(moment - now for moment in self._moments if moment > now)[:number]
        held = [provider for provider in self._until if self.is_held(provider)]
        more = pace.admit_by(pace.shared_out(held, number - len(known)))
        return known + (more or [0.0] * (number - len(known)))
