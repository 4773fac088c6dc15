"""The pages as a Django application: templates and static files are found by it."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Server-rendered pages; no models."""

    name = "twofold.web"
    label = "web"
