"""What belongs to the database as a whole."""

from __future__ import annotations

from django.db import models


class CanaryModel(models.Model):
    """One sealed value that is known beforehand: whether it opens tells whether the keys fit this database."""

    name = models.CharField(primary_key=True, max_length=26)
    value = models.BinaryField()

    class Meta:
        db_table = "canary"
