"""Help desks, and what is set in the product rather than in the environment."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class AccountModel(models.Model):
    """One help desk; `host` is the host name of `base_url`."""

    id = id_column(primary_key=True)
    host = models.CharField(max_length=253, unique=True)
    name = models.TextField()
    base_url = models.TextField()
    time_zone = models.CharField(max_length=64)
    locale = models.CharField(max_length=35)
    created_at = instant_column()
    version = models.IntegerField()
    colour = models.CharField(max_length=7)
    logo = models.BinaryField(null=True)
    logo_digest = models.CharField(max_length=64)
    privacy_url = models.TextField()
    imprint_url = models.TextField()
    help_team_text = models.TextField()
    help_team_phone = models.TextField()
    help_team_hours = models.TextField()
    help_end_users_text = models.TextField()
    help_end_users_phone = models.TextField()
    help_end_users_hours = models.TextField()

    class Meta:
        db_table = "account"


class SettingModel(models.Model):
    """One sealed value under a name: the SMTP server, for example."""

    pk = models.CompositePrimaryKey("account", "name")
    account = id_column()
    name = models.CharField(max_length=64)
    value = models.BinaryField()
    version = models.IntegerField()

    class Meta:
        db_table = "setting"
