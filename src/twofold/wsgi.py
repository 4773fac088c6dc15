"""The application as a web server calls it: static files first, then Django.

Everything that a first request would have to load is loaded here, before the port opens.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import django
from django.conf import settings as django_settings
from django.utils.module_loading import import_string
from whitenoise import WhiteNoise  # type: ignore[import-untyped]

from twofold import assets, logs
from twofold.bodies import Bodies, turns_of
from twofold.settings import settings
from twofold.store.connections import Borrowed

if TYPE_CHECKING:
    from wsgiref.headers import Headers
    from wsgiref.types import WSGIApplication

_YEAR = 365 * 24 * 3600


def _static_headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # A picture opened as a page is one: it stands in no foreign frame either.
    headers["X-Frame-Options"] = "DENY"
    headers["Content-Security-Policy"] = "frame-ancestors 'none'"


def build() -> WSGIApplication:
    """Return the whole application, ready to answer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "twofold.django_settings")
    logs.set_up(settings())
    django.setup(set_prefix=False)
    # By name: whoever starts the server knows no pages.
    pages_of = import_string("twofold.web.entrance.Pages")
    # Half of the threads read forms at most; the others answer whoever sends none.
    forms, refused = turns_of(settings().threads_at_once)
    pages = Bodies(pages_of(connected=Borrowed), most=forms, refused=refused)
    prefix = django_settings.STATIC_URL
    application = WhiteNoise(
        pages,
        max_age=_YEAR,
        allow_all_origins=False,
        # The address changes with the content.
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=_static_headers,
    )
    application.add_files(str(assets.OURS), prefix=prefix)
    application.add_files(str(assets.bootstrap_folder()), prefix=f"{prefix}bootstrap/")
    answer: WSGIApplication = application
    return answer


application = build()
