"""An order of leaflets: one row a delivery area, and the leaflets. docs/vendor-api.md describes every column."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import AreaWeek, Carrier, DeliveryArea

from .. import valid_keys
from ..models import FileKind, MailingFile, PrintJob
from ..print_files import create, publish
from ..print_jobs.gathering import NewItem, Place
from . import bundles


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
    there = {file.plain_name for file in MailingFile.objects.filter(job=job, kind=FileKind.LEAFLET)}
    publish(made(job, [leaflet for leaflet in leaflets if leaflet.name not in there], revision=job.revision))


def made(job: PrintJob, leaflets: Sequence[Leaflet], *, revision: int) -> list[MailingFile]:
    """Their files, unsaved."""
    packing = valid_keys.packing(job.vendor)
    files = []
    for leaflet in leaflets:
        with create(job, leaflet.name, revision=revision, kind=FileKind.LEAFLET, packing=packing) as file:
            file.write(leaflet.pdf)
            file.rows = 1
        files.append(file.file)
    return files


def items(wave_id: int, areas: Sequence[DeliveryArea], leaflets: Sequence[Leaflet]) -> list[NewItem]:
    """What the vendor is told of each area. In its files they stand by carrier, week, postcode and code."""
    weeks = {one.area_id: one.week for one in AreaWeek.objects.filter(wave=wave_id, area__in=areas)}
    sizes = dict(Carrier.objects.values_list("name", "bundle_size"))
    names = {area_id: leaflet.name for leaflet in leaflets for area_id in leaflet.area_ids}
    return [
        NewItem(
            delivery_area_id=area.pk,
            quantity=area.quantity,
            place=Place(city=area.carrier, street=weeks.get(area.pk, ""), name=f"{area.postcode} {area.code}"),
            cells=_cells(area, weeks.get(area.pk, ""), sizes.get(area.carrier, bundles.USUAL_SIZE)),
            document=names[area.pk],
        )
        for area in areas
    ]


def _cells(area: DeliveryArea, week: str, bundle_size: int) -> dict[str, str]:
    carried = bundles.of(area.quantity, size=bundle_size)
    return {
        "area_code": area.code,
        "carrier": area.carrier,
        "postcode": area.postcode,
        "place": area.place,
        "households": str(area.households),
        "refusing_households": str(area.refusing_households),
        "quantity": str(area.quantity),
        "bundle_size": str(carried.size),
        "full_bundles": str(carried.full),
        "rest": str(carried.rest),
        "week": week,
    }
