"""Put a crowd into a SQLite database that nobody serves at the moment: `python -m benchmarks.crowd FILE PEOPLE EVENTS`.

One in 200 is an agent, the rest are end users. One in five holds an app with ten recovery codes, two of them used, and
trusts a browser; every other person is known on one and has a session. Their names are words that a search finds. What
is sealed holds nothing: nobody of the crowd signs in. Events have ids in a row, which are written in a fraction of the
time that random ones take.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

from twofold.core.assurance import Proof, Traits
from twofold.core.instants import from_micros

GIVEN: Final = ("Ana", "Bo", "Chen", "Dana", "Emre", "Fay", "Gus", "Hana", "Ivo", "Jo")
_FILLED: Final = (
    *("person", "person_word", "enrolment", "recovery_code", "known_browser", "browser", "session"),
    "audit_event",
)
# In capitals what `_spelled` puts in; `i` counts from 1, and `c.id` is the person of that number.
_PEOPLE: Final = (
    "CREATE TEMP TABLE crowd (i INTEGER PRIMARY KEY, id TEXT)",
    "INSERT INTO crowd NUMBERS SELECT i, NEW_ID FROM n",
    """INSERT INTO person (account, id, email, name, sort_name, created_at, role, version, locale, time_zone, chosen,
    every_sign_in, must_set_up, exempt_because, former_email, codes_unsaved, email_proved_at, last_sign_in_at,
    signed_in_by)
    SELECT ACCOUNT, c.id, 'crowd' || i || '@acme.example', NAME, CAST(LOWER(NAME) AS BLOB), NOW - 300 * DAY,
    CASE WHEN i % 200 = 0 THEN 'agent' ELSE 'end_user' END, 0, '', '', i % 5 = 0, 0, 0, '', '', 0, NOW - 300 * DAY,
    CASE WHEN i % 2 = 0 THEN NOW - (i % 100) * DAY END, CASE WHEN i % 2 = 0 THEN 'password + totp' END
    FROM crowd c""",
    *(
        f"INSERT INTO person_word (account, word, person_id) SELECT ACCOUNT, CAST({word} AS BLOB), c.id FROM crowd c"  # noqa: S608 -- words of ours
        for word in ("LOWER(GIVEN)", "'family' || PADDED", "'crowd' || i || '@acme.example'", "'crowd' || i", "'acme'")
    ),
    """INSERT INTO enrolment (account, id, person_id, kind, label, state, strong, confirmed_at, last_used_at, preferred,
    version) SELECT ACCOUNT, NEW_ID, c.id, 'totp', 'Phone', ZEROBLOB(90), 1, NOW - 200 * DAY, NOW - (i % 100) * DAY,
    1, 0 FROM crowd c WHERE i % 5 = 0""",
    """INSERT INTO recovery_code (account, person_id, digest, by_helper, made_at, used_at)
    SELECT ACCOUNT, c.id, DIGEST, 0, NOW - 200 * DAY, CASE WHEN k.n < 2 THEN NOW - DAY END
    FROM crowd c, (WITH RECURSIVE t(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT n FROM t) k
    WHERE i % 5 = 0""",
    """INSERT INTO browser (account, id, current, created_at)
    SELECT ACCOUNT, c.id, DIGEST, NOW - 90 * DAY FROM crowd c WHERE i % 2 = 0 OR i % 5 = 0""",
    """INSERT INTO known_browser (account, browser_id, person_id, name, first_used_at, last_used_at, address, trust)
    SELECT ACCOUNT, c.id, c.id, 'Firefox on Linux', NOW - 90 * DAY, NOW - (i % 90) * DAY, '192.0.2.' || (i % 250),
    CASE WHEN i % 5 = 0 THEN REPLACE(TRUST, '"at":1', '"at":' || (NOW - (i % 60) * DAY)) END
    FROM crowd c WHERE i % 2 = 0 OR i % 5 = 0""",
    """INSERT INTO session (account, id, token_digest, person_id, evidence, created_at, last_seen_at, audience, trusted,
    address, browser_name, version, ended_at)
    SELECT ACCOUNT, NEW_ID, DIGEST, c.id, '{"proofs":[]}', NOW - (i % 100) * DAY, NOW - (i % 100) * DAY, '', 0,
    '192.0.2.1', 'Firefox on Linux', 0, NOW - (i % 100) * DAY + 1 FROM crowd c WHERE i % 2 = 0""",
)
_EVENTS: Final = """INSERT INTO audit_event
    (account, id, at, kind, actor, actor_id, person_id, address, browser, detail)
    SELECT ACCOUNT, PRINTF('%026d', i + {done}), NOW - 300 * DAY + (i + {done}) * 2000000,
    CASE i % 4 WHEN 0 THEN 'password.refused' WHEN 1 THEN 'session.signed_out' ELSE 'sign_in.admitted' END,
    'person', c.id, c.id, '192.0.2.' || (i % 250), 'Firefox on Linux', '{{"amr":["mfa","otp","pwd"]}}'
    FROM crowd c WHERE i <= {most}"""


def put(database: Path, people: int, events: int) -> None:
    """Put so many people and events into the database, the events in rounds of one a person."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        run = connection.execute
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-2000000", "temp_store=MEMORY"):
            run(f"PRAGMA {pragma}")
        account = run("SELECT id FROM account").fetchone()[0]
        places = ", ".join("?" * len(_FILLED))
        indexes = run(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({places})",  # noqa: S608 -- question marks
            _FILLED,
        ).fetchall()
        # Each goes with the index it tells of, and stays what the product told.
        sizes = run("SELECT tbl, idx, stat FROM sqlite_stat1").fetchall()
        # An index that is made at the end is sorted once, not searched for every row.
        for name, _ in indexes:
            run(f'DROP INDEX "{name}"')
        run("BEGIN")
        for statement in _PEOPLE:
            run(_spelled(statement, account, people))
        for done in range(0, events, people):
            run(_spelled(_EVENTS.format(done=done, most=events - done), account, people))
        for _, sql in indexes:
            run(sql)
        run("DELETE FROM sqlite_stat1")
        connection.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", sizes)
        run("COMMIT")
        run("PRAGMA journal_mode=WAL")


def _spelled(statement: str, account: str, people: int) -> str:
    padded = "SUBSTR('0000000' || i, -7)"
    given = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(GIVEN))
    proof = Proof(kind="totp", at=from_micros(1), traits=Traits(amr=("otp",), strong=True)).to_json()
    for word, meaning in (
        ("NUMBERS", f"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {people})"),  # noqa: S608 -- a number
        ("DIGEST", "NEW_ID || NEW_ID || '000000000000'"),
        ("NEW_ID", "LOWER(HEX(RANDOMBLOB(13)))"),
        ("NAME", "GIVEN || ' Family' || PADDED"),
        ("PADDED", padded),
        ("GIVEN", f"(CASE i % {len(GIVEN)} {given} END)"),
        ("ACCOUNT", f"'{account}'"),
        ("TRUST", "'" + json.dumps(proof, separators=(",", ":"), sort_keys=True) + "'"),
        ("DAY", "86400000000"),
        ("NOW", "(CAST(STRFTIME('%s', 'now') AS INTEGER) * 1000000)"),
    ):
        statement = statement.replace(word, meaning)
    return statement


if __name__ == "__main__":
    put(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
