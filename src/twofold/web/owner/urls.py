"""Where the first owner is made."""

from __future__ import annotations

from django.urls import path

from twofold.web.owner import pages as owner_pages

urlpatterns = [
    path("set-up/owner", owner_pages.page),
]
