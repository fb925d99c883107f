"""Django settings. Every environment variable is read here and nowhere else; README lists them."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.templatetags.static import static

from autorouting.env_file import BASE_DIR, env_file_path

env = environ.Env()
if env_file_path().exists():
    env.read_env(env_file_path())

VAR_DIR = BASE_DIR / "var"

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or (get_random_secret_key() if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "Set SECRET_KEY to a long random text (or run `manage.py quickstart`, which writes one)."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
INTERNAL_API_SECRETS: list[str] = [s for s in env.list("INTERNAL_API_SECRET", default=[]) if s]

COST_FEED_URL = env.str("COST_FEED_URL", default="")
COST_FEED_TOKEN = env.str("COST_FEED_TOKEN", default="")
CANDIDATES_URL = env.str("CANDIDATES_URL", default="")
CANDIDATES_SECRET = env.str("CANDIDATES_SECRET", default="")
GATEWAY_BASE_URL = env.str("GATEWAY_BASE_URL", default="")
GATEWAY_API_KEY = env.str("GATEWAY_API_KEY", default="")
GATEWAY_SIMULATED = env.str("GATEWAY_SIMULATED", default="")  # the simulated gateway's seed; empty for a real one
API_RATE_LIMIT_PER_SECOND = env.float("API_RATE_LIMIT_PER_SECOND", default=0.0)  # per secret and web worker; 0: none
METRICS_PUBLIC = env.bool("METRICS_PUBLIC", default=False)  # whether /metrics answers without the bearer secret
# How long a web worker may serve the table it holds without looking whether another is live.
LIVE_TABLE_MAX_AGE_SECONDS = 0.5
# How often a web worker adds the decisions it made to the rows; what a killed one had not added is lost.
DECISION_FLUSH_SECONDS = 3.0
if metrics_dir := env.str("PROMETHEUS_MULTIPROC_DIR", default=""):
    Path(metrics_dir).mkdir(parents=True, exist_ok=True)
LANE_LEASE_SECONDS = env.int("LANE_LEASE_SECONDS", default=60)
OUTAGE_TRIES = env.int("OUTAGE_TRIES", default=20)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "ninja",
    "django_celery_beat",
    "simple_history",
    "benchmark",
]

MIDDLEWARE = [
    "benchmark.api.lean.LeanApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "autorouting.urls"
WSGI_APPLICATION = "autorouting.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database -----------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # A transaction takes the write lock when it begins, so that two never fail halfway in a deadlock.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=30000;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A host that does not answer must not hold a request, or a lane, for minutes.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Queue and schedule -------------------------------------------------------------------------------------------------


def _embedded_redis_socket() -> Path:
    """Return the bundled Redis's socket: in var/, or in the temporary folder where that path is too long for one."""
    path = VAR_DIR / "redis.sock"
    if len(str(path)) < 100:
        return path
    return Path(
        tempfile.gettempdir(), f"autorouting-{hashlib.sha256(str(path).encode()).hexdigest()[:12]}", "redis.sock"
    )


EMBEDDED_REDIS_SOCKET = _embedded_redis_socket()
REDIS_URL = env.str("REDIS_URL", default="")

CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{EMBEDDED_REDIS_SOCKET}"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Redis hands a task that is not acknowledged in this time to another worker; every task ends well before.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_connect_timeout": 3, "socket_timeout": 30}
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "daily-sync": {"task": "benchmark.tasks.sync", "schedule": crontab(hour="5", minute="0")},
    "tend-runs": {"task": "benchmark.tasks.tend", "schedule": 60.0},
    "weekly-prune": {
        "task": "benchmark.tasks.prune",
        "schedule": crontab(hour="3", minute="30", day_of_week="sunday"),
    },
}

# Web ----------------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "autorouting.formats"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
# Routers and probes may speak plain HTTP inside a cluster; their bearer secret is theirs to protect.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # The admin theme's Alpine.js evaluates expressions in attributes. No inline script runs.
        "script-src": [SELF, UNSAFE_EVAL],
        # The theme writes its colours in a style element, and widths and heights in style attributes.
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [SELF],
        "object-src": [NONE],
    }
}

UNFOLD = {
    "SITE_TITLE": "Autorouting",
    "SITE_HEADER": "Autorouting",
    "SITE_SYMBOL": "route",
    "SITE_URL": None,
    "STYLES": [lambda request: static("benchmark/admin.css")],
    "DASHBOARD_CALLBACK": "benchmark.admin.dashboard.dashboard",
    "SIDEBAR": {"navigation": "benchmark.admin.navigation.sidebar"},
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("benchmark/favicon.svg")},
    ],
}

# Going back to an older configuration is a change like any other: made in the form, with its preview and checks.
SIMPLE_HISTORY_REVERT_DISABLED = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"httpx": {"level": "WARNING"}},
}
