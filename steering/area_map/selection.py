"""Which areas of a plan are looked at, in which order, and what is known of each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum

from channels.models import PrintItemState, PrintReport
from steering.models import AreaGroup, PlanArea

SHOWN = {"all": "All areas", "chosen": "Chosen", "held": "Held out", "wanted": "Would pay"}
COLOURS = {"value": "expected gain", "week": "week", "group": "group"}
WITHIN = ("region", "zone", "place", "postcode")
FIELDS = {"region": "area__region", "zone": "zone", "place": "area__place", "postcode": "area__postcode"}
NONE = "(none)"  # of areas that have no region
FILTERS = {
    "all": Q(),
    "chosen": Q(chosen=True),
    "held": Q(group=AreaGroup.HOLDOUT),
    "wanted": Q(wanted=True),
}
SORTS = {
    "area": "area__code",
    "place": "area__place",
    "households": "area__households",
    "leaflets": "quantity",
    "customers": "customers",
    "cost": "cost",
    "value": "expected_customer_value",
    "new": "expected_new_value",
    "gain": "gain",
    "week": "week",
    "group": "group",
    "distributed": "distributed",
}
OF_GROUPS = ("areas", "chosen")  # by which single areas are not sorted


@dataclass(frozen=True)
class Selection:
    """What the address of the page asks for; whatever is wrong in it is left out."""

    region: str = ""
    zone: str = ""  # how the postcode begins
    place: str = ""
    postcode: str = ""
    show: str = "all"
    colour: str = "value"
    sort: str = "-gain"
    rows: str = ""  # "areas": the table has areas also where the map has groups

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Selection":
        given = {name: str(asked.get(name, ""))[:120].replace("\0", "") for name in WITHIN}
        show, colour, sort = asked.get("show", ""), asked.get("colour", ""), asked.get("sort", "")
        return cls(
            **given,
            show=show if show in SHOWN else "all",
            colour=colour if colour in COLOURS else "value",
            sort=sort if sort.removeprefix("-") in (*SORTS, *OF_GROUPS) else "-gain",
            rows="areas" if asked.get("rows") == "areas" else "",
        )

    def url(self, **changes: str) -> str:
        """The query of the same page with these changes."""
        asked = vars(replace(self, **changes))
        usual = vars(Selection())
        return "?" + urlencode({name: value for name, value in asked.items() if value != usual[name]})

    def areas(self, plan_id: int) -> QuerySet[PlanArea]:
        """Unordered."""
        within = {_lookup(name): value for name in WITHIN if (value := getattr(self, name))}
        if self.region == NONE:
            within["area__region"] = ""
        gain = F("expected_customer_value") + F("expected_new_value") - F("cost")
        found = PlanArea.objects.filter(FILTERS[self.show], plan=plan_id, **within)
        return found.annotate(gain=gain)

    def table(self, plan_id: int, wave_id: int) -> QuerySet[PlanArea]:
        """With what carriers said was distributed, in the order asked for; areas without such a figure come last."""
        found = self.areas(plan_id).annotate(distributed=_distributed(wave_id)).select_related("area")
        name = SORTS.get(self.sort.removeprefix("-"), "gain")
        order = F(name).desc(nulls_last=True) if self.sort.startswith("-") else F(name).asc(nulls_last=True)
        return found.order_by(order, "area__carrier", "area__code", "pk")


def _lookup(name: str) -> str:
    return "area__postcode__startswith" if name == "zone" else FIELDS[name]


def _distributed(wave_id: int) -> Subquery:
    """Pieces; nothing where nothing was ordered, or nothing said so far."""
    told = (
        PrintReport.objects.filter(
            item__wave=wave_id, item__delivery_area=OuterRef("area"), state=PrintItemState.DISTRIBUTED
        )
        .order_by()
        .values("item__delivery_area")
        .annotate(pieces=Sum("quantity"))
    )
    return Subquery(told.values("pieces"), output_field=IntegerField())
