"""What was ordered, in words that a press needs: kept with the job, since a vendor's settings may change later."""

from typing import Any

from campaigns.models import Option

from ..mailing_files import schemas
from ..models import PrintJob, Vendor


def spec(vendor: Vendor, option: Option, channel: str) -> dict[str, Any]:
    """Product and paper are named by the option's settings, as agreed with the vendor."""
    is_letter = channel == "print_mailing"
    return {
        "product": str(option.settings.get("product", "")),
        "format": str(option.settings.get("format", "A4" if is_letter else "A5")),
        "paper": str(option.settings.get("paper", "")),
        "letter_form": vendor.letter_form if is_letter else "",
        "edges": vendor.letter_edges if is_letter else vendor.leaflet_edges,
        "schema_version": schemas.VERSION,
    }


def of_job(job: PrintJob) -> dict[str, Any]:
    """As it was kept, and what is not kept as it is now."""
    return spec(job.vendor, job.option, job.channel) | job.spec
