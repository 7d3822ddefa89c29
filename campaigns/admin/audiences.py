"""Audiences: whom to reach, edited as a rule, with a live estimate, examples, and the query on request."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns import audiences, rules
from campaigns.models import Audience, Customer
from campaigns.rules import RuleError

from . import written_json
from .editors import EditorField, EditorWidget
from .pages import PlainAdmin, require
from .rule_words import vocabulary

LONGEST_PREVIEW = "10s"
LARGEST_RULE = 100_000  # characters; a rule of MAX_NODES conditions is far shorter
EXAMPLES = 10
TOO_SLOW = "This takes too long to compute now. The rule may be fine; a wave computes it in the background."


class AudienceForm(forms.ModelForm):
    rule = EditorField(
        initial={"all": []},
        widget=EditorWidget("rule", vocabulary),
        help_text="Customers of whom this is true. What is not known of a customer is not true.",
    )

    class Meta:
        model = Audience
        fields = ("name", "description", "rule")
        widgets = {"description": UnfoldAdminTextareaWidget({"rows": 2})}

    def clean_rule(self) -> Any:
        rule = self.cleaned_data["rule"]
        try:
            audiences.check(rule, audience_id=self.instance.pk)
        except RuleError as error:
            raise forms.ValidationError(str(error)) from error
        return rule


@admin.register(Audience)
class AudienceAdmin(PlainAdmin):
    form = AudienceForm
    change_form_after_template = "campaigns/audience_preview.html"
    empty_hint = "An audience says whom campaigns reach: a rule, put together from what is known of customers."
    list_display = ("name", "in_words", "created_by", "updated_at")
    list_select_related = ("created_by",)
    search_fields = ("name",)
    warn_unsaved_form = True

    class Media:
        js = (forms.widgets.Script("campaigns/audience-preview.js", type="module"),)

    def get_fields(self, request: HttpRequest, obj: Audience | None = None) -> tuple[str, ...]:
        """Who cannot change the rule reads it in words, below."""
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return ("name", "description", "rule") if may_write else ("name", "description")

    @display(description="Whom")
    def in_words(self, audience: Audience) -> str:
        """Without looking up the names of other audiences, so that a list stays one query."""
        try:
            words = rules.parse(audience.rule).words()
        except RuleError as error:
            return f"broken: {error}"
        return words if len(words) < 160 else f"{words[:157]}…"

    def save_model(self, request: HttpRequest, obj: Audience, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs: QuerySet, request: HttpRequest) -> tuple:
        """Audiences that other audiences are made from stay; the database does not see those references."""
        to_delete, counts, lacking, protected = super().get_deleted_objects(objs, request)
        going = {one.pk for one in objs}
        return to_delete, counts, lacking, [*protected, *_made_from(going)]

    def pages(self) -> tuple:
        return (("preview/", "preview", require_POST(self.preview_view)),)

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What a rule that is being written means: `want` is estimate, sample or sql."""
        require(request, "campaigns.view_audience")
        text = request.POST.get("rule", "")[:LARGEST_RULE]
        try:
            rule = written_json.read(text)
        except ValueError as error:
            return JsonResponse({"error": f"not JSON: {error}"})
        try:
            audiences.check(rule)
            return JsonResponse(self._preview(request, audiences.compile_rule(rule), rule))
        except RuleError as error:
            return JsonResponse({"error": str(error)})
        except OperationalError:  # cancelled by the time limit
            return JsonResponse({"error": TOO_SLOW})

    def _preview(self, request: HttpRequest, query: audiences.Query, rule: Any) -> dict[str, Any]:
        want = request.POST.get("want", "estimate")
        if want == "sql":
            return {"sql": audiences.shown_sql(query)}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST_PREVIEW}'")
            if want == "sample":
                return {"customers": _examples(query, with_names=request.user.has_perm("campaigns.view_customer"))}
            found = audiences.gauge(query)
        words = audiences.describe(rule)
        return {"words": words, "count": found.count, "low": found.low, "high": found.high, "exact": found.is_exact}


def _made_from(going: set[int]) -> list[str]:
    protected = []
    for other in Audience.objects.exclude(pk__in=going):
        try:
            named = {member.audience_id for member in rules.members(rules.parse(other.rule))}
        except RuleError:
            continue
        if named & going:
            protected.append(f"Audience: {other} refers to it")
    return protected


def _examples(query: audiences.Query, *, with_names: bool) -> list[dict[str, str]]:
    """Names only for those who may see customers."""
    ids = audiences.sample(query, EXAMPLES)
    rows = Customer.objects.filter(pk__in=ids).select_related("household").order_by("pk")
    return [
        {
            "number": row.customer_number,
            "stage": row.get_journey_stage_display(),
            "postcode": row.household.postcode if row.household else "",
            "name": str(row) if with_names else "",
            "url": reverse("admin:campaigns_customer_change", args=[row.pk]) if with_names else "",
        }
        for row in rows
    ]
