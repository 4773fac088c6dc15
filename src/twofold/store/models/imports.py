"""Imports of people: what was sent, the parts of the file, and its rows."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class ImportModel(models.Model):
    """One import; `about` (sealed) tells of the file. The row stays when file and rows are gone."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    asked_by = id_column()
    role = models.CharField(max_length=16)
    state = models.CharField(max_length=16)
    because = models.CharField(max_length=32, null=True)
    asked_at = instant_column()
    expires_at = instant_column()
    finished_at = instant_column(null=True)
    about = models.BinaryField()
    of = models.IntegerField()
    done = models.IntegerField()
    new = models.IntegerField()
    here = models.IntegerField()
    wrong = models.IntegerField()
    added = models.IntegerField()
    met = models.IntegerField()
    groups = models.BooleanField()
    invite = models.BooleanField()
    version = models.IntegerField()

    class Meta:
        db_table = "people_import"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(finished_at__isnull=True), name="import_under_way"
            )
        ]
        indexes = [
            models.Index(fields=["account", "asked_at", "id"], name="import_asked"),
            models.Index(fields=["expires_at"], name="import_expires"),
        ]


class ImportPartModel(models.Model):
    """Some lines of a file, sealed. `id` is the import's with the number of the part behind it, eight digits."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = models.CharField(max_length=34)
    import_id = id_column()
    body = models.BinaryField()

    class Meta:
        db_table = "import_part"
        indexes = [models.Index(fields=["account", "import_id"], name="import_part_import")]


class ImportRowModel(models.Model):
    """One row of a file. `id` is the import's with the row's line behind it, eight digits; `body` is sealed.

    `subject` is a keyed digest of import and address.
    """

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = models.CharField(max_length=34)
    import_id = id_column()
    state = models.CharField(max_length=16)
    problem = models.CharField(max_length=32, null=True)
    subject = models.CharField(max_length=64, null=True)
    person_id = id_column(null=True)
    body = models.BinaryField()

    class Meta:
        db_table = "import_row"
        indexes = [
            models.Index(fields=["account", "import_id", "state", "id"], name="import_row_state"),
            models.Index(fields=["account", "subject"], name="import_row_subject"),
            models.Index(
                fields=["account", "person_id"], condition=models.Q(person_id__isnull=False), name="import_row_person"
            ),
        ]
