from django.apps import AppConfig
from django.db.models.signals import post_migrate

from . import log_format


class SteeringConfig(AppConfig):
    name = "steering"

    def ready(self) -> None:
        log_format.log_dead_threads()
        post_migrate.connect(ensure_roles, sender=self)


def ensure_roles(**_: object) -> None:
    from . import roles

    roles.ensure()
