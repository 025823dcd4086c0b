"""Django's settings. One file; what differs between installations comes from the environment.

MINEWARDEN_DATA           folder for the database, the key and the audit anchor (default ./var)
MINEWARDEN_SECRET_KEY     the signing key; or MINEWARDEN_SECRET_KEY_FILE; else <data>/secret-key, made once
MINEWARDEN_HOSTS          names under which the desk is reached, separated by commas (default: this machine only)
MINEWARDEN_DATABASE_URL   postgres://user:password@host:port/name; without it SQLite in the data folder
MINEWARDEN_URL            the desk's own address as people type it, for links in mails (default: no links)
MINEWARDEN_FILES_KEY_FILE the key of evidence files and channels' secrets; else <data>/files-key, made once
MINEWARDEN_LIBRARY        the library of indicators, shared with `minewarden intel`; else <data>/intel.sqlite
MINEWARDEN_HTTPS          1 when browsers reach the desk over TLS, that is, everywhere but on the machine itself
MINEWARDEN_REQUIRE_2FA    1: administrators and approvers get nowhere without a second factor
MINEWARDEN_PROXIES        how many reverse proxies of ours stand in front (default 0: believe no X-Forwarded-For)
MINEWARDEN_DEBUG          1 shows tracebacks in the browser; never on a network
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.core.exceptions import ImproperlyConfigured


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _count(name: str) -> int:
    text = os.environ.get(name, "0").strip() or "0"
    if not text.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _secret_key() -> tuple[str, bool]:
    """The key, and whether it will still be the same after a restart."""
    if value := os.environ.get("MINEWARDEN_SECRET_KEY"):
        return value, True
    named = os.environ.get("MINEWARDEN_SECRET_KEY_FILE")
    path = Path(named) if named else SECRET_KEY_PATH
    if path.is_file():
        return path.read_text(encoding="utf-8").strip(), True
    if named:
        raise ImproperlyConfigured(f"MINEWARDEN_SECRET_KEY_FILE names {path}, which is not a file")
    # Reading the settings must not write to the disk: `minewarden desk serve` and `migrate` make the file.
    return secrets.token_urlsafe(50), False


def _database() -> dict[str, Any]:
    url = os.environ.get("MINEWARDEN_DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "desk.sqlite3",
            "OPTIONS": {
                # A writer takes the lock when it begins, so that two of them wait instead of failing half way.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # The figures of a city go over the same pages again and again: up to 32 MiB of them are kept, not 2.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-32768;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("MINEWARDEN_DATABASE_URL must begin with postgres://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


DATA = Path(os.environ.get("MINEWARDEN_DATA", "var")).absolute()
LAKE = Path(os.environ["MINEWARDEN_LAKE"]).absolute() if os.environ.get("MINEWARDEN_LAKE") else None
"""What `patrol watch` keeps on this machine, for tracing inside a case."""
SECRET_KEY_PATH = DATA / "secret-key"
SECRET_KEY, SECRET_KEY_LASTS = _secret_key()
DEBUG = _flag("MINEWARDEN_DEBUG")
REQUIRE_2FA = _flag("MINEWARDEN_REQUIRE_2FA")
HTTPS = _flag("MINEWARDEN_HTTPS")
PUBLIC_URL = os.environ.get("MINEWARDEN_URL", "").strip().rstrip("/")
PROXIES = _count("MINEWARDEN_PROXIES")
_LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
_named_hosts = [host.strip() for host in os.environ.get("MINEWARDEN_HOSTS", "").split(",") if host.strip()]
ALLOWED_HOSTS = _named_hosts or _LOCAL_HOSTS
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in _named_hosts if "*" not in host] if HTTPS else []

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "minewarden.desk.kit",
    "minewarden.desk.audit",
    "minewarden.desk.org",
    "minewarden.desk.ledger",
    "minewarden.desk.notify",
    "minewarden.desk.cases",
    "minewarden.desk.notices",
    "minewarden.desk.library",
    "minewarden.desk.blocks",
    "minewarden.desk.campaigns",
    "minewarden.desk.pledges",
    "minewarden.desk.selfchecks",
    "minewarden.desk.measures",
    "minewarden.desk.registers",
    "minewarden.desk.alerts",
    "minewarden.desk.assessments",
    "minewarden.desk.screen",
    "minewarden.desk.reports",
    "minewarden.desk",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "minewarden.desk.kit.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "minewarden.desk.audit.context.RequestContext",
    "minewarden.desk.kit.once.AskOnce",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "minewarden.desk.kit.middleware.PersonalLanguage",
    "minewarden.desk.org.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "minewarden.desk.urls"
WSGI_APPLICATION = "minewarden.desk.wsgi.application"
ASGI_APPLICATION = "minewarden.desk.asgi.application"
_DESK = Path(__file__).parent
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_DESK / "templates", Path(django.__file__).parent / "forms" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "builtins": ["minewarden.desk.kit.templatetags.mw", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "minewarden.desk.kit.context.page",
                "minewarden.desk.org.context.scope",
                "minewarden.desk.notify.context.unread",
            ],
        },
    }
]
FORM_RENDERER = "minewarden.desk.kit.forms.Renderer"
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Files come straight out of the package, so there is nothing to collect; the address carries the content's hash.
STATIC_URL = "static/"
STATICFILES_DIRS = [_DESK / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA / "files"}},
    "staticfiles": {"BACKEND": "minewarden.desk.kit.static.HashedStatic"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

AUTH_USER_MODEL = "org.Person"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "minewarden.desk.org.passwords.LongEnough"},
    {"NAME": "minewarden.desk.org.passwords.MixedEnough"},
    {"NAME": "minewarden.desk.org.passwords.NotAboutThePerson"},
    {"NAME": "minewarden.desk.org.passwords.NotCommon"},
]
LOGIN_URL = "org:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "org:login"

# Five failures lock the account for thirty minutes. axes has one window for both, so failures of the last thirty
# minutes count, which is stricter than the fifteen that assessors ask for.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "minewarden.desk.org.sessions.locked_out"
AXES_CLIENT_IP_CALLABLE = "minewarden.desk.audit.context.client_ip"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

SILENCED_SYSTEM_CHECKS = [
    "axes.W006",  # The account is locked, not the address: a whole school comes from one address.
    *(f"security.W{number:03}" for number in (4, 8, 12, 16)),  # MINEWARDEN_HTTPS sets them all; minewarden.W002 asks.
]

IDLE_MINUTES = 30
IDLE_MINUTES_ADMINISTRATOR = 15
SESSION_HOURS = 12
SESSION_COOKIE_AGE = IDLE_MINUTES * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "minewarden"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "minewarden.desk.kit.errors.forged"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"axes": {"level": "ERROR"}},
}
