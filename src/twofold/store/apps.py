"""The Django app that owns the tables."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The product's only app with models; its label is part of every table's name."""

    name = "twofold.store"
    label = "store"
    verbose_name = "Twofold"
