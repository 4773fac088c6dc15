"""Importing people: a file is sent, read by the worker, looked at, confirmed, and only then adds anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Final

from twofold.core.ids import ImportId
from twofold.core.people_csv import BadFile, FileProblem, encoding_of, head_of, parts_of
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission, may_read
from twofold.flows import journal, later, mail_settings, paths, prove
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import ROUNDS
from twofold.flows.policy import SetUpFirst
from twofold.ports.imports import Import, ImportRow, ImportState, PeopleFile, RowState, Stopped
from twofold.ports.jobs import APPLY_IMPORT, READ_IMPORT
from twofold.ports.pages import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

PAGE: Final = f"{paths.PEOPLE}/import"
KEPT_FOR: Final = timedelta(hours=24)
"""How long a file and its rows are kept that nobody confirms, and the rows after everybody was added."""
SHOWN: Final = 10
FIRST_ROWS: Final = 20
PAGE_SIZE: Final = 50
LONGEST_FILE_NAME: Final = 100
_AT_ONCE: Final = 500
UNDER_WAY: Final = frozenset({ImportState.RECEIVING, ImportState.READING, ImportState.READY, ImportState.ADDING})


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Another import of the account is not finished."""

    id: ImportId


class Cannot(StrEnum):
    """Why an import cannot be confirmed."""

    NOT_YOURS = "not_yours"
    """Every row was judged by what somebody else may do."""
    ROLE_CHANGED = "role_changed"
    NOTHING_NEW = "nothing_new"
    NOT_READY = "not_ready"


@dataclass(frozen=True, slots=True)
class CannotBegin:
    """Nobody is added."""

    because: Cannot


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """One import, and who asked for it ("": somebody who is gone).

    `is_over`: its time is over, so that its rows are gone or going. `cannot`: why whoever looks cannot confirm it.
    """

    one: Import
    by: str
    is_over: bool
    cannot: Cannot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsView:
    """The first rows that add somebody, those who came in meanwhile, and a page of rows with errors.

    `before` and `after` are lines: the cursors of the pages around; 0 where there is none.
    """

    first: Sequence[ImportRow]
    met: Sequence[ImportRow]
    wrong: Sequence[ImportRow]
    before: int
    after: int


def begin(
    services: Services, visit: Visit, me: SignedIn, *, name: str, file: Iterable[bytes]
) -> Import | BadFile | UnderWay | Refuse:
    """Take a file in, to be read by the worker. `file` is gone through twice; nothing else is changed by it."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, now = visit.account.id, services.clock.now()
    encoding = encoding_of(file)
    if isinstance(encoding, FileProblem):
        return BadFile(encoding)
    parts = parts_of(file, encoding)
    first = next(parts, "")
    head = head_of(first)
    if isinstance(head, BadFile):
        return head
    one = Import(
        id=ImportId(services.entropy.new_id()),
        asked_by=me.person.id,
        role=me.person.role,
        asked_at=now,
        expires_at=now + KEPT_FOR,
        file=PeopleFile(name=name.strip()[:LONGEST_FILE_NAME], encoding=encoding, head=head),
    )
    with services.transactions.begin():
        _end_what_is_over(services, account, now=now)
        if not services.imports.add(account, one):
            return UnderWay(services.imports.newest(account, size=1).rows[0].id)
    # Part by part, so that nobody who signs in meanwhile waits for the whole file.
    for number, part in enumerate(chain([first], parts)):
        with services.transactions.begin():
            services.imports.add_part(account, one.id, number, part)
    reading = replace(one, state=ImportState.READING)
    with services.transactions.begin():
        if services.imports.replace(account, one, reading):
            later.put(services, account, READ_IMPORT, {"import": one.id, "part": 0, "at": 0, "line": 0}, now=now)
    return replace(reading, version=one.version + 1)


def look(services: Services, visit: Visit, me: SignedIn, import_id: ImportId) -> ImportView | Gone | Refuse:
    """Return one import and how far it is. Writes nothing."""
    if not may_read(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    one = services.imports.by_id(visit.account.id, import_id)
    return Gone() if one is None else _views(services, visit, me, [one])[0]


def newest(services: Services, visit: Visit, me: SignedIn, *, after: str = "") -> Page[ImportView] | Refuse:
    """Return a page of the imports, the newest first."""
    if not may_read(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    found = services.imports.newest(visit.account.id, after=after, size=SHOWN)
    return Page(_views(services, visit, me, found.rows), found.after)


def rows(services: Services, visit: Visit, one: Import, *, after: int = 0, before: int = 0) -> RowsView:
    """Return what an import's page shows of its rows; those with errors a page at a time, from a line on."""
    account = visit.account.id

    def of(state: RowState, *, behind: int = 0, before: int = 0, most: int = PAGE_SIZE + 1) -> Sequence[ImportRow]:
        return services.imports.rows(account, one.id, state, behind=behind, before=before, most=most)

    wrong = of(RowState.WRONG, behind=0 if before else after, before=before)
    has_more = len(wrong) > PAGE_SIZE
    shown = wrong[-PAGE_SIZE:] if before else wrong[:PAGE_SIZE]
    has_earlier = has_more if before else after > 0
    has_later = before > 0 or has_more
    return RowsView(
        first=of(RowState.NEW, most=FIRST_ROWS) if one.state is ImportState.READY else (),
        met=of(RowState.MET, most=PAGE_SIZE) if one.met else (),
        wrong=shown,
        before=shown[0].line if shown and has_earlier else 0,
        after=shown[-1].line if shown and has_later else 0,
    )


def wrong_rows(
    services: Services, visit: Visit, me: SignedIn, import_id: ImportId
) -> Iterator[Sequence[ImportRow]] | Gone | Refuse:
    """Return every row with an error, some hundred at a time; Gone when they are gone."""
    view = look(services, visit, me, import_id)
    if not isinstance(view, ImportView):
        return view
    if view.is_over or not view.one.wrong:
        return Gone()
    return _wrong_rows(services, visit.account.id, import_id)


def confirm(
    services: Services, visit: Visit, me: SignedIn, import_id: ImportId, *, invite: bool
) -> Done | CannotBegin | SetUpFirst | NeedsProof | Conflict | Gone | Refuse:
    """Begin to add everybody whose row is good; each is mailed an invitation if `invite`.

    Team members may be among them, so it needs fresh proof; and where groups are, a second factor of one's own, as
    moving people into groups does.
    """
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, now = visit.account.id, services.clock.now()
    one = services.imports.by_id(account, import_id)
    if one is None:
        return Gone()
    cannot = _cannot(one, me, now=now)
    if cannot is not None:
        return CannotBegin(cannot)
    if one.groups and not services.enrolments.held(account, me.person.id):
        return SetUpFirst()
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    invites = invite and mail_settings.leaves(services, account)
    adding = replace(one, state=ImportState.ADDING, invite=invites, expires_at=now + KEPT_FOR)
    with services.transactions.begin():
        if not services.imports.replace(account, one, adding):
            return Conflict()
        body: JsonObject = {"import": one.id, **visit.for_job()}
        later.put(services, account, APPLY_IMPORT, body, now=now)
        journal.record(
            services,
            visit,
            "import.begun",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"import": one.id, "people": one.new, "invited": invites},
        )
    return Done()


def cancel(services: Services, visit: Visit, me: SignedIn, import_id: ImportId) -> Done | Conflict | Gone | Refuse:
    """End an import where it is: whoever was added stays, nobody else is."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, now = visit.account.id, services.clock.now()
    # The worker goes on meanwhile, and each of its steps is a newer version.
    for _ in range(ROUNDS):
        one = services.imports.by_id(account, import_id)
        if one is None:
            return Gone()
        if one.state not in UNDER_WAY:
            return Done()
        with services.transactions.begin():
            if not services.imports.replace(account, one, ended(one, ImportState.CANCELLED, now=now)):
                continue
            services.imports.forget_file(account, one.id)
            if one.state is ImportState.ADDING:
                journal.record(
                    services,
                    visit,
                    "import.ended",
                    now=now,
                    person=None,
                    actor=me.person.id,
                    detail={"import": one.id, "state": ImportState.CANCELLED.value, "added": one.added},
                )
        return Done()
    return Conflict()


def ended(one: Import, state: ImportState, *, now: datetime, because: Stopped | None = None) -> Import:
    """Return an import as it ends. The rows are kept for a day where somebody was to be added, else they go."""
    kept_for = KEPT_FOR if one.state is ImportState.ADDING else timedelta()
    return replace(one, state=state, because=because, finished_at=now, expires_at=now + kept_for)


def _end_what_is_over(services: Services, account: AccountId, *, now: datetime) -> None:
    """End an import that nobody confirmed in its time, so that it keeps nobody from the next."""
    for one in services.imports.newest(account, size=1).rows:
        if one.state in UNDER_WAY and one.state is not ImportState.ADDING and one.expires_at <= now:
            services.imports.replace(account, one, ended(one, ImportState.STOPPED, now=now, because=Stopped.EXPIRED))


def _cannot(one: Import, me: SignedIn, *, now: datetime) -> Cannot | None:
    if one.state is not ImportState.READY or one.expires_at <= now:
        return Cannot.NOT_READY
    if one.asked_by != me.person.id:
        return Cannot.NOT_YOURS
    if one.role is not me.person.role:
        return Cannot.ROLE_CHANGED
    return None if one.new else Cannot.NOTHING_NEW


def _views(services: Services, visit: Visit, me: SignedIn, found: Sequence[Import]) -> tuple[ImportView, ...]:
    names = services.people.names(visit.account.id, sorted({one.asked_by for one in found}))
    now = services.clock.now()
    return tuple(
        ImportView(
            one=one,
            by=(by.name or by.email) if (by := names.get(one.asked_by)) else "",
            is_over=one.state is not ImportState.ADDING and one.expires_at <= now,
            cannot=_cannot(one, me, now=now),
        )
        for one in found
    )


def _wrong_rows(services: Services, account: AccountId, import_id: ImportId) -> Iterator[Sequence[ImportRow]]:
    behind = 0
    while found := services.imports.rows(account, import_id, RowState.WRONG, behind=behind, most=_AT_ONCE):
        yield found
        behind = found[-1].line
