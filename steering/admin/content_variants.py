"""Variants: which contents a channel compares, how each of them stands, and one click for the winner."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from campaigns import variants
from campaigns.admin.pages import PlainAdmin, back, note, require, sentence
from campaigns.models import Comparison, Content, ContentState, Option, Sharing, Variant
from campaigns.models.variants import letter
from campaigns.money import shown
from campaigns.variants import VariantsError
from channels import kept
from channels.admin.names import label
from steering.variants import Report, Standing, offer, report, shares_now

CHANGE = "campaigns.change_comparison"


def options() -> list[tuple[int, str]]:
    """Channels of campaigns that are in use and compare nothing yet."""
    found = Option.objects.filter(campaign__is_archived=False, comparison=None).select_related("campaign", "content")
    return [(one.pk, _name(one)) for one in found.order_by("campaign__name", "id")]


def contents() -> list[tuple[int, str]]:
    usable = Content.objects.exclude(state=ContentState.ARCHIVED)
    return list(usable.values_list("pk", "name"))


class ComparisonForm(forms.ModelForm):
    option = forms.TypedChoiceField(choices=options, coerce=int, label="Channel", widget=UnfoldAdminSelect2Widget)
    sharing = forms.ChoiceField(
        choices=Sharing.choices,
        label="Customers are shared out",
        widget=UnfoldAdminSelectWidget,
        help_text="It does not change any more once a wave has used it",
    )
    contents = forms.TypedMultipleChoiceField(
        choices=contents,
        coerce=int,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text="At least two. They begin with equal shares; other shares are set on the next page",
    )

    class Meta:
        model = Comparison
        fields = ("sharing",)

    def clean(self) -> dict[str, Any]:
        """Tried out and taken back, so that what cannot be compared is said at the form."""
        cleaned = super().clean()
        if {"option", "contents", "sharing"} <= cleaned.keys():
            try:
                with transaction.atomic():
                    self.compare(by=None)
                    transaction.set_rollback(True)
            except VariantsError as error:
                self.add_error(None, sentence(error))
        return cleaned

    def compare(self, *, by: Any) -> Comparison:
        option = Option.objects.select_related("campaign").get(pk=self.cleaned_data["option"])
        chosen = Content.objects.filter(pk__in=self.cleaned_data["contents"]).order_by("name")
        return offer(option, dict.fromkeys(chosen, 1), by=by, sharing=self.cleaned_data["sharing"])


@admin.register(Comparison)
class ComparisonAdmin(PlainAdmin):
    form = ComparisonForm
    change_form_outer_before_template = "steering/comparison.html"
    empty_hint = "A channel of a campaign can compare several contents, to find which is better."
    list_display = ("compared_on", "shared", "state", "created_at")
    list_select_related = ("option__campaign", "option__content")
    list_filter = ("option__campaign",)
    ordering = ("-pk",)
    actions = None

    def get_fields(self, request: HttpRequest, obj: Comparison | None = None) -> tuple[str, ...]:
        return ("compared_on", "sharing", "created_by", "created_at") if obj else ("option", "contents", "sharing")

    def get_readonly_fields(self, request: HttpRequest, obj: Comparison | None = None) -> tuple[str, ...]:
        return ("compared_on", "sharing", "created_by", "created_at") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("option__campaign", "option__content")

    def has_change_permission(self, request: HttpRequest, obj: Comparison | None = None) -> bool:
        return False  # by the buttons of its page

    def has_delete_permission(self, request: HttpRequest, obj: Comparison | None = None) -> bool:
        return False

    @display(description="Where")
    def compared_on(self, comparison: Comparison) -> str:
        return _name(comparison.option)

    @display(description="Shared out")
    def shared(self, comparison: Comparison) -> str:
        return "fixed shares" if comparison.sharing == Sharing.FIXED else "by what may be best"

    @display(description="State")
    def state(self, comparison: Comparison) -> str:
        return f"{letter(comparison.winner)} was promoted" if comparison.winner else "is being compared"

    def pages(self) -> tuple:
        return (
            *super().pages(),
            ("<int:pk>/do/<str:verb>/", "do", require_POST(self.do_view)),
        )

    def save_model(self, request: HttpRequest, obj: Comparison, form: ComparisonForm, change: bool) -> None:
        made = form.compare(by=None)  # who may add one was asked before
        Comparison.objects.filter(pk=made.pk).update(created_by=request.user)
        obj.pk, obj.option = made.pk, made.option

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Its contents are made with it."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        comparison = self.get_object(request, object_id)
        may_view = comparison is not None and self.has_view_permission(request, comparison)
        context = _context(comparison, request) if may_view else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def do_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        require(request, CHANGE)
        comparison = get_object_or_404(Comparison, pk=pk)
        try:
            said = _done(comparison, verb, request)
        except VariantsError as error:
            messages.error(request, sentence(error))
        else:
            note(request, comparison, said)
            messages.success(request, f"{sentence(said)} It holds from the next wave on.")
        kept.forget(_key(pk))
        return back(request, "admin:campaigns_comparison_change", pk)


def _done(comparison: Comparison, verb: str, request: HttpRequest) -> str:
    """Do the verb as the person who asks; returns what was done, in words."""
    by, posted = request.user, request.POST
    if verb == "promote":
        number = _number(posted.get("variant", ""))
        variants.promote(comparison, number, by=by)
        return f"promoted {letter(number)}"
    if verb == "reopen":
        variants.reopen(comparison, by=by)
        return "compared again"
    if verb == "share":
        numbers = comparison.variants.values_list("number", flat=True)
        variants.share_out(comparison, {number: posted.get(f"share_{number}", "") for number in numbers}, by=by)
        return "changed the shares"
    if verb == "add":
        content = Content.objects.filter(pk=_number(posted.get("content", ""))).first()
        if content is None:
            raise VariantsError("choose a content")
        return f"added {variants.add(comparison, content, by=by).letter}"
    raise VariantsError(f"there is no step {verb!r}")


def _number(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) < 10):
        raise VariantsError("say which one")
    return int(written)


@dataclass(frozen=True)
class Row:
    """A variant as the page shows it; `left`, `width` and `point` place its interval, in percent of the widest."""

    variant: Variant
    next_share: float
    standing: Standing | None = None
    cents: str = ""
    left: float = 0.0
    width: float = 0.0
    point: float = 0.0
    is_winner: bool = False
    was_promoted: bool = False

    @property
    def percent(self) -> dict[str, str]:
        """What the standing says, in percent."""
        if self.standing is None:
            return {}
        between = self.standing.rate_interval
        told = {
            "rate": self.standing.rate,
            "low": between.low,
            "high": between.high,
            "loss": self.standing.expected_loss,
        }
        return {name: f"{share:.2%}" for name, share in told.items()} | {"best": f"{self.standing.best:.0%}"}


def _context(comparison: Comparison, request: HttpRequest) -> dict[str, Any]:
    found = kept.kept(_key(comparison.pk), lambda: report(comparison))
    return {
        "comparison": comparison,
        "report": found,
        "rows": _rows(comparison, found),
        "pairs": [_pair(pair) for pair in found.pairs],
        "winner": letter(found.winner) if found.winner else "",
        "promoted": letter(comparison.winner) if comparison.winner else "",
        "waves": [(number, _shares(shares)) for number, shares in sorted(found.shares.items())],
        "may_change": request.user.has_perm(CHANGE),
        "contents": contents() if request.user.has_perm(CHANGE) else [],
        "is_fixed": comparison.sharing == Sharing.FIXED,
    }


def _key(pk: int) -> str:
    return f"comparison-{pk}"


def _rows(comparison: Comparison, found: Report) -> list[Row]:
    standings = {standing.number: standing for standing in found.standings}
    next_shares = {variant.number: share for variant, share in shares_now(comparison)}
    widest = max((one.rate_interval.high for one in standings.values()), default=1.0) or 1.0
    made = []
    for variant in comparison.variants.select_related("content"):
        own = {
            "next_share": next_shares.get(variant.number, 0.0),
            "is_winner": variant.number == found.winner,
            "was_promoted": variant.number == comparison.winner,
        }
        if standing := standings.get(variant.number):
            own |= _placed(standing, widest) | {"cents": _money(standing, comparison.option.campaign.currency)}
        made.append(Row(variant, **own))
    return made


def _placed(standing: Standing, widest: float) -> dict[str, Any]:
    low, high = standing.rate_interval.low / widest * 100, standing.rate_interval.high / widest * 100
    return {"standing": standing, "left": low, "width": high - low, "point": standing.rate / widest * 100}


def _money(standing: Standing, currency: str) -> str:
    mean = shown(standing.cents, currency)
    between = standing.cents_interval
    return f"{mean} ({shown(between.low, currency)} to {shown(between.high, currency)})" if between else mean


def _pair(pair: Any) -> dict[str, str]:
    a, b, found = letter(pair.a), letter(pair.b), pair.difference
    if found is None:
        return {"pair": f"{a} and {b}", "said": "too early to say"}
    between = f"{a} less {b} is between {found.low:+.2%} and {found.high:+.2%}"
    said = f"{letter(pair.better)} is better" if pair.better else "not decided"
    return {"pair": f"{a} and {b}", "said": f"{said}: {between}"}


def _shares(shares: list[tuple[int, float]]) -> str:
    return ", ".join(f"{letter(number)} {share:.0%}" for number, share in shares)


def _name(option: Option) -> str:
    own = f" ({option.content})" if option.content else ""
    return f"{option.campaign}, {label(option.channel)}{own}"
