"""Whom a change would mail: the very jobs that mail it, worked off before anything is saved, on people in memory.

What they judge is read; what they would write goes nowhere, because of the ports that write there are only stand-ins.
docs/decisions/whom-a-change-mails.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, TypeVar, cast

from twofold.core.json import text_in
from twofold.core.roles import Audience, audience_of
from twofold.flows import called_off, dormant_told, own_rule_told, policy_told, set_up_told, ways_told
from twofold.flows.everybody import in_chunks
from twofold.ports.jobs import TELL_CALLED_OFF, TELL_DORMANT, TELL_OWN_RULE, TELL_SET_UP, TELL_WAYS
from twofold.ports.policy import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from twofold.core.groups import Membership
    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.ports.accounts import Account
    from twofold.ports.announced import Announced, Announcements, Stopping, Stoppings
    from twofold.ports.audit import Audit
    from twofold.ports.enrolments import Enrolments
    from twofold.ports.groups import Groups
    from twofold.ports.jobs import Jobs
    from twofold.ports.kept import KeptSettings
    from twofold.ports.links import Links
    from twofold.ports.outbox import Message, Outbox
    from twofold.ports.people import People, Subscriber
    from twofold.ports.policy import Policy
    from twofold.ports.reports import Reports, Surveyed, SurveyedMethod
    from twofold.ports.services import Services
    from twofold.ports.transactions import Transactions

_T = TypeVar("_T")
MOST: Final = 4000
"""With more people than this SAMPLE of each audience stand for all of it: half a second for either."""
SAMPLE: Final = 2000
_READ_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """How many people get which mail at once, by its template, and when those who are still concerned are reminded.

    `reminded_at`: of setting up at all; `reminded_of_ways_at`: of setting up a way that counts.
    """

    people: Mapping[str, int] = field(default_factory=dict)
    reminded_at: tuple[datetime, ...] = ()
    reminded_of_ways_at: tuple[datetime, ...] = ()
    is_estimate: bool = False


def of_policy(services: Services, account: Account, old: PolicyVersion, rules: Rules, *, now: datetime) -> Mailed:
    """Say whom saving these rules in place of `old` would mail, beside owners and admins."""
    new = PolicyVersion(number=old.number + 1, rules=rules, saved_at=now, saved_by=None)

    def saving(paper: Services) -> None:
        policy_told.tell_whom_it_concerns(paper, account, old, new, now=now)

    people, weights = _read(services, account.id, MOST, SAMPLE)
    return _Rehearsal(services, account, new, people, now=now, weights=weights).of(saving)


def of_announcement(
    services: Services,
    account: Account,
    policy: PolicyVersion,
    template: str,
    *,
    now: datetime,
) -> Mailed:
    """Say whom announcing something to whoever is to set up would mail."""

    def announcing(paper: Services) -> None:
        set_up_told.announce(paper, account, policy.rules, template, {}, now=now)

    people, weights = _read(services, account.id, MOST, SAMPLE)
    return _Rehearsal(services, account, policy, people, now=now, weights=weights).of(announcing)


def of_own_rules(
    services: Services,
    account: Account,
    changed: Mapping[PersonId, Subscriber],
    telling: Callable[[Services], None],
    *,
    now: datetime,
) -> Mailed:
    """Say whom it would mail that these few have other rules of their own, as in `changed`, and are told of it."""
    read = services.reports.these(account.id, sorted(changed), groups=True)
    people = [replace(one, own_rule=changed[one.id].own_rule) for one in read]
    policy = services.policy.current(account.id)
    weights = dict.fromkeys(Audience, 1.0)
    return _Rehearsal(services, account, policy, people, now=now, weights=weights, changed=changed).of(telling)


def of_moves(
    services: Services,
    account: Account,
    then: Mapping[PersonId, tuple[Membership, ...]],
    telling: Callable[[Services], None],
    *,
    now: datetime,
) -> Mailed:
    """Say whom it would mail that these few are in other groups by hand, `then`, and are told of it."""
    read = services.reports.these(account.id, sorted(then), groups=True)
    people = [replace(one, by_hand=then[one.id]) for one in read]
    policy = services.policy.current(account.id)
    return _Rehearsal(services, account, policy, people, now=now, weights=dict.fromkeys(Audience, 1.0)).of(telling)


class _Rehearsal:
    """Everything that such jobs touch, as it would be under `policy`."""

    def __init__(
        self,
        services: Services,
        account: Account,
        policy: PolicyVersion,
        people: Sequence[Surveyed],
        *,
        now: datetime,
        weights: Mapping[Audience, float],
        changed: Mapping[PersonId, Subscriber] | None = None,
    ) -> None:
        self._services, self._account, self._policy, self._now = services, account, policy, now
        self._people, self._weights, self._changed = people, weights, changed or {}
        self._ids = [one.id for one in self._people]
        self._by_id = dict(zip(self._ids, self._people, strict=True))
        self._told = dict(_in_parts(services.announced.of, account.id, self._ids))
        self._stopping = dict(_in_parts(services.stopping.of, account.id, self._ids))
        self._kept: dict[str, JsonObject] = {}
        self._jobs: deque[tuple[str, JsonObject]] = deque()
        self._reminded_at: set[datetime] = set()
        self._reminded_of_ways_at: set[datetime] = set()
        self._walks_all = False
        self._mailed: dict[str, dict[PersonId, float]] = {}

    def of(self, act: Callable[[Services], None]) -> Mailed:
        """Do this, and every job that it puts."""
        paper = self._paper()
        act(paper)
        while self._jobs:
            kind, body = self._jobs.popleft()
            self._work(paper, kind, body)
        return Mailed(
            people={template: round(sum(found.values())) for template, found in self._mailed.items()},
            reminded_at=tuple(sorted(self._reminded_at)),
            reminded_of_ways_at=tuple(sorted(self._reminded_of_ways_at)),
            is_estimate=any(weight != 1 for weight in self._weights.values()),
        )

    def _work(self, paper: Services, kind: str, body: JsonObject) -> None:
        account, now = self._account, self._now
        # Of whom something is required alone there are few, and every one of them is looked at.
        self._walks_all = "alone" in body
        if kind == TELL_SET_UP:
            set_up_told.tell_part(paper, account, body, set_up_told.look(paper, account, body, now=now), now=now)
        elif kind == TELL_CALLED_OFF:
            called_off.tell_part(paper, account, body, called_off.look(paper, account, body, now=now), now=now)
        elif kind == TELL_DORMANT:
            dormant_told.tell_part(paper, account, body, dormant_told.look(paper, account, body, now=now), now=now)
        elif kind == TELL_OWN_RULE:
            found = own_rule_told.look(paper, account, body, now=now)
            own_rule_told.tell_of_it(paper, account, body, found, now=now)
        elif kind == TELL_WAYS:
            ways_told.tell_part(paper, account, body, ways_told.look(paper, account, body, now=now), now=now)
        else:
            raise ValueError(f"nobody knows how to rehearse {kind}")

    def _paper(self) -> Services:
        """Return the services with stand-ins for whatever is written, and for what is read of people again and again.

        What a stand-in does not know raises, so that nothing new can be written unseen.
        """
        real, policy = self._services, self._policy
        return replace(
            real,
            announced=cast(
                "Announcements",
                SimpleNamespace(of=self._told_of, walk=self._walk_told, keep=self._keep_told, drop=self._drop_told),
            ),
            audit=cast("Audit", SimpleNamespace()),
            enrolments=cast("Enrolments", SimpleNamespace(held=self._methods, methods_of=self._methods_of)),
            groups=cast("Groups", SimpleNamespace(of_person=self._put_into)),
            jobs=cast("Jobs", SimpleNamespace(add=self._add_job, drop=_nothing)),
            kept=cast("KeptSettings", SimpleNamespace(load=self._load, replace=self._replace)),
            links=cast("Links", SimpleNamespace(add=_nothing)),
            outbox=cast("Outbox", SimpleNamespace(put=self._put, can_send=cache(real.outbox.can_send))),
            people=cast("People", SimpleNamespace(names=self._names, by_id=self._by_id_changed)),
            policy=cast("Policy", SimpleNamespace(current=lambda _account: policy, by_number=self._by_number)),
            reports=cast("Reports", SimpleNamespace(walk=self._walk, these=self._these)),
            stopping=cast("Stoppings", SimpleNamespace(of=self._stopping_of, keep=self._keep_stopping)),
            transactions=cast("Transactions", SimpleNamespace(begin=nullcontext, alone=_nothing)),
        )

    def _by_number(self, account: AccountId, number: int) -> PolicyVersion | None:
        return self._policy if number == self._policy.number else self._services.policy.by_number(account, number)

    def _walk(
        self,
        account: AccountId,  # noqa: ARG002 -- as of the port
        *,
        behind: str,
        end_users: bool,
        most: int,
        groups: bool = False,  # noqa: ARG002 -- they are always read
    ) -> Sequence[Surveyed]:
        rest = islice(self._people, bisect_right(self._ids, behind), None)
        meant = (one for one in rest if end_users or audience_of(one.role) is Audience.TEAM)
        return tuple(islice(meant, most))

    def _these(self, account: AccountId, people: Sequence[PersonId], *, groups: bool = False) -> Sequence[Surveyed]:
        unread = [one for one in people if one not in self._by_id]
        if unread and self._walks_all:
            self._by_id |= {one.id: one for one in self._services.reports.these(account, unread, groups=groups)}
            self._told |= self._services.announced.of(account, unread)
        return tuple(self._by_id[one] for one in people if one in self._by_id)

    def _names(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Surveyed]:  # noqa: ARG002 -- as of the port
        return {one: self._by_id[one] for one in people}

    def _by_id_changed(self, account: AccountId, person: PersonId) -> Subscriber | None:  # noqa: ARG002 -- as of the port
        return self._changed.get(person)

    def _methods(self, account: AccountId, person: PersonId) -> Sequence[SurveyedMethod]:  # noqa: ARG002 -- as of the port
        return self._by_id[person].methods

    def _methods_of(
        self,
        account: AccountId,  # noqa: ARG002 -- as of the port
        people: Iterable[PersonId],
    ) -> Mapping[PersonId, Sequence[SurveyedMethod]]:
        return {one: self._by_id[one].methods for one in people if self._by_id[one].methods}

    def _put_into(self, account: AccountId, person: PersonId) -> Sequence[Membership]:  # noqa: ARG002 -- as of the port
        return self._by_id[person].by_hand

    def _told_of(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Announced]:  # noqa: ARG002 -- as of the port
        return {one: self._told[one] for one in people if one in self._told}

    def _walk_told(self, account: AccountId, *, behind: str, most: int) -> Sequence[PersonId]:  # noqa: ARG002 -- as of the port
        rest = islice(self._ids, bisect_right(self._ids, behind), None)
        return tuple(islice((one for one in rest if one in self._told), most))

    def _keep_told(self, account: AccountId, person: PersonId, told: Announced) -> None:  # noqa: ARG002 -- as of the port
        self._told[person] = told

    def _drop_told(self, account: AccountId, person: PersonId) -> None:  # noqa: ARG002 -- as of the port
        self._told.pop(person, None)

    def _stopping_of(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Stopping]:  # noqa: ARG002 -- as of the port
        return {one: self._stopping[one] for one in people if one in self._stopping}

    def _keep_stopping(self, account: AccountId, person: PersonId, told: Stopping) -> None:  # noqa: ARG002 -- as of the port
        self._stopping.pop(person, None)
        if told.ways:
            self._stopping[person] = told

    def _load(self, account: AccountId, name: str) -> tuple[JsonObject, int]:
        value, version = self._services.kept.load(account, name)
        return self._kept.get(name, value), version

    def _replace(self, account: AccountId, name: str, value: JsonObject, *, version: int) -> bool:  # noqa: ARG002 -- as of the port
        self._kept[name] = value
        return True

    def _add_job(self, account: AccountId, *, kind: str, body: JsonObject, run_at: datetime, **_: object) -> None:  # noqa: ARG002 -- as of the port
        if run_at <= self._now:
            self._jobs.append((kind, body))
        elif kind in {TELL_SET_UP, TELL_OWN_RULE} and text_in(body, "template") == set_up_told.REMINDER:
            self._reminded_at.add(run_at)
        elif kind == TELL_WAYS:
            self._reminded_of_ways_at.add(run_at)

    def _put(self, account: AccountId, message: Message) -> None:  # noqa: ARG002 -- as of the port
        if message.person_id is not None:
            weight = 1.0 if self._walks_all else self._weights[audience_of(self._by_id[message.person_id].role)]
            self._mailed.setdefault(message.template, {}).setdefault(message.person_id, weight)


def _nothing(*_: object, **__: object) -> None:
    """Write nowhere."""


def _read(
    services: Services, account: AccountId, most: int, of_each: int
) -> tuple[list[Surveyed], dict[Audience, float]]:
    """Return people in the order of their ids, and for how many each stands: all, or the first `of_each` audience.

    Ids are drawn by lot, so the first in their order are as good as any others.
    """
    everybody = services.reports.count(account, end_users=True)
    if everybody <= most:
        return list(_of(services, account, end_users=True)), dict.fromkeys(Audience, 1.0)
    team = services.reports.count(account, end_users=False)
    number = {Audience.TEAM: team, Audience.END_USERS: everybody - team}
    sample: list[Surveyed] = []
    weights: dict[Audience, float] = {}
    for audience in Audience:
        walked = _of(services, account, end_users=audience is Audience.END_USERS)
        some = list(islice((one for one in walked if audience_of(one.role) is audience), of_each))
        weights[audience] = max(1.0, number[audience] / len(some)) if some else 1.0
        sample += some
    return sorted(sample, key=lambda one: one.id), weights


def _of(services: Services, account: AccountId, *, end_users: bool) -> Iterator[Surveyed]:
    for some in in_chunks(services, account, end_users=end_users, most=_READ_AT_ONCE, groups=True):
        yield from some


def _in_parts(
    read: Callable[[AccountId, Sequence[PersonId]], Mapping[PersonId, _T]], account: AccountId, ids: Sequence[PersonId]
) -> Iterator[tuple[PersonId, _T]]:
    """Yield what each was told."""
    for begin in range(0, len(ids), _READ_AT_ONCE):
        yield from read(account, ids[begin : begin + _READ_AT_ONCE]).items()
