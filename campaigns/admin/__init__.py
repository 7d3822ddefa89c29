"""The admin of what staff know. Contents and campaigns need to know the channels, so they are in steering.admin."""

from . import (
    audiences,
    consents,
    customers,
    duplicates,
    events,
    import_mappings,
    imports,
    offers,
    places,
    postal_reports,
    products,
    service,
    time_outs,
)

__all__ = [
    "audiences",
    "consents",
    "customers",
    "duplicates",
    "events",
    "import_mappings",
    "imports",
    "offers",
    "places",
    "postal_reports",
    "products",
    "service",
    "time_outs",
]
