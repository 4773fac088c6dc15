"""Browsers, and who is known or trusted on them."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class BrowserModel(models.Model):
    """One browser; its secrets as digests."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    current = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, null=True)
    created_at = instant_column()

    class Meta:
        db_table = "browser"


class KnownBrowserModel(models.Model):
    """One person on one browser; `trust` is JSON."""

    pk = models.CompositePrimaryKey("account", "browser_id", "person_id")
    account = id_column()
    browser_id = id_column()
    person_id = id_column()
    name = models.TextField()
    first_used_at = instant_column()
    last_used_at = instant_column()
    address = models.CharField(max_length=64)
    trust = models.TextField(null=True)

    class Meta:
        db_table = "known_browser"
        # Not also by when it was last used: every sign-in writes that, and nobody has more than a few.
        indexes = [models.Index(fields=["account", "person_id"], name="known_browser_person")]
