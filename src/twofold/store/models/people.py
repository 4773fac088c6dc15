"""People, and the words by which they are found."""

from __future__ import annotations

from django.db import models

from twofold.store.fields import id_column, instant_column


class PersonModel(models.Model):
    """Somebody with a sign-in; `sort_name` is the folded name in UTF-8, which every database orders alike.

    `signed_in_by` says by what the last sign-in was proved: kinds of proof with " + " between them.
    """

    pk = models.CompositePrimaryKey("account", "id")
    account = id_column()
    id = id_column()
    email = models.CharField(max_length=254)
    name = models.TextField()
    sort_name = models.BinaryField()
    role = models.CharField(max_length=16)
    created_at = instant_column()
    version = models.IntegerField()
    locale = models.CharField(max_length=35)
    time_zone = models.CharField(max_length=64)
    password = models.TextField(null=True)
    chosen = models.BooleanField()
    every_sign_in = models.BooleanField()
    must_set_up = models.BooleanField()
    grace_until = instant_column(null=True)
    exempt_until = instant_column(null=True)
    exempt_because = models.TextField()
    suspended_at = instant_column(null=True)
    frozen_at = instant_column(null=True)
    proved_by_mailbox_at = instant_column(null=True)
    email_proved_at = instant_column(null=True)
    email_changed_at = instant_column(null=True)
    former_email = models.CharField(max_length=254)
    invited_at = instant_column(null=True)
    last_sign_in_at = instant_column(null=True)
    codes_unsaved = models.BooleanField()
    enrolled_at = instant_column(null=True)
    audience_since = instant_column(null=True)
    own_rule = models.TextField(null=True)
    silenced = models.TextField(null=True)
    signed_in_by = models.CharField(max_length=64, null=True)
    helps_since = instant_column(null=True)
    skipped = models.IntegerField(null=True)
    skipped_at = instant_column(null=True)

    class Meta:
        db_table = "person"
        constraints = [models.UniqueConstraint(fields=["account", "email"], name="person_email")]
        indexes = [
            models.Index(fields=["account", "sort_name", "id"], name="person_by_name"),
            models.Index(fields=["account", "role", "sort_name", "id"], name="person_by_role"),
            # A status report walks over the team alone, in an order that neither a new name nor a new role changes.
            models.Index(fields=["account", "id"], condition=~models.Q(role="end_user"), name="person_team"),
            models.Index(
                fields=["account", "sort_name", "id"], condition=~models.Q(role="end_user"), name="person_team_by_name"
            ),
            # Few are exempt, and they are listed by when that ends.
            models.Index(
                fields=["account", "exempt_until", "id"],
                condition=models.Q(exempt_until__isnull=False),
                name="person_exempt",
            ),
        ]


class PersonWordModel(models.Model):
    """One folded word of a person's name or address, in UTF-8."""

    pk = models.CompositePrimaryKey("account", "word", "person_id")
    account = id_column()
    word = models.BinaryField()
    person_id = id_column()

    class Meta:
        db_table = "person_word"
        indexes = [models.Index(fields=["account", "person_id"], name="person_word_person")]


class GroupMemberModel(models.Model):
    """Somebody put into a group by hand; what the group is called and asks for stands in the policy."""

    pk = models.CompositePrimaryKey("account", "group_id", "person_id")
    account = id_column()
    group_id = id_column()
    person_id = id_column()
    added_at = instant_column()

    class Meta:
        db_table = "group_member"
        indexes = [models.Index(fields=["account", "person_id"], name="group_member_person")]
