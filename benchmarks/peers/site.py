"""What both sites share: plain Django on SQLite with WAL, served by the same server, with the same people.

Runs in the peers' own environment and imports nothing of the product. `python -m benchmarks.peers.NAME FOLDER N`
makes the database and prints addresses and keys as JSON.
"""

from __future__ import annotations

import os

PASSWORD = "correct horse battery staple"  # noqa: S105 -- of a folder that is thrown away


def settings(apps: list[str], middleware: list[str], **more: object) -> dict[str, object]:
    """Return Django settings as each library's documentation gives them, for its own apps and middleware."""
    folder = os.environ["BENCH_FOLDER"]
    return {
        "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": ["localhost"],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": f"{folder}/db.sqlite3",
                "CONN_MAX_AGE": None,
                "OPTIONS": {
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
                    "transaction_mode": "IMMEDIATE",
                },
            }
        },
        "INSTALLED_APPS": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            *apps,
        ],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            *middleware,
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        # Hashing is measured apart; here it would only hide what the second step costs.
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "LOGIN_REDIRECT_URL": "/done",
        "USE_TZ": True,
        **more,
    }
