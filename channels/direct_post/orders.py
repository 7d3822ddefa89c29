"""An order's files: areas.csv, one row a delivery area, and the leaflet. docs/vendor-api.md describes every column."""

from collections.abc import Sequence

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


def write(folder: Folder, item_ids: Sequence[int], areas: Sequence[DeliveryArea], leaflet: bytes) -> None:
    folder.add(LEAFLET_NAME, leaflet, media_type=PDF_TYPE, rows=1)
    numbered = enumerate(zip(item_ids, areas, strict=True), 1)
    folder.add_csv(CSV_NAME, COLUMNS, (_row(item_id, n, area) for n, (item_id, area) in numbered))


def _row(item_id: int, sequence: int, area: DeliveryArea) -> tuple[object, ...]:
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
        LEAFLET_NAME,
    )
