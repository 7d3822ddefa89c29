"""An order of leaflets: one row a delivery area, and the leaflets. docs/vendor-api.md describes every column."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import DeliveryArea

from ..models import FileKind, MailingFile, PrintJob
from ..print_files import create, publish
from ..print_jobs.gathering import NewItem, Place

COLUMNS = (
    "item_id",
    "sequence",
    "area_code",
    "carrier",
    "postcode",
    "place",
    "households",
    "refusing_households",
    "quantity",
    "leaflet_file",
)


@dataclass(frozen=True)
class Leaflet:
    """What these areas get; it names a store of ours, or is the same for all."""

    pdf: bytes
    area_ids: frozenset[int]
    store_id: int | None = None
    variant: int = 0  # of the contents that an option compares

    @property
    def name(self) -> str:
        parts = ["leaflet", *([f"variant-{self.variant}"] if self.variant else [])]
        return "-".join([*parts, *([f"store-{self.store_id}"] if self.store_id else [])]) + ".pdf"


def write(job: PrintJob, leaflets: Sequence[Leaflet]) -> None:
    """Those that the job does not have yet."""
    there = set(MailingFile.objects.filter(job=job, kind=FileKind.LEAFLET).values_list("name", flat=True))
    made = []
    for leaflet in leaflets:
        if leaflet.name not in there:
            with create(job, leaflet.name, revision=job.revision, kind=FileKind.LEAFLET) as file:
                file.write(leaflet.pdf)
                file.rows = 1
            made.append(file.file)
    publish(made)


def items(areas: Sequence[DeliveryArea], leaflets: Sequence[Leaflet]) -> list[NewItem]:
    """What the vendor is told of each area."""
    names = {area_id: leaflet.name for leaflet in leaflets for area_id in leaflet.area_ids}
    return [
        NewItem(
            delivery_area_id=area.pk,
            quantity=area.quantity,
            place=Place(postcode=area.postcode, city=area.place, name=area.code),
            cells=_cells(area),
            document=names[area.pk],
        )
        for area in areas
    ]


def _cells(area: DeliveryArea) -> dict[str, str]:
    return {
        "area_code": area.code,
        "carrier": area.carrier,
        "postcode": area.postcode,
        "place": area.place,
        "households": str(area.households),
        "refusing_households": str(area.refusing_households),
        "quantity": str(area.quantity),
    }
