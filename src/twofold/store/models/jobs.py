"""What the worker has to do; messages are jobs."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class JobModel(models.Model):
    """One job; `body` is sealed, and empty once it is done or given up.

    Of a message, `channel` is how it goes, `receipt` what the provider told of its way, and `because` why it failed or
    did not arrive, with the provider's own code.
    """

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=16)
    body = models.BinaryField()
    person_id = id_column(null=True)
    put_at = instant_column()
    run_at = instant_column()
    expires_at = instant_column(null=True)
    tries = models.IntegerField()
    version = models.IntegerField()
    finished_at = instant_column(null=True)
    channel = models.CharField(max_length=16, null=True)
    receipt = models.CharField(max_length=16, null=True)
    because = models.CharField(max_length=64, null=True)
    turn = models.SmallIntegerField(db_default=2)

    class Meta:
        db_table = "job"
        indexes = [
            # Whose turn it is, among thousands that wait: accounts one after the other, and of each the most urgent.
            models.Index(
                fields=["channel", "account", "turn", "run_at"], name="job_turn", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["account", "person_id"], name="job_person"),
            models.Index(fields=["finished_at"], name="job_finished"),
            # When a channel last worked, among thousands of messages of another.
            models.Index(
                fields=["account", "channel", "finished_at"], name="job_taken", condition=models.Q(state="done")
            ),
            # Few messages fail, and an admin's page asks for them each time.
            models.Index(fields=["account", "because"], name="job_because", condition=models.Q(because__isnull=False)),
        ]
