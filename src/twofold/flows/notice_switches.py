"""Which notices somebody is mailed: their own switches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core.notices import Notice, silenced_after, switches_of
from twofold.flows import prove
from twofold.flows.journal import record
from twofold.flows.notices import warn
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof
from twofold.flows.person_change import change_person

if TYPE_CHECKING:
    from twofold.core.notices import Switch
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services


def look(me: SignedIn) -> tuple[Switch, ...]:
    """Return the notices that this person gets, in the order of the page."""
    return switches_of(me.person.role, me.person.silenced)


def save(services: Services, visit: Visit, me: SignedIn, wanted: frozenset[str]) -> Done | NeedsProof | Conflict | Gone:
    """Mail what is in `wanted`, and of the rest only what cannot be silenced.

    Whoever took a session over would silence the notice of new browsers first: that needs fresh proof, and one last
    mail tells of it.
    """
    before = me.person.silenced
    after = silenced_after(me.person.role, before, wanted)
    if after == before:
        return Done()
    goes_quiet = Notice.NEW_BROWSER in after - before
    if goes_quiet:
        needed = prove.needed(services, visit, me)
        if needed is not None:
            return needed
    now = services.clock.now()
    account = visit.account
    with services.transactions.begin():
        written = change_person(services, account.id, me.person.id, lambda one: replace(one, silenced=after))
        if isinstance(written, Gone | Conflict):
            return written
        record(
            services,
            visit,
            "notices.changed",
            now=now,
            person=me.person.id,
            actor=me.person.id,
            detail={"before": {"silenced": [*sorted(before)]}, "after": {"silenced": [*sorted(after)]}},
        )
        if goes_quiet:
            warn(services, account, written, "notice_silenced", {"from": visit.address}, now=now)
    return Done()
