"""The tables as this version wants them, and what SQLite is told of the sizes of those that grow with an account.

SQLite counts no rows unless it is told to, and then only at that moment. Uncounted, it takes an index that knows the
whole answer for as good as one that leads to a few rows, and reads all of an account; counted now and then, it would
look things up in other ways from one day to the next. So it is told the same everywhere, in tests too: the sizes of an
account of a million people. Where there are few, any way is quick. PostgreSQL counts by itself.
"""

from __future__ import annotations

from typing import Final

from django.core.management import call_command
from django.db import connection, transaction

SIZES: Final = """
person sqlite_autoindex_person_1 1000000 1000000 1
person sqlite_autoindex_person_2 1000000 1000000 1
person person_by_name 1000000 1000000 1 1
person person_by_role 1000000 1000000 330000 1 1
person person_exempt 1000 1000 1 1
person person_team 5000 5000 1
person person_team_by_name 5000 5000 1 1
person_word sqlite_autoindex_person_word_1 5000000 5000000 10 1
person_word person_word_person 5000000 5000000 5
enrolment sqlite_autoindex_enrolment_1 1000000 1000000 1000000 1000000
enrolment sqlite_autoindex_enrolment_2 1000000 1000000 1
enrolment enrolment_person 1000000 1000000 1
recovery_code sqlite_autoindex_recovery_code_1 10000000 10000000 10 1
browser browser 1000000 1000000 1
known_browser sqlite_autoindex_known_browser_1 1000000 1000000 1 1
known_browser known_browser_person 1000000 1000000 1
session sqlite_autoindex_session_1 1000000 1000000 1
session sqlite_autoindex_session_2 1000000 1000000 1
session session_person 1000000 1000000 1 1
attempt sqlite_autoindex_attempt_1 10000 10000 1
attempt sqlite_autoindex_attempt_2 10000 10000 1
attempt attempt_person 10000 10000 1
attempt attempt_setting_up 100 100 1
audit_event sqlite_autoindex_audit_event_1 10000000 10000000 1
audit_event audit_event_at 10000000 10000000 1 1
audit_event audit_event_person 10000000 10000000 10 1
audit_event audit_event_actor 10000000 10000000 10 1
audit_event audit_event_kind 10000000 10000000 1000000 1
audit_event audit_event_address 10000000 10000000 40000 1
announced sqlite_autoindex_announced_1 1000000 1000000 1
challenge sqlite_autoindex_challenge_1 10000 10000 1
challenge challenge_person 10000 10000 1
counter counter 1000000 1000000 2 1
group_member sqlite_autoindex_group_member_1 1000000 1000000 20000 1
group_member group_member_person 1000000 1000000 2
help_act sqlite_autoindex_help_act_1 10000 10000 1
help_act help_act_asked 10000 1
help_act help_act_ends 10000 10000 1
help_act help_act_helper 10000 10000 200 1
help_act help_act_person 10000 10000 2 1
help_call sqlite_autoindex_help_call_1 10000 10000 1
help_call help_call_age 10000 1
help_call help_call_attempt 10000 10000 1
help_call help_call_called 10000 10000 1
help_call help_call_person 10000 10000 2 1
import_row sqlite_autoindex_import_row_1 1000000 1000000 1
import_row import_row_person 1000000 1000000 2
import_row import_row_state 1000000 1000000 100000 30000 1
import_row import_row_subject 1000000 1000000 2
job sqlite_autoindex_job_1 1000000 1000000 1
job job_because 10000 10000 1000
job job_finished 1000000 1
job job_person 1000000 1000000 2
job job_taken 1000000 1000000 500000 1
job job_turn 1000000 500000 500000 200000 1
link sqlite_autoindex_link_1 1000000 1000000 1
link sqlite_autoindex_link_2 1000000 1000000 1
link link_expires 1000000 1
link link_person 1000000 1000000 2
stopping sqlite_autoindex_stopping_1 1000000 1000000 2 1
"""
"""Of each index its table, its rows, and the rows that share the first column, the first two, ...

The first mostly is the account: no index is told that there are several large ones. The form is that of
`sqlite_stat1`.
"""
SMALL: Final = frozenset(
    [
        "account",
        "audit_horizon",
        "canary",
        "django_migrations",
        "import_part",
        "people_import",
        "policy_version",
        "report",
        "report_part",
        "setting",
        "sqlite_sequence",
        "sqlite_stat1",
    ]
)
"""Tables that stay small however large an account becomes, or are only asked by their whole key."""


def make() -> None:
    """Make or change the tables of the default database, and have it know how large they become."""
    call_command("migrate", verbosity=0, interactive=False)
    tell_sizes()


def tell_sizes() -> None:
    """Have SQLite know the sizes, unless it does; a connection reads them when it is opened, and this one at once."""
    if connection.vendor != "sqlite":
        return
    lines = [tuple(line.split(maxsplit=2)) for line in SIZES.split("\n") if line]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
        if cursor.fetchone() == (0,):
            # Makes the table, which only SQLite may.
            cursor.execute("ANALYZE canary")
        cursor.execute("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY rowid")
        if cursor.fetchall() == lines:
            return
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", lines)
        cursor.execute("ANALYZE sqlite_master")
