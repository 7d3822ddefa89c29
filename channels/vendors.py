"""Which vendor an option of a print channel orders from, and whether it takes orders."""

from collections.abc import Collection, Mapping
from typing import Any

from . import postage
from .base import ChannelError
from .models import Vendor
from .print_jobs import deletion


def check_option(
    settings: Mapping[str, Any], *, label: str, more: Collection[str] = (), is_leaflet: bool = False
) -> None:
    """Raises ValueError unless the settings are {"vendor": <slug of a vendor that takes orders>}, and perhaps a postal product and some of `more`."""
    more = {*postage.SETTINGS, *more}
    if "vendor" not in settings or not set(settings) <= {"vendor", *more}:
        others = f" beside {' and '.join(sorted(more))}"
        got = ", ".join(sorted(settings)) or "none"
        raise ValueError(f'{label} needs the setting "vendor" and no other{others}, got {got}')
    of_option(settings)
    postage.check_option(settings, is_leaflet=is_leaflet)


def of_option(settings: Mapping[str, Any]) -> Vendor:
    slug = str(settings.get("vendor", ""))
    vendor = Vendor.objects.filter(slug=slug).first()
    if vendor is None:
        raise ValueError(f'there is no vendor "{slug}"')
    if not vendor.is_active:
        raise ValueError(f'vendor "{slug}" is not active')
    if not vendor.processing_contract:
        raise ValueError(f'vendor "{slug}" has no data processing contract')
    if owed := deletion.owed_by(vendor):
        raise ValueError(
            f'vendor "{slug}" owes the deletion certificate of print job {owed.pk}, and gets no new jobs before'
        )
    return vendor


def taking_orders(settings: Mapping[str, Any]) -> Vendor:
    """At hand-over: a vendor that takes no orders today may do so tomorrow, so it is tried again."""
    try:
        return of_option(settings)
    except ValueError as error:
        raise ChannelError(str(error), permanent=False, code="vendor") from error
