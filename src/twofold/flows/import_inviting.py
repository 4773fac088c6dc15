"""Inviting the people of an import that added them without: some at a time, each once, until somebody stops it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core.ids import ImportId, PersonId
from twofold.core.json import int_in, text_in
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission
from twofold.flows import inviting, journal, later, mail_settings, prove
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import ROUNDS, alone_with
from twofold.flows.visit import Visit
from twofold.ports.imports import ImportState, RowState
from twofold.ports.jobs import INVITE_IMPORTED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn
    from twofold.ports.accounts import Account
    from twofold.ports.imports import Import, ImportRow
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

KEPT: Final = "import_invited"
"""Where it is kept which import's people are being invited, and how far that is; one at a time in an account."""
COUNTED_MOST: Final = 20_000
"""People who are counted while somebody waits."""
INVITED_AT_ONCE: Final = 50
"""People who are invited in one transaction."""


class Going(StrEnum):
    """How far inviting the people of an import is. Stored, never renamed."""

    GOING = "going"
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    """Whoever asked for it is gone, suspended, or may not do it any more; or something went wrong on the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    """Inviting the people of one import: `behind` is the line up to which it was done, `invited` how many were."""

    import_id: ImportId
    asked_by: PersonId
    state: Going = Going.GOING
    behind: int = 0
    invited: int = 0

    def to_json(self) -> JsonObject:
        """Return this as JSON."""
        return {
            "import": self.import_id,
            "asked_by": self.asked_by,
            "state": self.state.value,
            "behind": self.behind,
            "invited": self.invited,
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> Inviting:
        """Read what `to_json` wrote; MalformedJson for anything else."""
        return cls(
            import_id=ImportId(text_in(value, "import")),
            asked_by=PersonId(text_in(value, "asked_by")),
            state=Going(text_in(value, "state")),
            behind=int_in(value, "behind"),
            invited=int_in(value, "invited"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitingView:
    """What an import's page shows of it.

    `mine`: how far it is for this import, None where nobody began. `left`: how many were never invited and never
    signed in, COUNTED_MOST + 1 for more than are counted; 0 where nobody can be invited now. `other`: the import whose
    people are being invited at present.
    """

    mine: Inviting | None
    left: int = 0
    other: ImportId | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The next rows whose people are invited; empty when all were gone through."""

    going: Inviting
    version: int
    rows: Sequence[ImportRow]


def look(services: Services, visit: Visit, me: SignedIn, one: Import) -> InvitingView:
    """Return how far inviting is, and how many could be; nothing for whoever may not do it. Writes nothing."""
    found, _ = _load(services, visit.account.id)
    mine = found if found is not None and found.import_id == one.id else None
    is_going = found is not None and found.state is Going.GOING
    if is_going and mine is None:
        return InvitingView(mine=None, other=found.import_id if found else None)
    may = has_permission(me.person.role, Permission.EDIT_PEOPLE) and _has_people(one, now=services.clock.now())
    if is_going or not may or (mine is not None and mine.state is Going.DONE):
        return InvitingView(mine=mine)
    return InvitingView(mine=mine, left=_left(services, visit.account.id, one.id))


def begin(
    services: Services, visit: Visit, me: SignedIn, import_id: ImportId
) -> Done | NeedsProof | Conflict | Gone | Refuse:
    """Begin to invite everybody of an import who was never invited and never signed in; it needs fresh proof.

    Refused with CANNOT_SEND while no mail leaves the server. Conflict: nobody is left, or others are being invited.
    """
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, now = visit.account.id, services.clock.now()
    one = services.imports.by_id(account, import_id)
    if one is None:
        return Gone()
    if not mail_settings.leaves(services, account):
        return Refuse(because=Refusal(No.CANNOT_SEND))
    found, version = _load(services, account)
    left = _left(services, account, one.id) if _has_people(one, now=now) else 0
    if not left or (found is not None and found.state is Going.GOING):
        return Conflict()
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    going = Inviting(import_id=one.id, asked_by=me.person.id)
    with services.transactions.begin():
        if not services.kept.replace(account, KEPT, going.to_json(), version=version):
            return Conflict()
        body: JsonObject = {"import": one.id, **visit.for_job()}
        later.put(services, account, INVITE_IMPORTED, body, now=now)
        journal.record(
            services,
            visit,
            "import.invitations_begun",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"import": one.id},
        )
    return Done()


def cancel(services: Services, visit: Visit, me: SignedIn, import_id: ImportId) -> Done | Conflict | Refuse:
    """Stop inviting where it is: whoever was invited keeps the invitation."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, now = visit.account.id, services.clock.now()
    # The worker goes on meanwhile, and each of its steps is a newer version.
    for _ in range(ROUNDS):
        found, version = _load(services, account)
        if found is None or found.import_id != import_id or found.state is not Going.GOING:
            return Done()
        with services.transactions.begin():
            ended = replace(found, state=Going.CANCELLED)
            if not services.kept.replace(account, KEPT, ended.to_json(), version=version):
                continue
            journal.record(
                services,
                visit,
                "import.invitations_ended",
                now=now,
                person=None,
                actor=me.person.id,
                detail=_told(ended),
            )
        return Done()
    return Conflict()


def next_batch(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Batch | None:  # noqa: ARG001 -- as all
    """Return the rows that come next; None when there is nothing to do any more. Writes nothing."""
    going, version = _load(services, account.id)
    if going is None or going.import_id != text_in(body, "import") or going.state is not Going.GOING:
        return None
    rows = services.imports.rows(account.id, going.import_id, RowState.ADDED, behind=going.behind, most=INVITED_AT_ONCE)
    return Batch(going, version, rows)


def invite(services: Services, account: Account, body: JsonObject, batch: Batch | None, *, now: datetime) -> None:
    """Invite these people and put the job for the next, in the caller's transaction.

    Whoever was invited or signed in meanwhile is left as they are. When whoever asked may not do it any more, or no
    mail leaves the server, it stops.
    """
    if batch is None:
        return
    going, version = batch.going, batch.version
    # Written first, so that nobody cancels between here and the end of the transaction.
    if not services.kept.replace(account.id, KEPT, going.to_json(), version=version):
        return
    visit = Visit.of_job(account, body)
    asker = _asker(services, account.id, going)
    if asker is None or not mail_settings.leaves(services, account.id):
        _end(services, visit, going, Going.STOPPED, version=version + 1, now=now)
        return
    ids = [row.person for row in batch.rows if row.person is not None]
    alone_with(services, account.id, *ids)
    invited = sum(inviting.invite_first(services, visit, asker, person, now=now) for person in ids)
    behind = batch.rows[-1].line if batch.rows else going.behind
    moved = replace(going, behind=behind, invited=going.invited + invited)
    if len(batch.rows) < INVITED_AT_ONCE:
        _end(services, visit, moved, Going.DONE, version=version + 1, now=now)
        return
    services.kept.replace(account.id, KEPT, moved.to_json(), version=version + 1)
    later.put(services, account.id, INVITE_IMPORTED, body, now=now)


def give_up(services: Services, account: Account, import_id: ImportId) -> None:
    """Note that inviting does not go on; whoever was invited keeps the invitation."""
    going, version = _load(services, account.id)
    if going is None or going.import_id != import_id or going.state is not Going.GOING:
        return
    visit = Visit(account=account, address="", browser_name="")
    with services.transactions.begin():
        _end(services, visit, going, Going.STOPPED, version=version, now=services.clock.now())


_ENDED: Final = frozenset({ImportState.DONE, ImportState.CANCELLED, ImportState.STOPPED})


def _load(services: Services, account: AccountId) -> tuple[Inviting | None, int]:
    value, version = services.kept.load(account, KEPT)
    return (Inviting.from_json(value) if value else None), version


def _has_people(one: Import, *, now: datetime) -> bool:
    """Tell whether an import ended, added somebody without an invitation, and still has its rows."""
    return one.state in _ENDED and one.added > 0 and not one.invite and now < one.expires_at


def _left(services: Services, account: AccountId, import_id: ImportId) -> int:
    return services.imports.uninvited(account, import_id, most=COUNTED_MOST + 1)


def _asker(services: Services, account: AccountId, going: Inviting) -> Subscriber | None:
    """Return whoever asked while they may still do it."""
    person = services.people.by_id(account, going.asked_by)
    if person is None or person.suspended_at is not None or person.frozen_at is not None:
        return None
    return person if has_permission(person.role, Permission.EDIT_PEOPLE) else None


def _end(services: Services, visit: Visit, going: Inviting, state: Going, *, version: int, now: datetime) -> None:
    ended = replace(going, state=state)
    if services.kept.replace(visit.account.id, KEPT, ended.to_json(), version=version):
        journal.record_by_system(
            services, visit.account, "import.invitations_ended", now=now, person=None, detail=_told(ended)
        )


def _told(ended: Inviting) -> JsonObject:
    return {"import": ended.import_id, "state": ended.state.value, "invited": ended.invited}
