"""Pairs of records that may be one person, side by side: merged, or told apart for good; and merges, to be undone."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.duplicates import merging, showing
from campaigns.models import CustomerMerge, DuplicatePair, PairState

from . import channel_choices
from .pages import BigAdmin, ReadOnly, note, require
from .people import customer_link, named_link, with_names

MERGE = "campaigns.merge_duplicatepair"
COLOURS = {"open": "info", "same": "success", "different": "warning"}


class StateFilter(admin.SimpleListFilter):
    """What is to be decided, unless something else is asked for."""

    title = "state"
    parameter_name = "state"
    ALL = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*PairState.choices, (self.ALL, "all")]

    def value(self) -> str:
        return super().value() or PairState.OPEN

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() == self.ALL else queryset.filter(state=self.value())


@admin.register(DuplicatePair)
class DuplicatePairAdmin(ReadOnly, BigAdmin):
    change_list_template = "campaigns/duplicates.html"
    empty_hint = "No two records look like one person. They are looked for once a week."
    list_display = ("pair", "shown_probability", "sure", "agreeing", "differing", "shown_state", "found_at")
    list_filter = (StateFilter, "is_sure")
    ordering = ("-probability", "pk")  # the likeliest first

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_names(super().get_queryset(request), request, "first", "second")

    @display(description="Records")
    def pair(self, one: DuplicatePair) -> str:
        return f"{one.first} and {one.second}" if one.names_are_shown else str(one)

    @display(description="One person")
    def shown_probability(self, one: DuplicatePair) -> str:
        return showing.percent(one.probability)

    @display(description="Sure", boolean=True)
    def sure(self, one: DuplicatePair) -> bool:
        return one.is_sure

    @display(description="For it")
    def agreeing(self, one: DuplicatePair) -> str:
        return showing.told(one.agrees)

    @display(description="Against it")
    def differing(self, one: DuplicatePair) -> str:
        return showing.told(one.differs)

    @display(description="State", label=COLOURS)
    def shown_state(self, one: DuplicatePair) -> tuple[str, str]:
        return one.state, one.get_state_display()

    def pages(self) -> tuple:
        return (
            ("next/", "next", self.next_view),
            ("<int:pk>/decide/", "decide", require_POST(self.decide_view)),
        )

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """The next pair to decide about; `after` is the one that was looked at."""
        require(request, "campaigns.view_duplicatepair")
        after = request.GET.get("after", "")
        seen = DuplicatePair.objects.filter(pk=after).first() if after.isascii() and after.isdecimal() else None
        waiting = showing.following(seen)
        if waiting is None:
            messages.success(request, "There are no more pairs to decide about.")
            return redirect("admin:campaigns_duplicatepair_changelist")
        return redirect("admin:campaigns_duplicatepair_change", waiting.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(request, "campaigns.view_duplicatepair")
        require(request, "campaigns.view_customer")
        pairs = DuplicatePair.objects.select_related("first__household", "second__household")
        pair = get_object_or_404(pairs, pk=object_id if object_id.isdecimal() else 0)
        together = DuplicatePair.objects.filter(cluster=pair.cluster, state=PairState.OPEN).exclude(pk=pair.pk)
        others = together.select_related("first", "second").order_by("-probability", "pk")
        return self.page(
            request,
            "campaigns/duplicate.html",
            title=f"{pair.first} and {pair.second}",
            pair=pair,
            lines=showing.lines(
                pair.first,
                pair.second,
                with_identifiers=request.user.has_perm("campaigns.view_identifier"),
                channels=dict(channel_choices.known()),
            ),
            percent=showing.percent(pair.probability),
            agrees=showing.told(pair.agrees),
            differs=showing.told(pair.differs),
            better=merging.better(pair.first, pair.second),
            others=list(others[:10]),
            may_merge=request.user.has_perm(MERGE),
        )

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, MERGE)
        pair = get_object_or_404(DuplicatePair, pk=pk)
        verb = request.POST.get("verb", "")
        if pair.state != PairState.OPEN:
            messages.warning(request, "Somebody has decided about this pair already.")
        elif verb == "different":
            merging.decide(pair.first_id, pair.second_id, PairState.DIFFERENT, by=request.user)
            note(request, pair, f"customers {pair.first_id} and {pair.second_id} are different people")
            messages.success(request, "Noted: two people. They are not proposed again.")
        elif verb in ("keep_first", "keep_second"):
            self._merge(request, pair, keep_first=verb == "keep_first")
        else:
            messages.error(request, "Say which record is kept, or that they are different people.")
            return redirect("admin:campaigns_duplicatepair_change", pk)
        after = showing.following(pair)
        if after is None:
            return redirect("admin:campaigns_duplicatepair_changelist")
        return redirect("admin:campaigns_duplicatepair_change", after.pk)

    def _merge(self, request: HttpRequest, pair: DuplicatePair, *, keep_first: bool) -> None:
        kept, merged = (pair.first_id, pair.second_id) if keep_first else (pair.second_id, pair.first_id)
        try:
            made = merging.merge(kept, merged, by=request.user)
        except merging.MergeError as error:
            messages.error(request, str(error))
            return
        note(request, made, f"customer {merged} merged into {kept}")
        messages.success(request, "Merged. Under Merges this can be undone for a while.")


@admin.register(CustomerMerge)
class CustomerMergeAdmin(ReadOnly, BigAdmin):
    change_form_outer_before_template = "campaigns/merge_verbs.html"
    empty_hint = "No records were merged yet."
    list_display = ("merged_at", "kept_record", "merged_record", "whose_decision", "state")
    fields = (
        ("kept_record", "merged_record"),
        ("whose_decision", "merged_at"),
        ("undoable_until", "state"),
        ("undone_by", "undone_at"),
    )
    readonly_fields = ("kept_record", "merged_record", "whose_decision", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_names(super().get_queryset(request), request, "kept", "merged", "merged_by")

    @display(description="Kept")
    def kept_record(self, made: CustomerMerge) -> str:
        return named_link(made.kept, made)

    @display(description="Merged into it")
    def merged_record(self, made: CustomerMerge) -> str:
        """What is left has no name, so it is that of the copy, as long as there is one."""
        name = showing.merged_name(made) if made.names_are_shown else ""
        return customer_link(made.merged_id, f"{name} ({made.merged.customer_number})" if name else str(made.merged))

    @display(description="By")
    def whose_decision(self, made: CustomerMerge) -> str:
        return "the platform" if made.is_automatic else str(made.merged_by or "")

    @display(description="State", label={"can be undone": "info", "final": "success", "undone": "warning"})
    def state(self, made: CustomerMerge) -> str:
        if made.undone_at:
            return "undone"
        return "can be undone" if made.undoable_until > timezone.now() else "final"

    def pages(self) -> tuple:
        return (("<int:pk>/undo/", "undo", require_POST(self.undo_view)),)

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, MERGE)
        made = get_object_or_404(CustomerMerge, pk=pk)
        try:
            merging.undo(pk, by=request.user)
        except merging.MergeError as error:
            messages.error(request, str(error))
        else:
            note(request, made, f"customers {made.kept_id} and {made.merged_id} are two again")
            messages.success(request, "Both customers are as they were. They are not proposed again.")
        return redirect("admin:campaigns_customermerge_change", pk)
