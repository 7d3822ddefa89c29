"""Networks on loopback that behave as their documentation says, faults included."""

from .base import Fault, NetworkServer, running
from .google import GoogleServer
from .linkedin import LinkedInServer
from .mastodon import MastodonServer
from .meta import MetaServer
from .webhook import WebhookServer

SERVERS = {server.kind: server for server in (MetaServer, GoogleServer, LinkedInServer, MastodonServer, WebhookServer)}

__all__ = ["SERVERS", "Fault", "NetworkServer", "running"]
