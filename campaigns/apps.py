from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        post_migrate.connect(offer_mappings, sender=self)
        from .assets import focal_points
        from .catalogue import showing
        from .offers import terms
        from .testimonials import quotes

        focal_points.register()
        showing.register()
        terms.register()
        quotes.register()


def offer_mappings(*, using: str, **_: object) -> None:
    """A new database has the shipped import mappings; one whose tables were just taken away has not."""
    from . import importing
    from .models import ImportMapping

    if ImportMapping._meta.db_table in connections[using].introspection.table_names():
        importing.save_shipped()
