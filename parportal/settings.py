"""Settings, all from environment variables; without any the portal runs embedded (SQLite, filesystem queue).

``PORTAL_VAR/portal.env`` (KEY=VALUE lines) is read first when it exists: ``manage.py seed_demo`` writes the
demo's secret and clock there. The environment wins over the file.
"""

import sys
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONCE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PORTAL_VAR = Path(env.str("PORTAL_VAR", default=str(BASE_DIR / "var"))).resolve()
PORTAL_VAR.mkdir(parents=True, exist_ok=True)
PORTAL_ENV_FILE = PORTAL_VAR / "portal.env"
if PORTAL_ENV_FILE.exists():
    environ.Env.read_env(str(PORTAL_ENV_FILE), overwrite=False)

DEBUG = env.bool("DEBUG", default=False)
PORTAL_DEMO = env.bool("PORTAL_DEMO", default=False)
# Business time for demonstrations and tests: "START" or "START@REAL-ANCHOR" (ISO 8601); empty = the real clock.
PORTAL_CLOCK = env.str("PORTAL_CLOCK", default="")

# A machine that has no SECRET_KEY keeps one of its own beside its embedded database.
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    from django.core.management.utils import get_random_secret_key

    _key_file = PORTAL_VAR / "secret_key"
    if not _key_file.exists():
        _key_file.write_text(get_random_secret_key(), encoding="ascii")
        _key_file.chmod(0o600)
    SECRET_KEY = _key_file.read_text(encoding="ascii").strip()

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "parportal.apps.PortalConfig",
    "reports.apps.ReportsConfig",
    "plans.apps.PlansConfig",
    "indicators.apps.IndicatorsConfig",
    "agencies.apps.AgenciesConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_cotton",
    "django_filters",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "parportal.middleware.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "parportal.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "parportal.middleware.PortalErrorMiddleware",
]

ROOT_URLCONF = "parportal.urls"
WSGI_APPLICATION = "parportal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "csp.context_processors.nonce",
                "parportal.context.portal",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Data
_DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED = not _DATABASE_URL or _DATABASE_URL.startswith("sqlite")
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{PORTAL_VAR / 'db.sqlite3'}")}
if EMBEDDED:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": env.int("DB_POOL_SIZE", default=10)}}

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": PORTAL_VAR / "cache",
        }
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.db"

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("MEDIA_ROOT", default=str(PORTAL_VAR / "files")), "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_MB", default=50) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(PORTAL_VAR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static" / "dist", BASE_DIR / "static" / "img"]
STATICFILES_DIRS = [path for path in STATICFILES_DIRS if path.is_dir()]
FONTS_DIR = BASE_DIR / "static" / "fonts"
# Nothing collected (embedded): served from the build folder itself.
WHITENOISE_USE_FINDERS = not any(STATIC_ROOT.iterdir())
WHITENOISE_MAX_AGE = 60

# Queue
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CONCURRENCY = env.int("CELERY_CONCURRENCY", default=2)
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"visibility_timeout": 3600}
else:
    _queue = PORTAL_VAR / "queue"
    _queue.mkdir(parents=True, exist_ok=True)
    (_queue / "control").mkdir(exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue),
        "data_folder_out": str(_queue),
        "control_folder": str(_queue / "control"),
        "polling_interval": 0.2,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(PORTAL_VAR / "beat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-jobs": {"task": "agencies.sweep_jobs", "schedule": 5.0, "options": {"expires": 5}},
    "send-digests": {"task": "agencies.send_digests", "schedule": 60.0, "options": {"expires": 55}},
    "remind-daily": {"task": "plans.remind_all", "schedule": 300.0, "options": {"expires": 290}},
    "names-of-today": {"task": "agencies.names_of_today", "schedule": 300.0, "options": {"expires": 290}},
    "refresh-plans-daily": {"task": "plans.refresh_all", "schedule": 300.0, "options": {"expires": 290}},
}
JOB_STALE_SECONDS = env.int("JOB_STALE_SECONDS", default=20)
JOB_LATE_SECONDS = env.int("JOB_LATE_SECONDS", default=15)
JOB_MAX_ATTEMPTS = 3
PDF_TIMEOUT_SECONDS = env.int("PDF_TIMEOUT_SECONDS", default=600)

# People
AUTH_USER_MODEL = "agencies.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "parportal.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# Web
SECURE_SSL = env.bool("SECURE_SSL", default=False)
SECURE_SSL_REDIRECT = SECURE_SSL
SESSION_COOKIE_SECURE = SECURE_SSL
CSRF_COOKIE_SECURE = SECURE_SSL
SECURE_HSTS_SECONDS = 31536000 if SECURE_SSL else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL
SECURE_HSTS_PRELOAD = SECURE_SSL
if SECURE_SSL:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: [] for feature in ("camera", "microphone", "geolocation", "payment", "usb")
}

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "agencies.api.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "agencies.api.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "parportal.errors.api_exception_handler",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.str("API_RATE", default="600/min")},
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "parportal API",
    "DESCRIPTION": "Plans, tasks, progress, review and reports of Vietnamese provinces' governance-index plans.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # The labels are Vietnamese; the description is English.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "AgencyKindEnum": "agencies.models.Agency.Kind",
        "AmendmentStateEnum": "plans.models.Amendment.State",
        "AssignmentStateEnum": "plans.standing.State",
        "DecisionVerbEnum": "plans.models.Decision.Verb",
        "DeadlineKindEnum": "plans.standing.DeadlineKind",
        "DutyRequestKindEnum": "plans.models.DutyRequest.Kind",
        "DutyRequestStateEnum": "plans.models.DutyRequest.State",
        "ExceptionKindEnum": "plans.models.WindowException.Kind",
        "JobStateEnum": "agencies.models.Job.State",
        "LineVerbEnum": [("change", ""), ("add", ""), ("drop", "")],
        "PeriodKindEnum": "plans.models.ReportingPeriod.Kind",
        "PlanKindEnum": "plans.models.Plan.Kind",
        "PlanStateEnum": "plans.models.Plan.State",
        "ProgressStateEnum": "plans.models.Progress.State",
        "ReorganisationKindEnum": "agencies.models.Reorganisation.Kind",
        "ReorganisationStateEnum": "agencies.models.Reorganisation.State",
        "RulingKindEnum": "plans.models.Ruling.Kind",
        "RemarkKindEnum": "plans.models.Remark.Kind",
        "ScoreSheetStateEnum": "indicators.models.ScoreSheet.State",
        "VerdictEnum": "agencies.models.Verdict",
        "TargetKindEnum": "plans.models.TargetVersion.Kind",
        "TargetStateEnum": ["met", "not_met", "unknown"],
    },
}

# Words
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
USE_I18N = True
FORMAT_MODULE_PATH = ["parportal.formats"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

# EMAIL_BACKEND, EMAIL_HOST and their like, all from the one address.
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
# Seconds to wait for each answer of the mail server.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Cổng điều hành CCHC <khong-tra-loi@localhost>")
# From this hour (business time) the day's digests are written and sent.
MAIL_DIGEST_HOUR = env.int("MAIL_DIGEST_HOUR", default=7)
# The portal's own address, for links in letters.
PORTAL_URL = env.str("PORTAL_URL", default="") or next(iter(CSRF_TRUSTED_ORIGINS), "")

# Processes (read by `manage.py start`)
WEB_WORKERS = env.int("WEB_WORKERS", default=1)
WEB_THREADS = env.int("WEB_THREADS", default=8)

# Logs
_shared_processors: list = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_renderer = (
    structlog.processors.JSONRenderer(ensure_ascii=False)
    if env.bool("LOG_JSON", default=False)
    else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer],
            "foreign_pre_chain": _shared_processors,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
structlog.configure(
    processors=[*_shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
CSRF_FAILURE_VIEW = "parportal.errors.csrf_failure"
