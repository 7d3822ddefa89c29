"""What is drawn: single areas where there is room for them, otherwise the places, postcodes, regions or zones that hold them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import shapely
from django.db.models import Avg, Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Left

from steering.models import AreaGroup, PlanArea

from .selection import FIELDS, NONE, Selection

MOST_SPOTS = 800
# Smaller than this share of the map's longer side, outlines are not worth drawing.
LEAST_SIZE = 1 / 150
TYPICAL = 200  # areas looked at to know how large they are
# From the finest on; a country is more legible by its places than by their postcodes.
GROUPINGS = (("postcode", "place"), ("place", "region"), ("region",))
MOST_POSTCODES = 40
# Where regions are not told, or one of them holds more places than can be drawn: by how postcodes begin.
ZONE, ZONE_DIGITS, MOST_ZONES = ("zone",), (4, 3, 2, 1), 150
SUMS = {
    "areas": Count("pk"),
    "chosen_areas": Count("pk", filter=Q(chosen=True)),
    "held_areas": Count("pk", filter=Q(group=AreaGroup.HOLDOUT)),
    "all_households": Sum("area__households"),
    "leaflets": Sum("quantity", filter=Q(chosen=True)),
    "spent": Sum("cost", filter=Q(chosen=True)),
    "worth": Sum("expected_customer_value", filter=Q(chosen=True)),
    "worth_new": Sum("expected_new_value", filter=Q(chosen=True)),
    "latitude": Avg("area__latitude"),
    "longitude": Avg("area__longitude"),
    "first_week": Min("week", filter=Q(chosen=True)),
    "last_week": Max("week", filter=Q(chosen=True)),
}


@dataclass(frozen=True)
class Spot:
    """One area, or several at once: `areas` of which `chosen`. Money in cents, of what is chosen; of one area, its own."""

    name: str
    place: str
    areas: int
    chosen: int
    held: int
    households: int
    leaflets: int
    customers: int
    cost: float
    value: float
    new_value: float
    weeks: tuple[int, int] | None
    group: str
    at: tuple[float, float] | None  # longitude, latitude
    shape: shapely.Geometry | None = None
    within: Mapping[str, str] = field(default_factory=dict)  # for a group: the filter that leads into it

    @property
    def gain(self) -> float:
        return self.value + self.new_value - self.cost

    @property
    def is_group(self) -> bool:
        return bool(self.within)

    @property
    def label(self) -> str:
        """What is written on the map."""
        return self.place if "postcode" in self.within else self.name


@dataclass(frozen=True)
class Found:
    spots: tuple[Spot, ...]
    grouped_by: str  # region, postal zone, place, postcode; empty: single areas


def find(plan_id: int, selection: Selection) -> Found:
    """At most MOST_SPOTS, in as much detail as can be seen; where even regions are too many, the largest."""
    areas = selection.areas(plan_id)
    count = areas.count()
    if count <= MOST_SPOTS and (selection.postcode or _is_visible(areas)):
        return Found(
            tuple(_single(area) for area in areas.select_related("area").order_by("area__carrier", "area__code", "pk")),
            "",
        )
    for names in GROUPINGS:
        number = areas.values(*_fields(names)).distinct().count()
        is_broad = names == GROUPINGS[0] and not selection.place
        if number <= min(MOST_SPOTS, MOST_POSTCODES if is_broad else MOST_SPOTS) and (
            number > 1 or names == GROUPINGS[0]
        ):
            return Found(tuple(_groups(areas, names)), names[0])
    for digits in ZONE_DIGITS:
        zones = areas.annotate(zone=Left("area__postcode", digits))
        if 1 < zones.values("zone").distinct().count() <= MOST_ZONES:
            return Found(tuple(_groups(zones, ZONE)), "postal zone")
    return Found(tuple(_groups(areas, GROUPINGS[-1])), GROUPINGS[-1][0])


def _fields(names: Iterable[str]) -> list[str]:
    return [FIELDS[name] for name in names]


def _is_visible(areas: QuerySet[PlanArea]) -> bool:
    """Whether a typical area is more than a dot on a map that shows all of them. Points without outline always are."""
    ends = areas.aggregate(
        west=Min("area__longitude"),
        east=Max("area__longitude"),
        south=Min("area__latitude"),
        north=Max("area__latitude"),
    )
    if None in ends.values():
        return True
    side = max(ends["east"] - ends["west"], ends["north"] - ends["south"])
    some = areas.exclude(area__outline=None).order_by("area__code").values_list("area__outline", flat=True)[:TYPICAL]
    boxes = [shapely.bounds(shapely.from_geojson(json.dumps(outline))) for outline in some]
    sizes = sorted(max(box[2] - box[0], box[3] - box[1]) for box in boxes)
    return not sizes or sizes[len(sizes) // 2] >= LEAST_SIZE * side


def _single(row: PlanArea) -> Spot:
    area = row.area
    outline = None if area.outline is None else shapely.from_geojson(json.dumps(area.outline))
    is_on_map = area.latitude is not None and area.longitude is not None
    return Spot(
        name=area.name,
        place=f"{area.postcode} {area.place}",
        areas=1,
        chosen=int(row.chosen),
        held=int(row.group == AreaGroup.HOLDOUT),
        households=area.households,
        leaflets=row.quantity,
        customers=row.customers,
        cost=row.cost,
        value=row.expected_customer_value,
        new_value=row.expected_new_value,
        weeks=None if row.week is None else (row.week, row.week),
        group=row.group,
        at=(area.longitude, area.latitude) if is_on_map else None,
        shape=outline,
    )


def _groups(areas: QuerySet[PlanArea], names: tuple[str, ...]) -> list[Spot]:
    fields = _fields(names)
    rows = areas.order_by().values(*fields).annotate(**SUMS, customers_there=Sum("customers"))
    largest = rows.order_by("-all_households", *fields)[:MOST_SPOTS]
    return sorted((_group(row, names) for row in largest), key=lambda spot: spot.name)


def _group(row: dict, names: tuple[str, ...]) -> Spot:
    name, *more = (row[one] for one in _fields(names))
    is_on_map = row["latitude"] is not None and row["longitude"] is not None
    return Spot(
        name=f"{name}…" if names == ZONE else name or NONE,
        place=more[0] if more else "",
        areas=row["areas"],
        chosen=row["chosen_areas"],
        held=row["held_areas"],
        households=row["all_households"],
        leaflets=row["leaflets"] or 0,
        customers=row["customers_there"],
        cost=row["spent"] or 0.0,
        value=row["worth"] or 0.0,
        new_value=row["worth_new"] or 0.0,
        weeks=None if row["first_week"] is None else (row["first_week"], row["last_week"]),
        group="",
        at=(row["longitude"], row["latitude"]) if is_on_map else None,
        within=_within(row, names),
    )


def _within(row: dict, names: tuple[str, ...]) -> dict[str, str]:
    """A postcode leads to all of its places, and no region to what has none."""
    if len(names) == 1:
        return {names[0]: row[FIELDS[names[0]]] or NONE}
    return {one: row[FIELDS[one]] for one in names if one != "place" or names[0] == "place"}
