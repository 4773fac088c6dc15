"""Telling everybody whose second factor became dormant, because a requirement ended: in chunks, each person once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.groups import Extra, Group, Membership, memberships
from twofold.core.ids import GroupId, JobId, PersonId
from twofold.core.instants import from_micros
from twofold.core.json import as_object, as_text, list_in, object_in, text_in
from twofold.core.roles import Audience, Role, audience_of
from twofold.ports.outbox import Message
from twofold.store.policy import PolicyStore
from twofold.store.rows import from_text, instant, many, marks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.rules import Rules
    from twofold.delivery.worker import Needs
    from twofold.ports.accounts import Account
    from twofold.store.jobs import Job
    from twofold.store.rows import Row

CHUNK: Final = 200
_EMAIL: Final = "email"
_PEOPLE: Final = """
    SELECT id, email, name, locale, time_zone, role, created_at, audience_since, exempt_until, must_set_up, own_rule
    FROM person
    WHERE account = %s AND id > %s AND suspended_at IS NULL AND NOT chosen
      AND EXISTS (SELECT 1 FROM enrolment e WHERE e.account = person.account AND e.person_id = person.id)
    ORDER BY id LIMIT %s
"""
_MEMBERS: Final = "SELECT person_id, group_id, added_at FROM group_member WHERE account = %s AND person_id IN ("


@dataclass(frozen=True, slots=True)
class _Ended:
    """Whom the requirements that ended named."""

    audiences: frozenset[Audience]
    groups: dict[GroupId, Group]


def tell_dormant(needs: Needs, job: Job, *, now: datetime) -> None:
    """Put the mails of one chunk, and the job for the next one, in one transaction with the end of this one.

    Whoever lost the lease writes nothing. Whom another requirement names by now is told nothing.
    """
    account = needs.accounts.by_id(job.account)
    ended = _Ended(
        audiences=frozenset(Audience(as_text(one, "audience")) for one in list_in(job.body, "audiences")),
        groups={
            GroupId(group_id): Group.from_json(as_object(group, "group"))
            for group_id, group in object_in(job.body, "groups").items()
        },
    )
    with needs.transactions.begin():
        if not needs.jobs.done(job, at=now) or account is None:
            return
        people = many(_PEOPLE, [job.account, text_in(job.body, "after"), CHUNK])
        for person in _no_longer_asked(job.account, people, ended, now=now):
            needs.outbox.put(job.account, _message(needs, job, account, person, now=now))
        if len(people) == CHUNK:
            needs.jobs.add(
                job.account,
                id=JobId(needs.entropy.new_id()),
                kind=job.kind,
                body={**job.body, "after": people[-1][0]},
                run_at=now,
                put_at=now,
            )


def _no_longer_asked(account: AccountId, people: list[Row], ended: _Ended, *, now: datetime) -> Iterator[Row]:
    rules = PolicyStore().current(account).rules
    by_hand = _by_hand(account, [row[0] for row in people]) if ended.groups or rules.groups else {}
    for row in people:
        person_id, email, _, _, _, role, _, _, exempt_until, must_set_up, _ = row
        put = by_hand.get(person_id, [])
        was_named = audience_of(Role(role)) in ended.audiences or memberships(
            ended.groups, put, email=email, role=Role(role)
        )
        was_exempt = exempt_until is not None and now < from_micros(exempt_until)
        if was_named and not was_exempt and not must_set_up and not _is_named(rules, row, put, now=now):
            yield row


def _is_named(rules: Rules, row: Row, put: list[Membership], *, now: datetime) -> bool:
    """Say whether a requirement that has begun names this person today."""
    _, email, _, _, _, role, created_at, audience_since, _, _, own_rule = row
    demands = rules.demands(
        audience_of(Role(role)),
        memberships(rules.groups, put, email=email, role=Role(role)),
        None if own_rule is None else Extra.from_json(from_text(own_rule)),
        covered_from=instant(audience_since) or from_micros(created_at),
    )
    return any(demand.required is not None and demand.required.starts_at <= now for demand in demands)


def _by_hand(account: AccountId, people: list[str]) -> dict[str, list[Membership]]:
    found: dict[str, list[Membership]] = {}
    if people:
        for person_id, group_id, added_at in many(_MEMBERS + marks(len(people)) + ")", [account, *people]):
            found.setdefault(person_id, []).append(Membership(GroupId(group_id), from_micros(added_at)))
    return found


def _message(needs: Needs, job: Job, account: Account, person: Row, *, now: datetime) -> Message:
    person_id, email, name, locale, time_zone, *_ = person
    return Message(
        id=JobId(needs.entropy.new_id()),
        channel=_EMAIL,
        to=email,
        template=text_in(job.body, "template"),
        params={"account": account.name, "name": name, **object_in(job.body, "params")},
        locale=locale or account.locale,
        time_zone=time_zone or account.time_zone,
        person_id=PersonId(person_id),
        put_at=now,
        send_at=now,
    )
