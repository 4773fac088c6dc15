"""Sessions. The port: ports/sessions.py, Sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import BrowserId, PersonId, SessionId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.sessions import Session
from twofold.store.evidence import read_evidence, write_evidence
from twofold.store.rows import Row, Value, instant, many, micros, one, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId

_SELECT: Final = (
    "SELECT id, person_id, evidence, created_at, last_seen_at, browser_id, parent_id, audience, trusted, address,"
    " browser_name, recovery_proof_until, ended_at, version FROM session"
)


class SessionStore:
    """Sessions; their secrets only as digests."""

    def add(self, account: AccountId, session: Session, *, token_digest: str) -> None:
        """Store a new one."""
        write(
            "INSERT INTO session (account, id, token_digest, version, person_id, evidence, created_at, last_seen_at,"
            " browser_id, parent_id, audience, trusted, address, browser_name, recovery_proof_until, ended_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (account, session.id, token_digest, session.version, *_values(session)),
        )

    def by_token(self, account: AccountId, token_digest: str) -> Session | None:
        """Return the session of this secret, if it has not been ended."""
        row = one(_SELECT + " WHERE account = %s AND token_digest = %s AND ended_at IS NULL", (account, token_digest))
        return None if row is None else _session(row)

    def replace(self, account: AccountId, old: Session, new: Session, *, token_digest: str | None = None) -> bool:
        """Write `new` where `old.version` still stands; with a digest the old secret dies.

        A session that was ended meanwhile stays ended: False.
        """
        return (
            write(
                "UPDATE session SET version = version + 1, token_digest = COALESCE(%s, token_digest), person_id = %s,"
                " evidence = %s, created_at = %s, last_seen_at = %s, browser_id = %s, parent_id = %s, audience = %s,"
                " trusted = %s, address = %s, browser_name = %s, recovery_proof_until = %s, ended_at = %s"
                " WHERE account = %s AND id = %s AND version = %s AND ended_at IS NULL",
                (token_digest, *_values(new), account, old.id, old.version),
            )
            == 1
        )

    def seen(self, account: AccountId, session: SessionId, at: datetime) -> None:
        """Note that the session was used, without touching the version."""
        write(
            "UPDATE session SET last_seen_at = %s WHERE account = %s AND id = %s AND last_seen_at < %s",
            (to_micros(at), account, session, to_micros(at)),
        )

    def end(self, account: AccountId, person: PersonId, session: SessionId, *, at: datetime) -> bool:
        """End one with its children; False when the person has no such open session."""
        ended = write(
            "UPDATE session SET ended_at = %s, version = version + 1"
            " WHERE account = %s AND id = %s AND person_id = %s AND ended_at IS NULL",
            (to_micros(at), account, session, person),
        )
        if ended == 0:
            return False
        write(
            "UPDATE session SET ended_at = %s, version = version + 1"
            " WHERE account = %s AND person_id = %s AND ended_at IS NULL AND parent_id = %s",
            (to_micros(at), account, person, session),
        )
        return True

    def end_all(self, account: AccountId, person: PersonId, *, at: datetime, but: SessionId | None = None) -> int:
        """End every session of a person except `but`, and return how many."""
        return write(
            "UPDATE session SET ended_at = %s, version = version + 1"
            " WHERE account = %s AND person_id = %s AND ended_at IS NULL AND id <> %s",
            (to_micros(at), account, person, but or ""),
        )

    def end_of_browser(
        self, account: AccountId, person: PersonId, browser: BrowserId, *, at: datetime, but: SessionId
    ) -> int:
        """End every session of a person on one browser except `but`, with their children, and return how many."""
        there = (account, person, but, browser)
        return write(
            "UPDATE session SET ended_at = %s, version = version + 1"
            " WHERE account = %s AND person_id = %s AND ended_at IS NULL AND id <> %s"
            " AND (browser_id = %s OR parent_id IN "
            "(SELECT id FROM session WHERE account = %s AND person_id = %s AND id <> %s AND browser_id = %s))",
            (to_micros(at), *there, *there),
        )

    def is_open(self, account: AccountId, person: PersonId, session: SessionId) -> bool:
        """Say whether a session of this person has not been ended."""
        params = (account, session, person)
        return (
            one("SELECT 1 FROM session WHERE account = %s AND id = %s AND person_id = %s AND ended_at IS NULL", params)
            is not None
        )

    def of_person(self, account: AccountId, person: PersonId, *, most: int = 100) -> Sequence[Session]:
        """Return the open ones, last seen first."""
        rows = many(
            _SELECT + " WHERE account = %s AND person_id = %s AND ended_at IS NULL"
            " ORDER BY last_seen_at DESC, id LIMIT %s",
            (account, person, most),
        )
        return [_session(row) for row in rows]


def _session(row: Row) -> Session:
    (session_id, person_id, evidence, created_at, last_seen_at, browser_id, parent_id, *rest) = row
    audience, trusted, address, browser_name, recovery_proof_until, ended_at, version = rest
    return Session(
        id=SessionId(session_id),
        person_id=PersonId(person_id),
        evidence=read_evidence(evidence),
        created_at=from_micros(created_at),
        last_seen_at=from_micros(last_seen_at),
        browser_id=None if browser_id is None else BrowserId(browser_id),
        parent_id=None if parent_id is None else SessionId(parent_id),
        audience=audience,
        trusted=bool(trusted),
        address=address,
        browser_name=browser_name,
        recovery_proof_until=instant(recovery_proof_until),
        ended_at=instant(ended_at),
        version=version,
    )


def _values(session: Session) -> tuple[Value, ...]:
    """Return what both statements write, in their order."""
    return (
        session.person_id,
        write_evidence(session.evidence),
        to_micros(session.created_at),
        to_micros(session.last_seen_at),
        session.browser_id,
        session.parent_id,
        session.audience,
        session.trusted,
        session.address,
        session.browser_name,
        micros(session.recovery_proof_until),
        micros(session.ended_at),
    )
