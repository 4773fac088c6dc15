"""Sign-ins and set-ups under way, what was asked of whom, and counted tries."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class AttemptModel(models.Model):
    """One attempt; `evidence` is JSON, `kept` is sealed."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    token_digest = models.CharField(max_length=64)
    person_id = id_column()
    purpose = models.CharField(max_length=16)
    evidence = models.TextField()
    begun_at = instant_column()
    last_step_at = instant_column()
    browser_id = id_column(null=True)
    session_id = id_column(null=True)
    next_url = models.TextField()
    wrong = models.IntegerField()
    setting_up = models.BooleanField()
    kept = models.BinaryField()
    closed_at = instant_column(null=True)
    version = models.IntegerField()

    class Meta:
        db_table = "attempt"
        constraints = [models.UniqueConstraint(fields=["account", "token_digest"], name="attempt_token")]
        # Not also by when it was closed: every sign-in writes that, and nobody has more than those of a day.
        indexes = [
            models.Index(fields=["account", "person_id"], name="attempt_person"),
            models.Index(
                fields=["account", "begun_at"], condition=models.Q(setting_up=True), name="attempt_setting_up"
            ),
        ]


class ChallengeModel(models.Model):
    """What stays with us of a challenge until its answer; `id` is "SCOPE.KIND", SCOPE an attempt, session or link."""

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = models.CharField(max_length=64)
    person_id = id_column()
    kept = models.BinaryField()
    tries = models.IntegerField()
    version = models.IntegerField()
    expires_at = instant_column()

    class Meta:
        db_table = "challenge"
        indexes = [models.Index(fields=["account", "person_id"], name="challenge_person")]


class CounterModel(models.Model):
    """One small value, written by compare-and-set; `touched_at` tells housekeeping what nobody uses."""

    pk = models.CompositePrimaryKey("account", "subject", "lane")
    account = id_column()
    subject = models.TextField()
    lane = models.CharField(max_length=32)
    value = models.TextField()
    version = models.IntegerField()
    touched_at = instant_column()

    class Meta:
        db_table = "counter"
