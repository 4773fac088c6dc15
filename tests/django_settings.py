"""The least that Django needs to run the store alone; tests of pages use the product's own settings."""

from __future__ import annotations

import os

from twofold.store.sqlite import SQLITE_OPTIONS

SECRET_KEY = "only for tests"
INSTALLED_APPS = ["twofold.store"]
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("TWOFOLD_TEST_SQLITE", ":memory:"),
        "OPTIONS": SQLITE_OPTIONS,
    }
}
