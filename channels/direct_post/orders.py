"""An order's files: areas.csv, one row a delivery area, and the leaflets. docs/vendor-api.md describes every column."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import DeliveryArea

from ..print_files import PDF_TYPE, Folder

CSV_NAME = "areas.csv"
LEAFLET_NAME = "leaflet.pdf"
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

    @property
    def name(self) -> str:
        return f"leaflet-store-{self.store_id}.pdf" if self.store_id else LEAFLET_NAME


def write(folder: Folder, item_ids: Sequence[int], areas: Sequence[DeliveryArea], leaflets: Sequence[Leaflet]) -> None:
    for leaflet in leaflets:
        folder.add(leaflet.name, leaflet.pdf, media_type=PDF_TYPE, rows=1)
    names = {area_id: leaflet.name for leaflet in leaflets for area_id in leaflet.area_ids}
    numbered = enumerate(zip(item_ids, areas, strict=True), 1)
    folder.add_csv(CSV_NAME, COLUMNS, (_row(item_id, n, area, names[area.pk]) for n, (item_id, area) in numbered))


def _row(item_id: int, sequence: int, area: DeliveryArea, leaflet: str) -> tuple[object, ...]:
    return (
        item_id,
        sequence,
        area.code,
        area.carrier,
        area.postcode,
        area.place,
        area.households,
        area.refusing_households,
        area.quantity,
        leaflet,
    )
