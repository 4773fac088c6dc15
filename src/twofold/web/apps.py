"""The pages as a Django application: templates and static files are found by it."""

from __future__ import annotations

from functools import cache

from django.apps import AppConfig
from django.contrib.staticfiles.storage import staticfiles_storage


class WebConfig(AppConfig):
    """Server-rendered pages; no models."""

    name = "twofold.web"
    label = "web"

    def ready(self) -> None:
        """Work the address of each static file out once: it never changes in a process, and every page names some."""
        setattr(staticfiles_storage, "url", cache(staticfiles_storage.url))  # noqa: B010 -- a method, to the type checker
