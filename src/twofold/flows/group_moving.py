"""Moving people into a group or out of it, one after the other in the caller's transaction, as they were judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core.helping import Act
from twofold.core.weakenings import Weaker
from twofold.flows import called_off, dormant_told, exemptions, journal, policy_told, recent_acts, ways_told
from twofold.flows.group_judging import PuttingIn
from twofold.flows.selected import Became, Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.group_judging import Judged, Known, TakingOut
    from twofold.flows.visit import Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody who was moved, or would be, and how they were judged."""

    person: Subscriber
    judged: Judged


def tell(services: Services, visit: Visit, judge: PuttingIn | TakingOut, moved: Sequence[Moved]) -> None:
    """Mail these what being moved means for them, in the caller's transaction (rehearsal.py counts it)."""
    account, extra, now = visit.account, judge.group.extra, judge.now
    for one in moved:
        person, judged = one.person, one.judged
        if isinstance(judge, PuttingIn) and Weaker.EXEMPTED in judged.weaker and extra.exempt_until is not None:
            until, because = extra.exempt_until, extra.exempt_because
            exemptions.tell(services, visit, judge.me, person, until=until, because=because, now=now)
            if judged.learns:
                called_off.learn_that(services, account, person.id, judged.coming)
        if judged.falls_dormant:
            dormant_told.tell_them(services, account, person, judged.again_at, now=now)
        if judged.news is not None:
            called_off.tell_news(services, account, person, judged.news, now=now)
    heard = [one.person.id for one in moved if one.judged.falls_dormant]
    ways_told.put_for_some(services, account.id, [one.person.id for one in moved], now=now, heard=heard)


class Mover:
    """Writes what was judged and tells of it; notes in `weaker` what asks for less."""

    def __init__(self, services: Services, visit: Visit, judge: PuttingIn | TakingOut) -> None:
        self._services, self._visit, self._judge = services, visit, judge
        self._account, self._now = visit.account.id, judge.now
        self._id, self._group = judge.group_id, judge.group
        self.weaker: list[JsonObject] = []
        self._moved: list[Moved] = []

    def move(self, person_id: PersonId, known: Known | None) -> Line:
        """Move one person, and say what became of them."""
        if known is None:
            return Line(person_id, None, Became.GONE)
        person, judged = known.person, self._judge.judged(known)
        if judged.became is not Became.DONE:
            return Line(person_id, person, judged.became)
        moved = self._put_in(person, judged) if isinstance(self._judge, PuttingIn) else self._take_out(person, judged)
        if moved:
            self._moved.append(Moved(person, judged))
        return Line(person_id, person, Became.DONE if moved else Became.AS_BEFORE)

    def tell(self) -> None:
        """Mail those who were moved what that means for them."""
        tell(self._services, self._visit, self._judge, self._moved)

    def _put_in(self, person: Subscriber, judged: Judged) -> bool:
        if not self._services.groups.add(self._account, self._id, [person.id], at=self._now):
            return False
        self._record("group.member_added", person.id)
        self._note(person, judged.weaker)
        return True

    def _take_out(self, person: Subscriber, judged: Judged) -> bool:
        """Take one person out."""
        if not self._services.groups.remove(self._account, self._id, [person.id]):
            return False
        self._record("group.member_removed", person.id)
        self._note(person, judged.weaker)
        return True

    def _note(self, person: Subscriber, found: tuple[Weaker, ...]) -> None:
        """Keep what was weakened as an act on this person, and for the mail."""
        if found:
            recent_acts.note(
                self._services,
                self._account,
                Act.EXEMPT,
                person.id,
                self._judge.me.person.id,
                now=self._now,
                detail={"group": self._id},
            )
        name = person.name or person.email
        # Who is exempted by name is told of in no mail to all either, unless they answer for the account.
        told = [one for one in found if one is not Weaker.EXEMPTED]
        self.weaker += [policy_told.change(one, policy_told.PERSON, name=name, group=self._group.name) for one in told]

    def _record(self, kind: str, person_id: PersonId) -> None:
        journal.record(
            self._services,
            self._visit,
            kind,
            now=self._now,
            person=person_id,
            actor=self._judge.me.person.id,
            detail={"group": self._id, "name": self._group.name},
        )
