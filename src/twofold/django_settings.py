"""How Django is wired; what an operator may change is in settings.py.

Only the parts of Django that the product uses are switched on: no sessions, users, admin, messages or signing of its.
There is no SECRET_KEY, so that anything which tried to sign with it would fail at once.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from twofold import assets
from twofold.settings import settings
from twofold.store.sqlite import SQLITE_OPTIONS

_SETTINGS = settings()
_WEB = Path(__file__).parent / "web"

DEBUG = False
ROOT_URLCONF = "twofold.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.staticfiles", "twofold.store", "twofold.web"]
# The gate in front of all pages judges the host (421), where the request came from, its size and its CSRF token.
ALLOWED_HOSTS = ["*"]
# web/entrance.py calls it: Django's own handler is not used.
MIDDLEWARE: list[str] = []
APPEND_SLASH = False
# Pages stand at the root of their host; without this it is looked up at every request where they stand.
FORCE_SCRIPT_NAME = ""
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Input: forms are small, and the only file is a logo -----------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024

# --- Database: one connection a thread, kept; a request has no transaction of its own -------------


def _sqlite() -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(_SETTINGS.sqlite_path),
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": SQLITE_OPTIONS,
    }


def _postgresql(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


DATABASES = {
    "default": _sqlite() if _SETTINGS.uses_sqlite else _postgresql(_SETTINGS.database_url.get_secret_value()),
}

# --- Pages ------------------------------------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_WEB / "templates"],
        "OPTIONS": {
            "context_processors": [],
            "builtins": ["twofold.web.focus"],
            "loaders": [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])],
        },
    },
]
STATIC_URL = assets.prefix()
STATICFILES_DIRS = [("bootstrap", assets.bootstrap_folder())]

# --- Words and times --------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [_WEB / "locale"]

# --- Logs are set up by logs.py, for every process alike --------------------------------------------
LOGGING_CONFIG = None
