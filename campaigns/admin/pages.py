"""What all our admin pages share: lists that never count, pages that only show, views of our own, and a note of what was done."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import TextFilter
from unfold.forms import PaginationInlineFormSet
from unfold.paginator import InfinitePaginator

from campaigns.numbers import whole_number

View = Callable[..., HttpResponse]
MOST_PAGES = 10_000


def require(request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def note(request: HttpRequest, of: Model, what: str, *, flag: int = CHANGE) -> None:
    """Put into the admin's history who did what. Rows are named by their ids, because the history outlives an erasure."""
    LogEntry.objects.create(
        user_id=request.user.pk,
        content_type=ContentType.objects.get_for_model(of),
        object_id=str(of.pk),
        object_repr=f"{of._meta.verbose_name} {of.pk}",
        action_flag=flag,
        change_message=what,
    )


def sentence(said: object) -> str:
    """What was refused or done, in the words of whoever says so, as staff read it; nothing of nothing."""
    words = str(said)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def back(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """To the page of ours on which the form stood, if it says so as `next`, else to this view."""
    asked = request.POST.get("next", "")
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return redirect(asked)
    return redirect(to, *args)


def asked_page(request: HttpRequest, name: str = "page") -> int:
    """Which page of a list of ours is asked for, from 1; the first for what is no number."""
    asked = request.GET.get(name, "1")
    page = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 1
    return min(max(1, page), MOST_PAGES)


class PlainAdmin(ModelAdmin):
    """For tables of any size: a list is never counted as a whole."""

    empty_hint = ""  # what a list without rows says, beside that there are none
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50

    def pages(self) -> Sequence[tuple[str, str, View]]:
        """Route, name and view of pages of our own. Every one of them checks who asks."""
        return ()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """PostgreSQL knows no NUL: whoever asks for one gets the list as it is."""
        if any("\0" in one for _, values in request.GET.lists() for one in values):
            return redirect(request.path)
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path(route, self.admin_site.admin_view(view), name=f"{prefix}_{name}") for route, name, view in self.pages()
        ]
        return own + super().get_urls()

    def page(self, request: HttpRequest, template: str, *, title: str, **context: Any) -> TemplateResponse:
        return TemplateResponse(
            request,
            template,
            # The last two are the way here, above the page: the list, and where one is.
            {
                **self.admin_site.each_context(request),
                "title": title,
                "model_admin": self,
                "content_title": title,
                **context,
            },
        )


class BigAdmin(PlainAdmin):
    """For tables with millions of rows: newest first, by primary key, without a count, a sort or a search by text."""

    paginator = InfinitePaginator
    ordering = ("-pk",)
    sortable_by = ()
    list_disable_select_all = True


class ReadOnly:
    """What something else writes can only be looked at."""

    actions = None

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyInline(ReadOnly, TabularInline):
    """A few rows that belong to a page."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True


class PagedFormSet(PaginationInlineFormSet):
    def get_page_num(self) -> int:
        return asked_page(self.request, self.get_pagination_key())


class PagedInline(ReadOnlyInline):
    """As many rows as there are, a page at a time."""

    formset = PagedFormSet
    per_page = 50


class IdFilter(TextFilter):
    """Filter by the number of a related row; by index, and with nothing personal in the URL."""

    field = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        asked = self.value()
        if not asked:
            return queryset
        number = whole_number(asked)
        return queryset.none() if number is None else queryset.filter(**{self.field: number})


class CustomerFilter(IdFilter):
    title = "customer id"
    parameter_name = "customer"
    field = "customer_id"
