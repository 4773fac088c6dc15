"""The ports of attempts, sessions, browsers, links and the rest in memory; tests/memory.py has the others."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tests.memory import Memory, MemoryPeople
    from tests.memory_enrolments import MemoryEnrolments
    from twofold.core.ids import AccountId, AttemptId, BrowserId, JobId, LinkId, PersonId, SessionId
    from twofold.core.json import JsonObject
    from twofold.ports.attempts import Attempt
    from twofold.ports.browsers import Browser, KnownBrowser
    from twofold.ports.challenges import Live
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.links import Link
    from twofold.ports.people import Subscriber
    from twofold.ports.sessions import Session


class MemoryAttempts:
    def __init__(self, memory: Memory, people: MemoryPeople, enrolments: MemoryEnrolments) -> None:
        self._people, self._enrolments = people, enrolments
        self._rows: dict[tuple[AccountId, AttemptId], Attempt] = memory.table()
        self._tokens: dict[tuple[AccountId, str], AttemptId] = memory.table()
        self._closed: dict[tuple[AccountId, AttemptId], datetime] = memory.table()

    def begin(self, account: AccountId, attempt: Attempt, *, token_digest: str) -> None:
        self._rows[account, attempt.id] = copy.deepcopy(attempt)
        self._tokens[account, token_digest] = attempt.id

    def by_token(self, account: AccountId, token_digest: str) -> Attempt | None:
        attempt_id = self._tokens.get((account, token_digest))
        if attempt_id is None or (account, attempt_id) in self._closed:
            return None
        return copy.deepcopy(self._rows.get((account, attempt_id)))

    def with_person(
        self, account: AccountId, token_digest: str
    ) -> tuple[Attempt, Subscriber, tuple[Enrolment, ...]] | None:
        attempt = self.by_token(account, token_digest)
        person = None if attempt is None else self._people.by_id(account, attempt.person_id)
        if attempt is None or person is None:
            return None
        return attempt, person, self._enrolments.held(account, person.id)

    def replace(self, account: AccountId, old: Attempt, new: Attempt) -> bool:
        if not self._stands(account, old):
            return False
        self._rows[account, old.id] = copy.deepcopy(replace(new, version=old.version + 1))
        return True

    def close(self, account: AccountId, attempt: Attempt, *, at: datetime) -> bool:
        if not self._stands(account, attempt):
            return False
        there = self._rows[account, attempt.id]
        self._rows[account, attempt.id] = replace(there, version=there.version + 1)
        self._closed[account, attempt.id] = at
        return True

    def end_all(self, account: AccountId, person: PersonId, *, at: datetime, but: AttemptId | None = None) -> None:
        for (owner, attempt_id), attempt in list(self._rows.items()):
            if owner == account and attempt.person_id == person and attempt_id != but:
                self.close(account, attempt, at=at)

    def _stands(self, account: AccountId, attempt: Attempt) -> bool:
        there = self._rows.get((account, attempt.id))
        if there is None or (account, attempt.id) in self._closed:
            return False
        return there.version == attempt.version


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    person_id: PersonId
    live: Live


class MemoryChallenges:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, str, str], _Kept] = memory.table()
        self._made: dict[tuple[AccountId], int] = memory.table()

    def load(self, account: AccountId, scope: str, kind: str) -> Live | None:
        row = self._rows.get((account, scope, kind))
        return None if row is None else copy.deepcopy(row.live)

    def replace(self, account: AccountId, scope: str, kind: str, person: PersonId, live: Live, *, version: int) -> bool:
        there = self.load(account, scope, kind)
        if (there.version if there else 0) != version:
            return False
        made = self._made[account,] = self._made.get((account,), 0) + 1
        stored = copy.deepcopy(replace(live, version=version + 1 if version else made * 1000))
        self._rows[account, scope, kind] = _Kept(person_id=person, live=stored)
        return True

    def drop(self, account: AccountId, scope: str, kind: str, *, version: int) -> bool:
        there = self.load(account, scope, kind)
        if there is None or there.version != version:
            return False
        del self._rows[account, scope, kind]
        return True

    def end_all(self, account: AccountId, person: PersonId, *, but_kind: str) -> None:
        for key in [key for key, row in self._rows.items() if key[0] == account and row.person_id == person]:
            if key[2] != but_kind:
                del self._rows[key]


class MemoryCounters:
    """Also the sealed settings: both are versioned values under two names."""

    def __init__(self, memory: Memory) -> None:
        self.rows: dict[tuple[AccountId, str, str], tuple[JsonObject, int]] = memory.table()

    def load(self, account: AccountId, lane: str, subject: str) -> tuple[JsonObject, int]:
        value, version = self.rows.get((account, subject, lane), ({}, 0))
        return copy.deepcopy(value), version

    def load_all(self, account: AccountId, wanted: Sequence[tuple[str, str]]) -> Sequence[tuple[JsonObject, int]]:
        return [self.load(account, lane, subject) for lane, subject in wanted]

    def replace(self, account: AccountId, lane: str, subject: str, value: JsonObject, *, version: int) -> bool:
        if self.load(account, lane, subject)[1] != version:
            return False
        self.rows[account, subject, lane] = (copy.deepcopy(value), version + 1)
        return True

    def forget(self, account: AccountId, subject: str) -> None:
        for key in [key for key in self.rows if key[:2] == (account, subject)]:
            del self.rows[key]


class MemoryKept:
    def __init__(self, memory: Memory) -> None:
        self._values = MemoryCounters(memory)

    def load(self, account: AccountId, name: str) -> tuple[JsonObject, int]:
        return self._values.load(account, name, "")

    def replace(self, account: AccountId, name: str, value: JsonObject, *, version: int) -> bool:
        return self._values.replace(account, name, "", value, version=version)


class MemorySessions:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, SessionId], Session] = memory.table()
        self._tokens: dict[tuple[AccountId, str], SessionId] = memory.table()

    def add(self, account: AccountId, session: Session, *, token_digest: str) -> None:
        self._rows[account, session.id] = session
        self._tokens[account, token_digest] = session.id

    def by_token(self, account: AccountId, token_digest: str) -> Session | None:
        session_id = self._tokens.get((account, token_digest))
        session = None if session_id is None else self._rows.get((account, session_id))
        return None if session is None or session.ended_at is not None else session

    def replace(self, account: AccountId, old: Session, new: Session, *, token_digest: str | None = None) -> bool:
        there = self._rows.get((account, old.id))
        if there is None or there.ended_at is not None or there.version != old.version:
            return False
        self._rows[account, old.id] = replace(new, version=old.version + 1)
        if token_digest is not None:
            for key in [key for key, session_id in self._tokens.items() if session_id == old.id]:
                del self._tokens[key]
            self._tokens[account, token_digest] = old.id
        return True

    def seen(self, account: AccountId, session: SessionId, at: datetime) -> None:
        there = self._rows.get((account, session))
        if there is not None and there.last_seen_at < at:
            self._rows[account, session] = replace(there, last_seen_at=at)

    def end(self, account: AccountId, person: PersonId, session: SessionId, *, at: datetime) -> bool:
        if self._end(account, at, lambda one: one.id == session and one.person_id == person) == 0:
            return False
        self._end(account, at, lambda one: one.parent_id == session and one.person_id == person)
        return True

    def end_all(self, account: AccountId, person: PersonId, *, at: datetime, but: SessionId | None = None) -> int:
        return self._end(account, at, lambda one: one.person_id == person and one.id != but)

    def end_of_browser(
        self, account: AccountId, person: PersonId, browser: BrowserId, *, at: datetime, but: SessionId
    ) -> int:
        theirs = {
            session_id
            for (owner, session_id), one in self._rows.items()
            if (owner, one.person_id, one.browser_id) == (account, person, browser) and session_id != but
        }
        return self._end(
            account,
            at,
            lambda one: one.person_id == person and one.id != but and (one.id in theirs or one.parent_id in theirs),
        )

    def is_open(self, account: AccountId, person: PersonId, session: SessionId) -> bool:
        return any(one.id == session and one.person_id == person for one in self._open(account))

    def of_person(self, account: AccountId, person: PersonId, *, most: int = 100) -> Sequence[Session]:
        found = [one for one in self._open(account) if one.person_id == person]
        found.sort(key=lambda one: one.id)
        return sorted(found, key=lambda one: one.last_seen_at, reverse=True)[:most]

    def _open(self, account: AccountId) -> list[Session]:
        return [one for (owner, _), one in self._rows.items() if owner == account and one.ended_at is None]

    def _end(self, account: AccountId, at: datetime, which: Callable[[Session], bool]) -> int:
        going = [one for one in self._open(account) if which(one)]
        for one in going:
            self._rows[account, one.id] = replace(one, ended_at=at, version=one.version + 1)
        return len(going)


class MemoryBrowsers:
    def __init__(self, memory: Memory) -> None:
        self._browsers: dict[tuple[AccountId, BrowserId], Browser] = memory.table()
        self._known: dict[tuple[AccountId, BrowserId, PersonId], KnownBrowser] = memory.table()

    def find(self, account: AccountId, browser: BrowserId) -> Browser | None:
        return self._browsers.get((account, browser))

    def add(self, account: AccountId, browser: Browser) -> None:
        self._browsers[account, browser.id] = browser

    def rotate(self, account: AccountId, browser: Browser, *, current: str, previous: str | None) -> bool:
        there = self.find(account, browser.id)
        if there is None or there.current != browser.current:
            return False
        self._browsers[account, browser.id] = replace(there, current=current, previous=previous)
        return True

    def end_series(self, account: AccountId, browser: BrowserId) -> Sequence[PersonId]:
        going = [key for key in self._known if key[:2] == (account, browser)]
        trusting = sorted(key[2] for key in going if self._known[key].trust is not None)
        for key in going:
            del self._known[key]
        self._browsers.pop((account, browser), None)
        return trusting

    def known(self, account: AccountId, browser: BrowserId, person: PersonId) -> KnownBrowser | None:
        return self._known.get((account, browser, person))

    def others_trust(self, account: AccountId, browser: BrowserId, person: PersonId) -> bool:
        return any(
            key[:2] == (account, browser) and key[2] != person and known.trust is not None
            for key, known in self._known.items()
        )

    def remember(self, account: AccountId, known: KnownBrowser, *, most: int) -> None:
        self._known[account, known.browser_id, known.person_id] = known
        for gone in self.of_person(account, known.person_id)[most:]:
            self.forget(account, known.person_id, gone.browser_id)

    def end_trust(self, account: AccountId, person: PersonId) -> int:
        trusted = [known for known in self.of_person(account, person) if known.trust is not None]
        for known in trusted:
            self._known[account, known.browser_id, person] = replace(known, trust=None)
        return len(trusted)

    def forget(self, account: AccountId, person: PersonId, browser: BrowserId) -> bool:
        return self._known.pop((account, browser, person), None) is not None

    def of_person(self, account: AccountId, person: PersonId) -> Sequence[KnownBrowser]:
        found = [known for key, known in self._known.items() if (key[0], key[2]) == (account, person)]
        found.sort(key=lambda known: known.browser_id)
        return sorted(found, key=lambda known: known.last_used_at, reverse=True)

    def rename(self, account: AccountId, person: PersonId, browser: BrowserId, name: str) -> bool:
        there = self.known(account, browser, person)
        if there is None:
            return False
        self._known[account, browser, person] = replace(there, name=name)
        return True


class MemoryLinks:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, LinkId], Link] = memory.table()
        self._tokens: dict[tuple[AccountId, str], LinkId] = memory.table()

    def add(self, account: AccountId, link: Link, *, token_digest: str) -> None:
        self._rows[account, link.id] = copy.deepcopy(link)
        self._tokens[account, token_digest] = link.id

    def by_token(self, account: AccountId, token_digest: str) -> Link | None:
        link_id = self._tokens.get((account, token_digest))
        return None if link_id is None else copy.deepcopy(self._rows.get((account, link_id)))

    def use(self, account: AccountId, link: LinkId, *, at: datetime) -> bool:
        there = self._rows.get((account, link))
        if there is None or there.used_at is not None:
            return False
        self._rows[account, link] = replace(there, used_at=at)
        return True

    def end(
        self,
        account: AccountId,
        person: PersonId | None,
        *,
        at: datetime,
        purposes: Sequence[str] | None = None,
    ) -> None:
        for (owner, link_id), link in list(self._rows.items()):
            of_these = purposes is None or link.purpose in purposes
            if owner == account and link.person_id == person and of_these:
                self.use(account, link_id, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutJob:
    """One job as a flow put it."""

    id: JobId
    kind: str
    body: JsonObject
    run_at: datetime
    put_at: datetime
    person_id: PersonId | None
    expires_at: datetime | None


class MemoryJobs:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, JobId], PutJob] = memory.table()

    def add(
        self,
        account: AccountId,
        *,
        id: JobId,  # noqa: A002 -- the word of every record
        kind: str,
        body: JsonObject,
        run_at: datetime,
        put_at: datetime,
        person_id: PersonId | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        self._rows[account, id] = PutJob(
            id=id,
            kind=kind,
            body=copy.deepcopy(body),
            run_at=run_at,
            put_at=put_at,
            person_id=person_id,
            expires_at=expires_at,
        )

    def drop(self, account: AccountId, kind: str, person_id: PersonId) -> None:
        for key, job in [*self._rows.items()]:
            if (key[0], job.kind, job.person_id) == (account, kind, person_id):
                del self._rows[key]

    def all(self, account: AccountId) -> list[PutJob]:
        """Return what was put, in order."""
        return [job for (owner, _), job in self._rows.items() if owner == account]
