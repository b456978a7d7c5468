"""All settings, read from the environment (`.env.example` tells what each means)."""

import zoneinfo
from pathlib import Path
from typing import Any

import django_stubs_ext
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

django_stubs_ext.monkeypatch()

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# Zones come from the pinned tzdata package, so that every host expands a series alike.
zoneinfo.reset_tzpath(to=())

# --- Safety -----------------------------------------------------------------------------------

DEMO_MARK = "demo-only"  # demo secrets carry it; production refuses them
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS")
PUBLIC_URL = env.str("PUBLIC_URL", "http://localhost:8000").rstrip("/")
BEHIND_TLS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "roomly.error_pages.token_outdated"

if BEHIND_TLS and DEMO_MARK in SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY still has its demo value: set one of your own.")

# --- Parts ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "roomly.apps.RoomlyConfig",
    "tenants",
    "bookings",
    "calendars",
    "reminders",
    "integrations",
    "roomly.apps.RoomlyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "roomly.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "roomly.urls"
WSGI_APPLICATION = "roomly.wsgi.application"
ASGI_APPLICATION = "roomly.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "roomly.context.page",
            ],
        },
    },
]

# --- Data -------------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60)}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database.")
DATABASES["default"]["ENGINE"] = "roomly.database"
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Row-level security binds roomly_app and roomly_worker only: each process takes its role as it
# connects, whatever login the URL carries. Empty: the login itself (migrations).
DATABASE_ROLE = env.str("DATABASE_ROLE", "")
if DATABASE_ROLE:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = f"-c role={DATABASE_ROLE}"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "roomly.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "tenants:cache",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# Which Celery task learns of a changed booking, by consumer of the outbox.
BOOKING_LISTENERS = {
    "google": "calendars.tasks.sync_room",
    "reminders": "reminders.tasks.plan_company",
}
# Who can tell how far each date is on its way to Google (see bookings/sync_state.py).
BOOKING_SYNC_STATE = "calendars.status.sync_states"
# What pages tell administrators of the company besides its notices (see tenants/access.py).
COMPANY_STATE = "calendars.status.connection_state"
# Who plans anew what depends on a company's clock (see tenants/services.py).
COMPANY_ZONE_CHANGED = "reminders.preferences.plan_again"
# Who can tell when people are busy by their own calendars (see bookings/people.py).
FREE_BUSY = "calendars.free_busy.busy_ranges"

# --- People -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",  # operators, in the Django admin only
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "tenants.signin.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False  # an operator may be known and yet in no company
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_ADAPTER = "tenants.signin.SocialAccountAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False

GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", "")
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", "")
GOOGLE_OAUTH_AUTHORIZE_URL = env.str(
    "GOOGLE_OAUTH_AUTHORIZE_URL", "https://accounts.google.com/o/oauth2/v2/auth"
)
GOOGLE_OAUTH_TOKEN_URL = env.str("GOOGLE_OAUTH_TOKEN_URL", "https://oauth2.googleapis.com/token")
GOOGLE_OAUTH_CERTS_URL = env.str(
    "GOOGLE_OAUTH_CERTS_URL", "https://www.googleapis.com/oauth2/v1/certs"
)
GOOGLE_OAUTH_ISSUER = env.str("GOOGLE_OAUTH_ISSUER", "https://accounts.google.com")
GOOGLE_OAUTH_REVOKE_URL = env.str("GOOGLE_OAUTH_REVOKE_URL", "https://oauth2.googleapis.com/revoke")
GOOGLE_API_URL = env.str("GOOGLE_API_URL", "https://www.googleapis.com").rstrip("/")
# What we spend of Google's quota: four fifths of it, see calendars/budget.py.
GOOGLE_PROJECT_PER_MINUTE = env.float("GOOGLE_PROJECT_PER_MINUTE", 8000)
GOOGLE_PROJECT_BURST = env.float("GOOGLE_PROJECT_BURST", 500)
GOOGLE_GRANT_PER_MINUTE = env.float("GOOGLE_GRANT_PER_MINUTE", 480)
GOOGLE_GRANT_BURST = env.float("GOOGLE_GRANT_BURST", 60)
GOOGLE_CALENDAR_WRITES_PER_SECOND = env.float("GOOGLE_CALENDAR_WRITES_PER_SECOND", 5)
GOOGLE_REQUESTS_PER_DAY = env.int("GOOGLE_REQUESTS_PER_DAY", 1_000_000)
GOOGLE_POLLS_PER_DAY = env.int("GOOGLE_POLLS_PER_DAY", 250_000)
GOOGLE_SECONDS_BETWEEN_PULLS = env.float("GOOGLE_SECONDS_BETWEEN_PULLS", 1)
SOCIALACCOUNT_PROVIDERS = {
    "google": {
        "provider_class": "tenants.signin.WorkspaceProvider",
        "APPS": [{"client_id": GOOGLE_CLIENT_ID, "secret": GOOGLE_CLIENT_SECRET, "key": ""}],
        "SCOPE": ["openid", "email", "profile"],
        "AUTH_PARAMS": {"hd": "*", "prompt": "select_account"},
        "OAUTH_PKCE_ENABLED": True,
        "AUTHORIZE_URL": GOOGLE_OAUTH_AUTHORIZE_URL,
        "ACCESS_TOKEN_URL": GOOGLE_OAUTH_TOKEN_URL,
        "CERTS_URL": GOOGLE_OAUTH_CERTS_URL,
        "ID_TOKEN_ISSUER": GOOGLE_OAUTH_ISSUER,
    }
}

SLACK_CLIENT_ID = env.str("SLACK_CLIENT_ID", "")
SLACK_CLIENT_SECRET = env.str("SLACK_CLIENT_SECRET", "")
SLACK_SIGNING_SECRET = env.str("SLACK_SIGNING_SECRET", "")
SLACK_API_URL = env.str("SLACK_API_URL", "https://slack.com/api/")
SLACK_AUTHORIZE_URL = env.str("SLACK_AUTHORIZE_URL", "https://slack.com/oauth/v2/authorize")

# Outgoing webhooks go to the public Internet over TLS alone; this lets them go to this very host,
# without: for the demo and tests.
WEBHOOKS_TO_LOOPBACK = env.bool("WEBHOOKS_TO_LOOPBACK", DEBUG)

# --- Mail ------------------------------------------------------------------------------------

vars().update(env.dj_email_url("EMAIL_URL", "console:"))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Roomly <roomly@localhost>")

# --- Background work --------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or REDIS_URL.replace(
    "unix://", "redis+socket://"
).replace("?db=", "?virtual_host=")

# --- Sessions, cookies, headers ---------------------------------------------------------------

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Pages take one small file, the logo. What is larger is read past: nothing holds it.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# --- Words and files --------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / ".local" / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "roomly.static_files.StaticFiles"
    },
}

WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- API --------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "integrations.authentication.ApiKeyAuthentication",
        "integrations.authentication.MemberSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["integrations.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "integrations.problems.problem_response",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Roomly",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "BookingStatus": "bookings.models.Occurrence.Status",
        "WebhookState": "integrations.models.Webhook.State",
        "WantedWebhookState": "integrations.webhooks_api.WantedState",
        "PreviewStatus": [("free", "free"), ("taken", "taken"), ("outside", "outside")],
        "RestoredStatus": [("confirmed", "Bring a cancelled or skipped date back")],
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Logs -------------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", "json")
_shared_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[*_shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "roomly": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared_processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.dev.ConsoleRenderer(colors=False)
                if LOG_FORMAT == "console"
                else structlog.processors.JSONRenderer(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "roomly"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "propagate": False},
        "googleapiclient": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        # Refusals of requests are answers, not faults.
        "django.request": {"level": "ERROR"},
        # A line for every tick, several a second; failures are warnings and errors.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
