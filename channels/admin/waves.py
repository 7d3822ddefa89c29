"""Filters that use the ledger's indexes: by wave, and by channel and state within the latest waves."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from campaigns.models import Wave
from channels import registry
from channels.models import Attempt, DispatchState

LATEST_WAVES = 30


def latest_waves() -> QuerySet[Wave]:
    return Wave.objects.select_related("campaign").order_by("-pk")[:LATEST_WAVES]


class WaveFilter(DropdownFilter):
    """The latest waves to choose from; any other by its id in the URL."""

    title = "wave"
    parameter_name = "wave"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(wave.pk), str(wave)) for wave in latest_waves()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        asked = self.value()
        return queryset.filter(wave_id=int(asked)) if asked and asked.isdecimal() else queryset


def within_latest(request: HttpRequest, queryset: QuerySet) -> QuerySet:
    """Every index of the ledger begins with the wave, so without one only the latest waves are searched."""
    return queryset if request.GET.get("wave") else queryset.filter(wave__in=[wave.pk for wave in latest_waves()])


class WithinLatest(SimpleListFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return within_latest(request, queryset).filter(**{self.parameter_name: self.value()})


class ChannelFilter(WithinLatest):
    title = "channel"
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return registry.choices()


class StateFilter(WithinLatest):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, state.value.replace("_", " ")) for state in DispatchState]


class ReasonFilter(TextFilter):
    title = "reason begins with"
    parameter_name = "reason"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return within_latest(request, queryset).filter(reason__startswith=self.value()) if self.value() else queryset


class CodeFilter(TextFilter):
    """What a provider said at any try."""

    title = "code of a try"
    parameter_name = "code"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        said = Attempt.objects.filter(dispatch=OuterRef("pk"), code=self.value())
        return within_latest(request, queryset).filter(Exists(said))
