from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"

    def ready(self) -> None:
        from anymail.signals import tracking

        from campaigns import workflow

        from . import checks
        from .email import provider_events

        workflow.register(checks.of_content)
        tracking.connect(provider_events.receive, dispatch_uid="channels.email.provider_events")
