from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# As store/marks_alone.py writes them since this version.
_WORD = b"\xffalone:"


def mark(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Let people with a requirement in a rule of their own be found by it, as those who get one from now on are."""
    person, word = apps.get_model("store", "PersonModel"), apps.get_model("store", "PersonWordModel")
    having = person.objects.filter(own_rule__isnull=False).values_list("account", "id", "role", "own_rule")
    for account, who, role, rule in having.iterator():
        if json.loads(rule or "{}").get("required") is not None:
            audience = b"end_users" if role == "end_user" else b"team"
            word.objects.create(account=account, word=_WORD + audience, person_id=who)


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0013_announced"),
    ]

    operations = [
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
