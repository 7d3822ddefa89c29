"""Settings, all from the environment and safe when it says nothing. docs/operations.md lists the variables."""

import secrets
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError

from campaigns import link_marks
from channels import queues

from . import embedded
from .unfold import unfold

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR = embedded.places().var
LOOPBACK = ("127.0.0.1", "localhost", "::1")
IS_EMBEDDED = not env.str("DATABASE_URL", "")


def _own_secret() -> str:
    """The embedded mode keeps a secret of its own; a deployment must name one."""
    if not IS_EMBEDDED:
        raise ImproperlyConfigured("SECRET_KEY must be set when DATABASE_URL is: a long random string, kept secret")
    path = VAR / "secret-key"
    embedded.make_var(embedded.places())
    if not path.exists():
        partial = VAR / f"secret-key.{secrets.token_hex(4)}"
        partial.touch(mode=0o600)
        partial.write_text(secrets.token_urlsafe(64))
        try:
            path.hardlink_to(partial)  # the first of several processes wins
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text()


def _own_site() -> str:
    """Links in messages lead to the site, so a deployment must name it."""
    if not IS_EMBEDDED:
        raise ImproperlyConfigured("SITE_URL must be set when DATABASE_URL is: https://steering.example.com")
    return "http://127.0.0.1:8000"


# Who we are
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or _own_secret()
SITE_URL = (env.str("SITE_URL", "") or _own_site()).rstrip("/")
SHORT_URL = env.str("SHORT_URL", "").rstrip("/") or SITE_URL  # of links on paper, so that their codes stay small
SITE_NAME = env.str("SITE_NAME", "Campaign Steering")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[
        urlsplit(SITE_URL).hostname,
        urlsplit(SHORT_URL).hostname,
        *(["127.0.0.1", "localhost", "[::1]"] if IS_EMBEDDED else []),
    ],
)
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []
# Keys the hashes of suppressed addresses. It must outlive a change of SECRET_KEY, or suppressions are forgotten.
SUPPRESSION_KEY = env.str("SUPPRESSION_KEY", "") or SECRET_KEY

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "anymail",
    "campaigns",
    "channels",
    "steering",
]

MIDDLEWARE = [
    "channels.front.Front",
    "steering.log_about.Requests",
    "steering.tracing.Requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "steering.urls"
WSGI_APPLICATION = "steering.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [BASE_DIR / "steering" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# PostgreSQL and Redis: those named, else our own
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", "") or embedded.database_url())}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Of the URL, or this: what hangs is to be noticed
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DATABASE_PREPARES = env.bool("DATABASE_PREPARES", True)  # off behind a pooler that does not know prepared statements
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", "") or embedded.redis_url()
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "cache"}
}

# Celery. PostgreSQL holds the queue; a message is only a wake-up call. Reasons: docs/operations.md
CELERY_BROKER_URL = (
    REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_keepalive": not REDIS_URL.startswith("unix://"),
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "health_check_interval": 25,
    "retry_on_timeout": True,
}
CELERY_VISIBILITY_TIMEOUT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_RETRY_ON_WORKER_LOST = False
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.4}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_QUEUES = queues.declare()
CELERY_TASK_ROUTES = ["channels.queues.route"]
CELERY_TASK_TIME_LIMIT = 540
CELERY_TASK_SOFT_TIME_LIMIT = 500
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# E-mail goes to the local receiving server unless a real one is named, so nobody mails real people by accident
MAIL_SINK_PORT = env.int("MAIL_SINK_PORT", embedded.places().mail_port)
EMAIL_CONFIG = env.email_url("EMAIL_URL", f"smtp://127.0.0.1:{MAIL_SINK_PORT}")
vars().update(EMAIL_CONFIG)
EMAIL_BACKEND = env.str("EMAIL_BACKEND", EMAIL_CONFIG["EMAIL_BACKEND"])
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 30)  # seconds for each step of a conversation with a mail server
EMAIL_FINAL_TIMEOUT = env.int("EMAIL_FINAL_TIMEOUT", 0)  # for the answer after the final dot; 0: four times as long
EMAIL_CA_FILE = env.str("EMAIL_CA_FILE", "")  # certificates to trust instead of the system's, of a private relay
EMAIL_SSL_CERTFILE = env.str("EMAIL_SSL_CERTFILE", "") or None  # our own, and its key, for relays that ask for one
EMAIL_SSL_KEYFILE = env.str("EMAIL_SSL_KEYFILE", "") or None
EMAIL_MESSAGES_PER_CONNECTION = env.int("EMAIL_MESSAGES_PER_CONNECTION", 1000)
DKIM_KEY = env.str("DKIM_KEY", "")  # PEM (RSA) or base64 (Ed25519); without it and a file the relay signs
DKIM_KEY_FILE = env.str("DKIM_KEY_FILE", "")
DKIM_SELECTOR = env.str("DKIM_SELECTOR", "")
DKIM_DOMAIN = env.str("DKIM_DOMAIN", "")  # empty: that of DEFAULT_FROM_EMAIL
ANYMAIL = env.json("ANYMAIL", {})
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Campaign Steering <news@example.com>")
MESSAGE_ID_DOMAIN = env.str("MESSAGE_ID_DOMAIN", "steering.example.com")
# Mail that comes back: further addresses that the receiver takes, e.g. of feedback loops; a mailbox that is looked into
INBOUND_ADDRESSES = env.list("INBOUND_ADDRESSES", default=[])
INBOUND_IMAP = env.str("INBOUND_IMAP", "")  # imaps://user:password@host:993/INBOX
INBOUND_IMAP_DONE = env.str("INBOUND_IMAP_DONE", "Recorded")  # the folder into which recorded mails are moved
INBOUND_MOST_BYTES = env.int("INBOUND_MOST_BYTES", 10_000_000)  # of one mail
INBOUND_KEPT_DAYS = env.int("INBOUND_KEPT_DAYS", 30)  # what a person should look at
# Customers who are surely one person are merged without being asked about; merges can be undone for so long
MERGE_SURE_DUPLICATES = env.bool("MERGE_SURE_DUPLICATES", False)
MERGE_UNDO_DAYS = env.int("MERGE_UNDO_DAYS", 30)
# So many soft bounces over at least so many days, without a success between, and an address is not used again
SOFT_BOUNCES = env.int("SOFT_BOUNCES", 3)
SOFT_BOUNCE_DAYS = env.int("SOFT_BOUNCE_DAYS", 7)
BOUNCE_DOMAIN = env.str(
    "BOUNCE_DOMAIN", ""
)  # what bounces to bounce+<token>@ it comes back to us; empty: to the sender
# Who writes, in letters and legal footers
SENDER_ADDRESS = env.str("SENDER_ADDRESS", "Muster GmbH, Musterstraße 1, 10115 Berlin")
SENDER_NAME = env.str("SENDER_NAME", "") or SENDER_ADDRESS.partition(",")[0]
# Query parameters of links in messages; a campaign may have a convention of its own.
LINK_MARKS = env.str(
    "LINK_MARKS",
    "utm_source=steering&utm_medium={channel}&utm_campaign={campaign}-{wave}&utm_content={block}",
)
try:
    link_marks.validate(LINK_MARKS)
except ValidationError as error:
    raise ImproperlyConfigured(f"LINK_MARKS {error.messages[0]}") from error
BRAND_COLOR = env.str("BRAND_COLOR", "#1c4f82")  # of buttons, lines and letterheads; white text must be legible on it

# How long a process may show an offer or a testimonial as it was: so late a withdrawal may come
NAMED_KEPT_SECONDS = env.float("NAMED_KEPT_SECONDS", 5.0)
LEARNING_PROCESSES = env.int("LEARNING_PROCESSES", 0)  # of one training; 0: one per core

# Delivery
DELIVERY_BATCH = env.int("DELIVERY_BATCH", 200)  # messages that leave one by one, in one claim
DELIVERY_CONNECTIONS = env.int("DELIVERY_CONNECTIONS", 4)  # to the provider, of one worker process
DELIVERY_TOGETHER = env.int("DELIVERY_TOGETHER", 5000)  # messages that leave as one file, in one claim
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", 60)  # a worker silent for longer has lost its claim
WORKERS_KEEP_TIME = env.bool("WORKERS_KEEP_TIME", True)  # each worker asks for the work of each minute, as beat does
DELIVERY_MAX_ATTEMPTS = env.int("DELIVERY_MAX_ATTEMPTS", 6)
PLANNING_SHARDED_FROM = env.int("PLANNING_SHARDED_FROM", 100_000)  # customers whom all workers score together
PLANNING_APART_FROM = env.int("PLANNING_APART_FROM", 5_000_000)  # customers whom no process holds all at once
# A new model is trained when the newest is so many days old, and decides where it is better beyond noise; 0: never
RETRAIN_DAYS = env.int("RETRAIN_DAYS", 7)
# Networks: secrets by the short names of accounts, how long a call may take, hosts that are called though not public
SOCIAL_TOKENS = env.json("SOCIAL_TOKENS", {})
SOCIAL_TIMEOUT = env.float("SOCIAL_TIMEOUT", 15)
SOCIAL_PRIVATE_HOSTS = env.list("SOCIAL_PRIVATE_HOSTS", default=[])
# Hosts of a private network that links of contents may lead to when it is looked whether they answer
LINK_PRIVATE_HOSTS = env.list("LINK_PRIVATE_HOSTS", default=[])
# Until a letter or leaflet arrives: days for production, and for delivery
PRINT_DAYS = env.int("PRINT_DAYS", 5)
POST_DAYS = env.int("POST_DAYS", 4)
# The visitor cookie by which banners recognise a customer, and the sites that may ask for a banner with it
VISITOR_COOKIE = env.str("VISITOR_COOKIE", "visitor")
VISITOR_COOKIE_DOMAIN = env.str("VISITOR_COOKIE_DOMAIN", "") or None
BANNER_ORIGINS = env.list("BANNER_ORIGINS", default=[])

# Who may read /metrics and /health/detail: whoever knows one of these tokens, or calls directly from these networks
WATCH_TOKENS = env.list("WATCH_TOKEN", default=[])
WATCH_NETWORKS = env.list("WATCH_NETWORKS", default=[])

# Keys of the APIs: so many wrong ones within five minutes, from one address or of one prefix, and they are refused for a
# while; 0: never
KEY_FAILURES_PER_ADDRESS = env.int("KEY_FAILURES_PER_ADDRESS", 30)
KEY_FAILURES_PER_KEY = env.int("KEY_FAILURES_PER_KEY", 10)
VENDOR_REQUESTS_PER_MINUTE = env.int(
    "VENDOR_REQUESTS_PER_MINUTE", 3000
)  # where a vendor has none of its own; 0: no limit
AUDIT_KEPT_DAYS = env.int("AUDIT_KEPT_DAYS", 1095)  # at least 90
# Hosts of a private network, perhaps without TLS, that may be told of jobs
WEBHOOK_PRIVATE_HOSTS = env.list("WEBHOOK_PRIVATE_HOSTS", default=[])

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR / "media")))
PRINT_ROOT = Path(env.str("PRINT_ROOT", str(VAR / "print")))
PRINT_GATHER_MINUTES = env.int("PRINT_GATHER_MINUTES", 60)  # a print job waits at most so long for stragglers
PRINT_KEPT_DAYS = env.int("PRINT_KEPT_DAYS", 14)  # mailing files and their rows, after posting
PRINT_AT_ONCE = env.int("PRINT_AT_ONCE", 1000)  # larger jobs are written in tasks of their own
DELETION_CERTIFICATE_DAYS = env.int(
    "DELETION_CERTIFICATE_DAYS", 30
)  # within which a vendor says that it destroyed files
SOCIAL_ROOT = Path(env.str("SOCIAL_ROOT", str(VAR / "social")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # A folder, MEDIA_ROOT, or an object store: any of Django's storages, e.g. those of django-storages
    "assets": env.json("ASSET_STORAGE", {"BACKEND": "campaigns.assets.storage.WholeFiles"}),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # so that nothing need be collected before the first run
warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a content of fifty blocks in all languages and channels has about half as many

# Security. Secure cookies would lock everybody out over plain HTTP, which is meant only on this machine or to debug.
IS_HTTPS = not SITE_URL.startswith("http://") or not (DEBUG or urlsplit(SITE_URL).hostname in LOOPBACK)
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^health/", r"^metrics$"]  # asked from beside the process, without the proxy
IS_BEHIND_PROXY = env.bool("BEHIND_TLS_PROXY", IS_HTTPS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_BEHIND_PROXY else None
# Networks of proxies whose word on a caller's address is taken; one on this machine needs no mention
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.0/8", "::1"] if IS_BEHIND_PROXY else [])
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"  # the preview page shows renditions in `srcdoc` frames, which this does not concern
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["channels.api.bodies.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "EXCEPTION_HANDLER": "channels.api.problems.handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Campaign Steering API",
    "DESCRIPTION": "Events, redemptions and the print vendor API.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "JobStateEnum": "channels.vendor_api.serializers.JOB_STATES",
        "PieceStateEnum": "channels.vendor_api.serializers.PIECE_STATES",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",  # nothing comes from elsewhere
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "list", "tryItOutEnabled": False},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "channels.api.described.add_refusals",
    ],
}

LANGUAGE_CODE = "en"  # of the admin
CONTENT_LANGUAGE = env.str("CONTENT_LANGUAGE", "de")
if CONTENT_LANGUAGE not in ("de", "en"):
    raise ImproperlyConfigured(f"CONTENT_LANGUAGE must be de or en, got {CONTENT_LANGUAGE}")
ASSET_LANGUAGES = env.list("ASSET_LANGUAGES", default=["de", "en"])  # in which assets need an alternative text
if not ASSET_LANGUAGES or not {*ASSET_LANGUAGES} <= {"de", "en"}:
    raise ImproperlyConfigured(f"ASSET_LANGUAGES must be de, en or both, got {','.join(ASSET_LANGUAGES)!r}")
TIME_ZONE = env.str("TIME_ZONE", "Europe/Berlin")
USE_TZ = True
FORMAT_MODULE_PATH = "steering.formats"
CUSTOMER_COUNTRY = env.str("CUSTOMER_COUNTRY", "DE")

LOG_FORMAT = env.str("LOG_FORMAT", "text")
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT must be text or json, got {LOG_FORMAT}")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "steering.log_format.Formatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "steering.log_format.Json"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
        "django.db.backends": {"level": "INFO"},  # below it tells statements with their values
    },
}
UNFOLD = unfold(SITE_NAME)
