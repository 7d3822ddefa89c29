"""All checks, in the order in which they are told. Those that need a service come after the one that asks for it."""

from . import broker, configuration, database, folders, mail, printing, working
from .finding import Check

NEEDS_POSTGRESQL = (
    Check("PostgreSQL: version and safety", database.version_and_safety),
    Check("PostgreSQL: migrations", database.migrations),
    Check("PostgreSQL: clock", database.clock),
    Check("sender", configuration.sender),
    Check("mail providers", mail.each_provider),
    Check("sending", working.stopped),
    Check("beat", working.beat),
    Check("model", working.model),
    Check("mailing files", printing.files),
)
NEEDS_REDIS = (
    Check("Redis: keeping", broker.keeping),
    Check("Redis: clock", broker.clock),
    Check("folders: shared", folders.shared),
)
NEEDS_BOTH = (
    Check("PostgreSQL: connections", database.connections),
    Check("workers", working.workers),
)
POSTGRESQL = Check("PostgreSQL", database.answers)
REDIS = Check("Redis", broker.answers)
ALONE = (
    Check("secrets", configuration.secrets),
    Check("site", configuration.site),
    Check("mail signature", mail.signature),
    Check("return paths", mail.return_paths),
    Check("folders: writable", folders.writable),
    Check("folders: room", folders.room),
    Check("typesetting", working.typesetting),
)
