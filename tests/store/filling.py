"""A database with 20,000 rows in every table that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from tests.fakes import START
from twofold.core.ids import AccountId
from twofold.core.instants import to_micros
from twofold.store.words import sort_key, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.store.rows import Value

ROWS = 20_000
ACCOUNT = AccountId("a" * 26)
GIVEN = ("Ana", "Bo", "Chen", "Dana", "Emre", "Fay", "Gus", "Hana", "Ivo", "Jo")

# In capitals what `_spelled` puts in. ID is the row's number in 26 digits; the one parameter is some sealed bytes.
_TABLES = (
    """INSERT INTO enrolment
    (account, id, person_id, kind, label, state, strong, confirmed_at, preferred, version)
    NUMBERS SELECT ACCOUNT, ID, ID, 'totp', '', %s, FALSE, AT, FALSE, 0 FROM n""",
    """INSERT INTO recovery_code (account, person_id, digest, by_helper, made_at)
    NUMBERS SELECT ACCOUNT, ID, DIGEST, FALSE, AT FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO attempt
    (account, id, token_digest, person_id, purpose, evidence, begun_at, last_step_at, next_url, wrong, setting_up,
    kept, version)
    NUMBERS SELECT ACCOUNT, ID, DIGEST, ID, 'sign_in', '', AT + i, AT, '', 0, FALSE, %s, 0 FROM n""",
    """INSERT INTO counter (account, subject, lane, value, version, touched_at)
    NUMBERS SELECT ACCOUNT, ID, 'a', '', 1, AT + i FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO session
    (account, id, token_digest, person_id, evidence, created_at, last_seen_at, audience, trusted, address,
    browser_name, version)
    NUMBERS SELECT ACCOUNT, ID, DIGEST, ID, '', AT, AT + i, '', FALSE, '', '', 0 FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO browser (account, id, current, created_at)
    NUMBERS SELECT ACCOUNT, ID, DIGEST, AT + i FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO known_browser (account, browser_id, person_id, name, first_used_at, last_used_at, address)
    NUMBERS SELECT ACCOUNT, ID, ID, '', AT, AT + i, '' FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO link (account, id, token_digest, purpose, person_id, made_at, expires_at, detail)
    NUMBERS SELECT ACCOUNT, ID, DIGEST, 'reset', ID, AT, AT + i, '' FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO audit_event
    (account, id, at, kind, actor, actor_id, person_id, address, browser, detail)
    NUMBERS SELECT ACCOUNT, ID, AT + i, '', '', ID, ID, '', '', '{}' FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO job
    (account, id, kind, state, body, person_id, put_at, run_at, tries, version, finished_at)
    NUMBERS SELECT ACCOUNT, ID, 'message', 'done', %s, ID, AT, AT + i, 1, 1, AT + i FROM n""",
    """INSERT INTO help_act
    (account, id, act, person_id, asked_by, asked_at, state, detail, reason, ends_at, done_at, version)
    NUMBERS SELECT ACCOUNT, ID, 'code', ID, ID, AT + i, CASE WHEN MOD(i, 2) = 0 THEN 'done' ELSE 'asked' END, '{}', '',
    AT + i, CASE WHEN MOD(i, 2) = 0 THEN AT + i END, 0 FROM n
    WHERE %s IS NOT NULL""",
    """INSERT INTO help_call
    (account, id, reference, number, person_id, attempt_id, place, called_at, address, browser)
    NUMBERS SELECT ACCOUNT, ID, '', '', ID, ID, 'passcode', AT + i, '', '' FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO group_member (account, group_id, person_id, added_at)
    NUMBERS SELECT ACCOUNT, 'g', ID, AT FROM n WHERE %s IS NOT NULL""",
    """INSERT INTO challenge (account, id, person_id, kept, tries, version, expires_at)
    NUMBERS SELECT ACCOUNT, ID, ID, %s, 0, 0, AT + 200000000000000 + i FROM n""",
    """INSERT INTO report
    (account, id, asked_by, end_users, policy, state, done, of, parts, size, asked_at, expires_at, finished_at)
    NUMBERS SELECT ACCOUNT, ID, NULL, TRUE, 0, 'ready', 1, 1, 1, 1, AT + i, AT + 200000000000000 + i, AT + i FROM n
    WHERE %s IS NOT NULL""",
    """INSERT INTO report_part (account, report_id, number, body) NUMBERS SELECT ACCOUNT, ID, 0, %s FROM n""",
    """INSERT INTO people_import
    (account, id, asked_by, role, state, asked_at, expires_at, finished_at, about, of, done, new, here, wrong, added,
    met, groups, invite, version)
    NUMBERS SELECT ACCOUNT, ID, ID, 'owner', 'done', AT + i, AT + 200000000000000 + i, AT + i, %s, 1, 1, 1, 0, 0, 1, 0,
    FALSE, FALSE, 0 FROM n""",
    """INSERT INTO import_part (account, id, import_id, body)
    NUMBERS SELECT ACCOUNT, ID || '00000000', ID, %s FROM n""",
    """INSERT INTO import_row (account, id, import_id, state, subject, person_id, body)
    NUMBERS SELECT ACCOUNT, ID || '00000002', ID, 'added', DIGEST, ID, %s FROM n""",
    """INSERT INTO policy_version (account, number, rules, saved_at, because)
    NUMBERS SELECT ACCOUNT, i, '', AT, '' FROM n WHERE %s IS NOT NULL""",
)
_PERSON = """INSERT INTO person
    (account, id, email, name, sort_name, created_at, role, version, locale, time_zone, chosen, every_sign_in,
    must_set_up, exempt_because, former_email, codes_unsaved) VALUES """
_A_PERSON = "(%s, %s, %s, %s, %s, %s, 'end_user', 0, '', '', FALSE, FALSE, FALSE, '', '', FALSE)"


def id_of(number: int) -> str:
    """Return the id of the rows of one number, from 1 to ROWS."""
    return f"{number:026}"


def fill() -> None:
    """Put ROWS rows into each table of the default database. PostgreSQL learns what it holds, as it does in life."""
    people: list[tuple[Value, ...]] = []
    words: list[tuple[Value, ...]] = []
    for number in range(1, ROWS + 1):
        name, email = f"{GIVEN[number % 10]} Family{number:05}", f"p{number}@acme.example"
        people.append((ACCOUNT, id_of(number), email, name, sort_key(name, email), to_micros(START)))
        words += [(ACCOUNT, word, id_of(number)) for word in words_of(name, email)]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _TABLES:
            cursor.execute(_spelled(statement), [b"x" * 100])
        _insert(_PERSON, _A_PERSON, people)
        _insert("INSERT INTO person_word (account, word, person_id) VALUES ", "(%s, %s, %s)", words)
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")


def _spelled(statement: str) -> str:
    numbers = f"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"  # noqa: S608
    text = "CAST(i AS VARCHAR(26))"
    number = f"SUBSTR('{'0' * 26}' || {text}, LENGTH({text}) + 1)"
    for word, meaning in (
        ("NUMBERS", numbers),
        ("ACCOUNT", f"'{ACCOUNT}'"),
        ("DIGEST", f"{number} || '{'d' * 38}'"),
        (" ID,", f" {number},"),
        (" ID ", f" {number} "),
        ("AT", str(to_micros(START))),
    ):
        statement = statement.replace(word, meaning)
    return statement


def _insert(statement: str, marks: str, rows: Sequence[tuple[Value, ...]]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(rows), 200):
            some = rows[start : start + 200]
            cursor.execute(statement + ", ".join([marks] * len(some)), [value for row in some for value in row])
