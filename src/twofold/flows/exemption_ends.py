"""Telling, before an exemption ends, that it does: whoever is exempt, by name or through a group, and who answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.exemptions import BY_NAME_ALONE
from twofold.core.ids import GroupId, PersonId
from twofold.core.instants import to_micros
from twofold.core.json import instant_in, text_in
from twofold.flows import called_off, journal, paths
from twofold.flows.coming import Coming, Foretelling
from twofold.flows.everybody import Chunk, tell_chunk
from twofold.flows.notices import tell_helpers
from twofold.flows.person_change import alone_with
from twofold.flows.report_lines import Judge
from twofold.ports.jobs import EXEMPTION_ENDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twofold.core.groups import Group
    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.outbox import Addressee
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services

CHUNK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Members(Chunk):
    """Whom of one chunk to tell about a group, and what is then `coming` for each who holds nothing."""

    group: Group
    coming: Mapping[PersonId, Coming | None]


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Members | None:
    """Say who of a group is told next; None where it is about one person, or nobody is to be told. Writes nothing."""
    until, group_id = instant_in(body, "until"), GroupId(text_in(body, "group"))
    policy = services.policy.current(account.id)
    group = policy.rules.groups.get(group_id)
    if until <= now or group is None or group.extra.exempt_until != until:
        return None
    some = services.reports.walk(account.id, behind=_after(body), end_users=True, most=CHUNK, groups=True)
    # As they will stand once it is over: whom nothing asks then is told nothing, and whom another exemption keeps.
    judge = Judge(policy.rules, services.factors, now=until)
    people = tuple(one for one in some if _is_told(judge, group_id, one))
    foretelling = Foretelling(policy.rules, services.factors, now=now)
    return Members(
        policy=policy.number,
        group=group,
        people=people,
        coming={one.id: foretelling.lasting(one) for one in people if not one.methods},
        known=services.announced.of(account.id, (one.id for one in people)),
        behind=some[-1].id if len(some) == CHUNK else "",
    )


def tell(services: Services, account: Account, body: JsonObject, members: Members | None, *, now: datetime) -> None:
    """Tell that an exemption ends soon, in the caller's transaction; nothing where that is so no more, or over."""
    if instant_in(body, "until") <= now:
        return
    if not text_in(body, "group"):
        _tell_person(services, account, body, now=now)
    elif members is not None:
        _tell_members(services, account, body, members, now=now)


def _tell_person(services: Services, account: Account, body: JsonObject, *, now: datetime) -> None:
    until, by, who = instant_in(body, "until"), PersonId(text_in(body, "by")), PersonId(text_in(body, "person"))
    alone_with(services, account.id, who)
    person = services.people.by_id(account.id, who)
    if person is None or person.exempt_until != until or person.suspended_at is not None:
        return
    _tell_whoever_is_exempt(services, account, person, until=until, now=now)
    called_off.learn(services, account, person, services.policy.current(account.id).rules, now=now)
    giver = services.people.by_id(account.id, by)
    about: JsonObject = {
        "until": to_micros(until),
        "who": person.name or person.email,
        "because": person.exempt_because,
        "url": f"{account.base_url}{paths.person(person.id)}/exempt",
    }
    if giver is not None and giver.suspended_at is None and giver.role in BY_NAME_ALONE:
        journal.tell(services, account, giver, "exemption_ends_told", about, now=now)
    else:
        # Whoever gave it answers for nobody here any more.
        tell_helpers(services, account, "exemption_ends_told", about, now=now)


def _tell_members(services: Services, account: Account, body: JsonObject, members: Members, *, now: datetime) -> None:
    """Tell a chunk of the group's people, and with the first of them owners and admins."""
    until = instant_in(body, "until")

    def each(one: Surveyed) -> None:
        _tell_whoever_is_exempt(services, account, one, until=until, now=now)
        if one.id in members.coming:
            called_off.learn_that(services, account, one.id, members.coming[one.id])

    if tell_chunk(services, account, (EXEMPTION_ENDS, body), members, each, now=now) and not _after(body):
        about: JsonObject = {
            "until": to_micros(until),
            "who": members.group.name,
            "because": members.group.extra.exempt_because,
            "url": f"{account.base_url}{paths.group(text_in(body, 'group'))}/exempt",
        }
        tell_helpers(services, account, "exemption_ends_told", about, now=now)


def _after(body: JsonObject) -> str:
    """Return behind whom a chunk begins; the first body says nothing of it."""
    return text_in(body, "after") if "after" in body else ""


def _is_told(judge: Judge, group_id: GroupId, one: Surveyed) -> bool:
    # Owners and admins are exempted by name alone, whoever chose it was asked all along, and whoever never took an
    # invitation up comes by that one.
    if one.suspended_at is not None or one.role in BY_NAME_ALONE or one.chosen or not one.has_password:
        return False
    found = judge.situation(one)
    is_member = group_id in {each.group for each in found.belongs_to}
    return is_member and found.standing.covered and not found.standing.exempt


def _tell_whoever_is_exempt(
    services: Services, account: Account, person: Addressee, *, until: datetime, now: datetime
) -> None:
    own: JsonObject = {"until": to_micros(until), "url": f"{account.base_url}{paths.SECURITY}"}
    journal.tell(services, account, person, "exemption_ends", own, now=now)
