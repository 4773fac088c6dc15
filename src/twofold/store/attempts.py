"""Sign-ins and set-ups under way. The port: ports/attempts.py, Attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import AttemptId, BrowserId, PersonId, SessionId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.attempts import Attempt, Purpose
from twofold.store import enrolments, people
from twofold.store.enrolments import EnrolmentStore, in_order
from twofold.store.evidence import read_evidence, write_evidence
from twofold.store.people import subscriber_of
from twofold.store.rows import Row, many, of_table, one, write

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.store.sealing import Sealer

_TABLE: Final = "attempt"
_PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}
_COLUMNS: Final = (
    "id, person_id, purpose, evidence, begun_at, last_step_at, browser_id, session_id, next_url, wrong, setting_up,"
    " kept, version"
)
_OPEN: Final = " FROM attempt WHERE account = %s AND token_digest = %s AND closed_at IS NULL"
_SELECT: Final = "SELECT " + _COLUMNS + _OPEN
# A row for each enrolment, with the same attempt and the same person.
_WITH_PERSON: Final = (
    "SELECT "  # noqa: S608 -- as above
    + ", ".join(
        [of_table("attempt", _COLUMNS), of_table("person", people.COLUMNS), of_table("enrolment", enrolments.COLUMNS)]
    )
    + " FROM attempt JOIN person ON person.account = attempt.account AND person.id = attempt.person_id"
    " LEFT JOIN enrolment ON enrolment.account = attempt.account AND enrolment.person_id = attempt.person_id"
    " WHERE attempt.account = %s AND attempt.token_digest = %s AND attempt.closed_at IS NULL"
)
_OF_ATTEMPT: Final = len(_COLUMNS.split(", "))
_OF_BOTH: Final = _OF_ATTEMPT + len(people.COLUMNS.split(", "))


class AttemptStore:
    """Attempts; what stays with us between pages is sealed."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._enrolments = EnrolmentStore(sealer)

    def begin(self, account: AccountId, attempt: Attempt, *, token_digest: str) -> None:
        """Store a new one."""
        write(
            "INSERT INTO attempt (account, id, token_digest, version, person_id, purpose, evidence, begun_at,"
            " last_step_at, browser_id, session_id, next_url, wrong, setting_up, kept)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                account,
                attempt.id,
                token_digest,
                attempt.version,
                attempt.person_id,
                attempt.purpose,
                write_evidence(attempt.evidence),
                to_micros(attempt.begun_at),
                to_micros(attempt.last_step_at),
                attempt.browser_id,
                attempt.session_id,
                attempt.next_url,
                attempt.wrong,
                attempt.setting_up,
                self._sealed(account, attempt),
            ),
        )

    def by_token(self, account: AccountId, token_digest: str) -> Attempt | None:
        """Return the open attempt of this secret; closed ones are not found."""
        row = one(_SELECT, (account, token_digest))
        return None if row is None else self._attempt(account, row)

    def with_person(
        self, account: AccountId, token_digest: str
    ) -> tuple[Attempt, Subscriber, tuple[Enrolment, ...]] | None:
        """Return the open attempt of this secret with its person and what they hold, all of one moment."""
        rows = many(_WITH_PERSON, (account, token_digest))
        if not rows:
            return None
        attempt = self._attempt(account, rows[0][:_OF_ATTEMPT])
        person = subscriber_of(rows[0][_OF_ATTEMPT:_OF_BOTH])
        held = [
            self._enrolments.of_row(account, person.id, row[_OF_BOTH:]) for row in rows if row[_OF_BOTH] is not None
        ]
        return attempt, person, in_order(held)

    def replace(self, account: AccountId, old: Attempt, new: Attempt) -> bool:
        """Write `new` where `old.version` still stands and the attempt is open, and count the version up."""
        return (
            write(
                # Whose, for what and since when an attempt is never changes; writing that would write its indexes.
                "UPDATE attempt SET version = version + 1, evidence = %s, last_step_at = %s, next_url = %s, wrong = %s,"
                " setting_up = %s, kept = %s WHERE account = %s AND id = %s AND version = %s AND closed_at IS NULL",
                (
                    write_evidence(new.evidence),
                    to_micros(new.last_step_at),
                    new.next_url,
                    new.wrong,
                    new.setting_up,
                    self._sealed(account, new),
                    account,
                    old.id,
                    old.version,
                ),
            )
            == 1
        )

    def close(self, account: AccountId, attempt: Attempt, *, at: datetime) -> bool:
        """Close where `attempt.version` still stands and the attempt is open: True for exactly one of several."""
        return (
            write(
                "UPDATE attempt SET closed_at = %s, version = version + 1"
                " WHERE account = %s AND id = %s AND version = %s AND closed_at IS NULL",
                (to_micros(at), account, attempt.id, attempt.version),
            )
            == 1
        )

    def end_all(self, account: AccountId, person: PersonId, *, at: datetime, but: AttemptId | None = None) -> None:
        """Close every open attempt of a person, except `but`."""
        write(
            "UPDATE attempt SET closed_at = %s, version = version + 1"
            " WHERE account = %s AND person_id = %s AND closed_at IS NULL AND id <> %s",
            (to_micros(at), account, person, but or ""),
        )

    def _attempt(self, account: AccountId, row: Row) -> Attempt:
        (attempt_id, person_id, purpose, evidence, begun_at, last_step_at, browser_id, session_id, *rest) = row
        next_url, wrong, setting_up, kept, version = rest
        return Attempt(
            id=AttemptId(attempt_id),
            person_id=PersonId(person_id),
            purpose=_PURPOSES[purpose],
            evidence=read_evidence(evidence),
            begun_at=from_micros(begun_at),
            last_step_at=from_micros(last_step_at),
            browser_id=None if browser_id is None else BrowserId(browser_id),
            session_id=None if session_id is None else SessionId(session_id),
            next_url=next_url,
            wrong=wrong,
            setting_up=bool(setting_up),
            kept=self._sealer.open(kept, account=account, table=_TABLE, column="kept", row=attempt_id) if kept else {},
            version=version,
        )

    def _sealed(self, account: AccountId, attempt: Attempt) -> bytes:
        # Most sign-ins keep nothing, and nothing needs no seal.
        if not attempt.kept:
            return b""
        return self._sealer.seal(attempt.kept, account=account, table=_TABLE, column="kept", row=attempt.id)
