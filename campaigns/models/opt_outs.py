"""National opt-out lists: whom nobody may advertise to, as hashes. Written by imports of the kind opt_outs."""

from django.db import models

from .customers import IdentifierKind


class OptOutEntry(models.Model):
    """One entry of a list: the plain SHA-256 of a normalised identifier, as such lists are given out.

    A trigger suppresses an identifier that is listed when it becomes known, so that nobody slips in after the list did.
    """

    source = models.CharField(max_length=40, help_text="Which list; a new file of the same list replaces it")
    kind = models.CharField(max_length=16, choices=IdentifierKind)
    sha256 = models.BinaryField(max_length=32)

    class Meta:
        verbose_name_plural = "opt-out entries"
        constraints = [models.UniqueConstraint(fields=["sha256", "kind", "source"], name="opt_out_entry_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.source}"
