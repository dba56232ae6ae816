"""Settings: one file, read from the environment; without any variable the demo's defaults hold."""

import sys
from pathlib import Path

import environ

from crm.core import postgres
from crm.core.secrets import local_secret

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()
TESTING = "pytest" in sys.modules

# 1. What the installation must say in production
DEBUG = env.bool("LIANLIAN_DEBUG", default=False)
DEMO_MODE = env.bool("LIANLIAN_DEMO", default=False)
DEMO_PASSWORD = "liandou-shifan-2026" if DEMO_MODE else ""  # no secret: the sign-in page of the demo shows it
SECRET_KEY = env.str("SECRET_KEY", default="") or local_secret(ROOT / "var" / "secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "testserver"])
HTTPS = env.bool("LIANLIAN_HTTPS", default=False)
_server = (
    env.db("DATABASE_URL")
    if "DATABASE_URL" in env.ENVIRON
    else postgres.database_settings("test" if TESTING else "demo")["default"]
)
DATABASES = {"default": {**_server, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

# 2. Apps: lowest room last to be named, contrib first
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "treebeard",
    "guardian",
    "knox",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "crm.core",
    "crm.accounts",
    "crm.access",
    "stations",
    "enterprises",
    "grids",
    "crm.visits",
    "crm.issues",
    "crm.notices",
    "crm.programs",
    "crm.coverage",
    "crm.workflows",
    "api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "crm.access.middleware.DoorMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "crm" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.shell.context",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "crm.core.templatetags.ui"],
        },
    }
]

# 3. Accounts and rights
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["crm.accounts.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher" if TESTING else "django.contrib.auth.hashers.Argon2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # grants are read by crm.access alone, never through has_perm
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:login"

# 4. Language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [*ROOT.glob("*/locale"), *ROOT.glob("crm/*/locale")]  # our words go before the packages' («Key» is 重点)
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# 5. Files
STATIC_URL = "static/"
STATIC_ROOT = ROOT / "var" / "static"
STATICFILES_DIRS = [ROOT / "crm" / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "crm.core.finders.NodePackagesFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG or TESTING
# photos: outside of what is served, and in demo and tests not beside the real ones
LIANLIAN_MEDIA = env.str("LIANLIAN_MEDIA", default="") or str(
    ROOT / "var" / ("media-test" if TESTING else "media-demo" if DEMO_MODE else "media")
)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

# 6. The browser's rules: nothing inline, nothing from elsewhere
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 10 * 3600
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# 7. API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.rights.DeclaredRight"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.StableCursor",
    "DEFAULT_SCHEMA_CLASS": "api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "api.problems.as_problem",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lianlian 联链",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {  # fields of one name with different words: each word list by its own name
        "EntryReason": "enterprises.enums.EntryReason",
        "IssueKind": "crm.issues.enums.IssueKind",
        "RecusalKind": "grids.enums.RecusalKind",
        "IssueMove": "crm.issues.enums.Move",
        "IssueState": "crm.issues.enums.IssueState",
        "EvidenceKind": "crm.programs.enums.EvidenceKind",
        "ItemState": "crm.programs.enums.ItemState",
        "PolicyTopic": "crm.programs.enums.PolicyTopic",
        "ListState": "grids.enums.ListState",
        "NodeKind": "enterprises.enums.NodeKind",
        "CommitmentState": "crm.visits.enums.CommitmentState",
        "ContactMode": "crm.visits.enums.Mode",
        "EventMode": "crm.visits.enums.EVENT_MODES",
        "ObligationState": "crm.visits.enums.ObligationState",
        "SeatKind": "enterprises.enums.SeatKind",
    },
}
REST_KNOX = {"TOKEN_TTL": None}

# 8. Jobs: each room keeps its own in `jobs.py`; `manage.py work` does them
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# 9. Notices. EMAIL_URL (smtp+tls://user:password@host:587) says by which server mail goes out; without it none does.
SITE_URL = env.str("LIANLIAN_URL", default="http://127.0.0.1:8000/")
_mail = env.email("EMAIL_URL", default="dummymail://")
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default=_mail["EMAIL_BACKEND"])
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"] or "", _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"] or "", _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="lianlian@localhost")
MAIL_IS_SET_UP = bool({"EMAIL_URL", "EMAIL_BACKEND"} & set(env.ENVIRON))
MAIL_DOMAIN = DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
MAIL_CHECK = env.str("LIANLIAN_MAIL_CHECK", default="")  # dotted path: (message id) -> it went out, it did not, None
NOTICE_CLAIM_SECONDS = env.int("LIANLIAN_CLAIM_SECONDS", default=300)  # longer than an attempt can take

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# 10. What is said on the console: warnings and failures, with no personal data of a request
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django.server": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}
