"""Every network that we reach by its API, explicitly. A new one is a module and a line here, and a kind of account."""

from .base import Access, AudienceBackend, Backend, PostBackend
from .google import GoogleBackend
from .linkedin import LinkedInBackend
from .mastodon import MastodonBackend
from .meta import MetaBackend
from .webhook import WebhookBackend

BACKENDS: dict[str, type[Backend]] = {
    backend.kind: backend for backend in (MetaBackend, GoogleBackend, LinkedInBackend, MastodonBackend, WebhookBackend)
}

__all__ = ["BACKENDS", "Access", "AudienceBackend", "Backend", "PostBackend"]
