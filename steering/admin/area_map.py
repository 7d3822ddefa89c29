"""The page with the map of a wave's delivery areas, the table that says the same, and the same as CSV."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404

from campaigns.admin.pages import require
from campaigns.models import Wave
from campaigns.money import shown
from channels.print_jobs import distributed
from channels.print_jobs.distributed import Proof
from steering.area_map import csv_file, drawing, shades, spots
from steering.area_map.selection import COLOURS, SHOWN, WITHIN, Selection
from steering.area_map.spots import Found, Spot
from steering.models import AreaGroup, Plan

PER_PAGE = 50
COLUMNS = (
    ("area", "Area"),
    ("place", "Place"),
    ("households", "Households"),
    ("leaflets", "Leaflets"),
    ("customers", "Customers"),
    ("cost", "Cost"),
    ("value", "Value"),
    ("new", "New customers"),
    ("gain", "Gain"),
    ("week", "Week"),
    ("group", "Group"),
    ("distributed", "Distributed"),
)
# Of groups: how they are sorted, and what is told of them.
GROUP_COLUMNS: dict[str, tuple[str, Callable[[Spot], Any]]] = {
    "area": ("", lambda spot: (spot.name, spot.place)),
    "areas": ("Areas", lambda spot: spot.areas),
    "chosen": ("Chosen", lambda spot: spot.chosen),
    "group": ("Held out", lambda spot: spot.held),
    "households": ("Households", lambda spot: spot.households),
    "leaflets": ("Leaflets", lambda spot: spot.leaflets),
    "cost": ("Cost", lambda spot: spot.cost),
    "value": ("Value", lambda spot: spot.value),
    "new": ("New customers", lambda spot: spot.new_value),
    "gain": ("Gain", lambda spot: spot.gain),
    "week": ("Weeks", lambda spot: spot.weeks or (0, 0)),
}
WORDS = ("Area", "Place", "Postcode", "Region", "Group")  # columns that hold no figures
MONEY = "value: what is expected of customers; gain: of them and of new customers, after cost"
GROUP_WORDS = {AreaGroup.TREATED: "treated", AreaGroup.HOLDOUT: "held out"}


class AreaMapPages:
    """Mixed into the admin of waves."""

    def pages(self) -> tuple:
        return (
            *super().pages(),
            ("<int:pk>/areas/", "areas", self.areas_view),
            ("<int:pk>/areas.csv", "areas_csv", self.areas_csv_view),
        )

    def areas_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """`?region=&zone=&place=&postcode=` looks closer; `show`, `colour`, `sort` and `page` as the links of the page say."""
        plan = self._plan_with_areas(request, pk)
        asked = Selection.read(request.GET)
        found = spots.find(plan.pk, asked)
        currency = plan.wave.campaign.currency
        is_grouped = bool(found.grouped_by) and asked.rows != "areas"
        table = _groups(found, asked, request, currency) if is_grouped else _areas(plan, asked, request, currency)
        return self.page(
            request,
            "steering/area_map.html",
            title=f"Delivery areas: {plan.wave}",
            wave=plan.wave,
            asked=asked,
            cards=_cards(plan, asked),
            trail=_trail(asked),
            choices=_choices(asked),
            map=_map(found, asked, currency),
            grouped_by=found.grouped_by,
            is_grouped=is_grouped,
            other_table=asked.url(rows="" if asked.rows else "areas"),
            csv_query=asked.url(),
            table=table,
        )

    def areas_csv_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Every area of the selection."""
        plan = self._plan_with_areas(request, pk)
        rows = Selection.read(request.GET).table(plan.pk, plan.wave_id)
        response = StreamingHttpResponse(csv_file.lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="areas-wave-{plan.wave_id}.csv"'
        return response

    def _plan_with_areas(self, request: HttpRequest, pk: int) -> Plan:
        require(request, "campaigns.view_wave")
        require(request, "steering.view_plan")
        wave = get_object_or_404(Wave.objects.select_related("campaign"), pk=pk)
        return get_object_or_404(Plan.objects.select_related("wave__campaign"), wave=wave)


def _map(found: Found, asked: Selection, currency: str) -> dict[str, Any]:
    colours = shades.shades(found.spots, by=asked.colour, currency=currency)
    drawn = drawing.draw(
        found.spots,
        colours,
        said=lambda spot: _said(spot, currency),
        url=lambda spot: asked.url(**spot.within) if spot.is_group else "",
        about=_about(found),
    )
    return {"svg": drawn.svg, "left_out": drawn.left_out, "legend": colours.legend}


def _about(found: Found) -> str:
    chosen = sum(spot.chosen for spot in found.spots)
    areas = sum(spot.areas for spot in found.spots)
    kinds = f", drawn by {found.grouped_by}" if found.grouped_by else ""
    return f"Map of {areas:,} delivery areas{kinds}, {chosen:,} of them chosen. The table below says the same."


def _said(spot: Spot, currency: str) -> str:
    """What is told of a spot where it is pointed at."""
    what = (
        f"{spot.name}: {spot.chosen:,} of {spot.areas:,} areas chosen"
        if spot.is_group
        else f"{spot.name}, {spot.place}"
    )
    state = "" if spot.is_group or spot.chosen else ", held out" if spot.held else ", not chosen"
    parts = [
        f"{what}{state}",
        f"{spot.households:,} households",
        f"{spot.leaflets:,} leaflets",
        f"cost {shown(spot.cost, currency)}",
        f"expected {shown(spot.value, currency)} of customers and {shown(spot.new_value, currency)} of new ones",
        f"gain {shown(spot.gain, currency)}",
    ]
    if spot.weeks:
        parts.append(f"week {_weeks(spot.weeks)}")
    if spot.group:
        parts.append(f"group {GROUP_WORDS.get(spot.group, spot.group)}")
    return "; ".join(parts)


def _cards(plan: Plan, asked: Selection) -> list[dict[str, str]]:
    currency = plan.wave.campaign.currency
    chosen = Q(chosen=True)
    sums = asked.areas(plan.pk).aggregate(
        number=Count("pk"),
        opened=Count("pk", filter=chosen),
        reached=Sum("area__households", filter=chosen, default=0),
        leaflets=Sum("quantity", filter=chosen, default=0),
        spent=Sum("cost", filter=chosen, default=0.0),
        gained=Sum("gain", filter=chosen, default=0.0),
    )
    cards = [
        _card("Areas chosen", f"{sums['opened']:,}", f"of {sums['number']:,} in this selection"),
        _card("Leaflets", f"{sums['leaflets']:,}", f"for {sums['reached']:,} households"),
        _card("Cost", shown(sums["spent"], currency), "of all leaflets"),
        _card("Expected gain", shown(sums["gained"], currency), "after cost, new customers counted in"),
    ]
    told = distributed.of_waves([plan.wave_id]).get(plan.wave_id)
    return [*cards, _proof(told)] if told else cards


def _proof(told: Proof) -> dict[str, str]:
    """Over the whole wave."""
    note = f"of {told.pieces:,} ordered; {told.areas - told.told_areas:,} of {told.areas:,} areas without proof"
    return _card("Distributed", f"{told.distributed:,}", f"{note}, {told.short_areas:,} short")


def _card(title: str, value: str, note: str) -> dict[str, str]:
    return {"title": title, "value": value, "note": note}


def _trail(asked: Selection) -> list[dict[str, str]]:
    """Back out, step by step."""
    steps = [{"said": "Everywhere", "url": asked.url(**dict.fromkeys(WITHIN, ""))}]
    for number, name in enumerate(WITHIN):
        if value := getattr(asked, name):
            steps.append(
                {
                    "said": f"{value}…" if name == "zone" else value,
                    "url": asked.url(**dict.fromkeys(WITHIN[number + 1 :], "")),
                }
            )
    return steps if len(steps) > 1 else []


def _choices(asked: Selection) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "choices": [
                {"said": said, "url": asked.url(**{name: value}), "is_chosen": getattr(asked, name) == value}
                for value, said in offered.items()
            ],
        }
        for title, name, offered in (("Show", "show", SHOWN), ("Coloured by", "colour", COLOURS))
    ]


def _groups(found: Found, asked: Selection, request: HttpRequest, currency: str) -> dict[str, Any]:
    told = {name: said or found.grouped_by.capitalize() for name, (said, _) in GROUP_COLUMNS.items()}
    by = GROUP_COLUMNS.get(asked.sort.removeprefix("-"), GROUP_COLUMNS["gain"])[1]
    page = Paginator(sorted(found.spots, key=by, reverse=asked.sort.startswith("-")), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [
        {
            "url": asked.url(**spot.within) if any(spot.within.values()) else "",
            "name": _group_name(spot, found.grouped_by),
            "cells": _told(told, _group_cells(spot)),
        }
        for spot in page
    ]
    caption = f"By {found.grouped_by}, in {currency}, of the areas that are chosen; {MONEY}"
    return {"headers": _headers(told, asked), "rows": rows, "caption": caption} | _paged(page, asked)


def _group_name(spot: Spot, grouped_by: str) -> str:
    """20095 Hamburg; Husum, Schleswig-Holstein."""
    return (" " if grouped_by == "postcode" else ", ").join(filter(None, (spot.name, spot.place)))


def _group_cells(spot: Spot) -> Sequence[str]:
    return (
        *(f"{number:,}" for number in (spot.areas, spot.chosen, spot.held, spot.households, spot.leaflets)),
        *(_amount(cents) for cents in (spot.cost, spot.value, spot.new_value, spot.gain)),
        _weeks(spot.weeks) if spot.weeks else "",
    )


def _told(columns: Mapping[str, str], cells: Sequence[str]) -> list[dict[str, Any]]:
    """Cells of the columns after the first."""
    names = list(columns.values())[1:]
    return [{"said": cell, "is_figure": name not in WORDS} for name, cell in zip(names, cells, strict=True)]


def _areas(plan: Plan, asked: Selection, request: HttpRequest, currency: str) -> dict[str, Any]:
    page = Paginator(asked.table(plan.pk, plan.wave_id), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"name": row.area.name, "cells": _told(dict(COLUMNS), _cells(row))} for row in page]
    caption = (
        f"Areas {page.start_index():,} to {page.end_index():,} of {page.paginator.count:,}, in {currency}; {MONEY}"
    )
    return {"headers": _headers(dict(COLUMNS), asked), "rows": rows, "caption": caption} | _paged(page, asked)


def _paged(page: Page, asked: Selection) -> dict[str, Any]:
    return {
        "page": page,
        "previous": _page_url(asked, page.previous_page_number()) if page.has_previous() else "",
        "next": _page_url(asked, page.next_page_number()) if page.has_next() else "",
    }


def _headers(told: Mapping[str, str], asked: Selection) -> list[dict[str, str]]:
    return [_header(name, said, asked) for name, said in told.items()]


def _page_url(asked: Selection, number: int) -> str:
    query = asked.url()
    return f"{query}{'' if query == '?' else '&'}page={number}"


def _header(name: str, said: str, asked: Selection) -> dict[str, str]:
    """Figures are first sorted downwards, words upwards."""
    now = asked.sort.removeprefix("-") == name
    is_down = asked.sort.startswith("-")
    first = name if name in ("area", "place", "week", "group") else f"-{name}"
    again = name if is_down else f"-{name}"
    return {
        "said": said,
        "is_figure": said not in WORDS,
        "url": asked.url(sort=again if now else first),
        "sorted": ("descending" if is_down else "ascending") if now else "none",
    }


def _cells(row: Any) -> Sequence[str]:
    area = row.area
    group = GROUP_WORDS.get(row.group, "")
    return (
        f"{area.postcode} {area.place}",
        f"{area.households:,}",
        f"{row.quantity:,}",
        f"{row.customers:,}",
        _amount(row.cost),
        _amount(row.expected_customer_value),
        _amount(row.expected_new_value),
        _amount(row.gain),
        str(row.week or ""),
        group or ("chosen" if row.chosen else "not chosen"),
        _distributed(row),
    )


def _distributed(row: Any) -> str:
    if row.distributed is None:
        return ""
    short = row.quantity - row.distributed
    return f"{row.distributed:,}" + (f" ({short:,} short)" if short > 0 else "")


def _weeks(weeks: tuple[int, int]) -> str:
    return str(weeks[0]) if weeks[0] == weeks[1] else f"{weeks[0]} to {weeks[1]}"


def _amount(cents: float) -> str:
    """The currency stands above the table."""
    return f"{cents / 100:,.2f}"
