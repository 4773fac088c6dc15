"""Column types that the product's tables share."""

from __future__ import annotations

from django.db import models


def id_column(*, null: bool = False, primary_key: bool = False) -> models.CharField[str | None, str | None]:
    """Return a column for an id of core/ids.py: 26 characters, made by Entropy before the insert."""
    return models.CharField(max_length=26, null=null, primary_key=primary_key)


def instant_column(*, null: bool = False) -> models.BigIntegerField[int | None, int | None]:
    """Return a column for an instant: whole microseconds since 1970 in UTC (core/instants.py).

    Both databases hold, compare and index it alike, and hand-written SQL passes plain integers.
    """
    return models.BigIntegerField(null=null)
