"""Telling whoever holds a way that counts no more: when that is decided, before its last day, and if it is taken back.

What counts for somebody is what all rules that name them come to together; what they were told of it is kept
(ports/announced.py, Stopping), so that each change is told once, whichever rule it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.core.json import as_text, flag_in, int_in, list_in, text_in
from twofold.core.possible import ways
from twofold.flows import later, paths, set_up_link
from twofold.flows.everybody import Chunk, tell_chunk
from twofold.flows.journal import tell
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.set_up_told import REMINDED_BEFORE
from twofold.flows.ways_counting import Counting
from twofold.ports.announced import Stopping
from twofold.ports.jobs import TELL_WAYS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject, JsonValue
    from twofold.core.rules import Rules
    from twofold.ports.accounts import Account
    from twofold.ports.policy import PolicyVersion
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services

CHUNK: Final = 100
STOP: Final = "ways_stop"
REMINDER: Final = "ways_stop_reminder"
COUNT_AGAIN: Final = "ways_count_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What somebody is mailed ("" in `template`: nothing), and what is kept of it.

    `last_day` is when the last of what they hold stops opening set-up, where nothing that they hold counts and there is
    such a day; `opens_set_up`: until then, or for as long as they like, it does.
    """

    template: str
    said: JsonObject
    kept: Stopping
    opens_set_up: bool = False
    last_day: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Chunk):
    """Whom of one chunk to mail, and what is new for each."""

    news: Mapping[PersonId, News]


def put_for(services: Services, account: Account, old: PolicyVersion, new: PolicyVersion, *, now: datetime) -> None:
    """Put the job that looks at everybody whom a saved policy may have left with other ways, in the caller's block."""
    before, after = _said_of_ways(old.rules), _said_of_ways(new.rules)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if changed:
        body: JsonObject = {"number": new.number, "end_users": changed != {"team"}, "after": ""}
        later.put(services, account.id, TELL_WAYS, body, now=now)


def put_for_some(
    services: Services,
    account: AccountId,
    people: Sequence[PersonId],
    *,
    now: datetime,
    heard: Collection[PersonId] = (),
) -> None:
    """Put the job for those of these people who hold anything, in the caller's transaction.

    `heard` are those whom another mail tells that they are asked no more.
    """
    holding = services.enrolments.methods_of(account, people) if people else {}
    concerned = [one for one in people if holding.get(one)]
    for begin in range(0, len(concerned), CHUNK):
        some = concerned[begin : begin + CHUNK]
        body: JsonObject = {"people": [*some], "heard": [one for one in some if one in heard], "after": ""}
        later.put(services, account, TELL_WAYS, body, now=now)


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Part:
    """Say whom of one chunk to mail, and what. Writes nothing."""
    policy = services.policy.current(account.id)
    groups = bool(policy.rules.groups)
    if "people" in body:
        walked = services.reports.these(account.id, _people(body, "people"), groups=groups)
        behind = ""
    else:
        walked = services.reports.walk(
            account.id, behind=text_in(body, "after"), end_users=flag_in(body, "end_users"), most=CHUNK, groups=groups
        )
        behind = walked[-1].id if len(walked) == CHUNK else ""
    told = services.stopping.of(account.id, [one.id for one in walked])
    judge = _Judge(services, account, policy, body, now=now)
    news = {one.id: found for one in walked if (found := judge.news(one, told.get(one.id))) is not None}
    return Part(
        policy=policy.number,
        people=tuple(one for one in walked if one.id in news),
        news=news,
        told={one: kept for one, kept in told.items() if one in news},
        behind=behind,
    )


def tell_part(services: Services, account: Account, body: JsonObject, part: Part, *, now: datetime) -> None:
    """Put the mails of one chunk, the jobs that remind, and the job for the next, in the caller's transaction."""

    def each(one: Surveyed) -> None:
        news = part.news[one.id]
        if news.template:
            url: JsonObject = {"url": f"{account.base_url}{paths.SECURITY}"}
            if news.opens_set_up:
                url = set_up_link.make(services, account, one.id, now=now, wanted_by=news.last_day)
            tell(services, account, one, news.template, {**news.said, **url}, now=now)
        services.stopping.keep(account.id, one.id, news.kept)

    if tell_chunk(services, account, (TELL_WAYS, body), part, each, now=now):
        _remind_later(services, account, part, now=now)


def _remind_later(services: Services, account: Account, part: Part, *, now: datetime) -> None:
    """Put one job for all of a chunk whose last day is the same: it judges them when it comes."""
    by_day: dict[datetime, list[PersonId]] = {}
    for one, news in part.news.items():
        if news.template == STOP and news.last_day is not None:
            by_day.setdefault(news.last_day, []).append(one)
    for last_day, people in by_day.items():
        at = next((last_day - sooner for sooner in REMINDED_BEFORE if last_day - sooner > now), None)
        if at is not None:
            body: JsonObject = {"people": [*people], "remind_of": to_micros(last_day), "after": ""}
            later.put(services, account.id, TELL_WAYS, body, now=now, at=at)


class _Judge:
    """Says what is new for one person after the other, by the policy of one moment."""

    def __init__(
        self, services: Services, account: Account, policy: PolicyVersion, body: JsonObject, *, now: datetime
    ) -> None:
        self._now = now
        self._working = traits_that_work(services, account.id)
        self._counts = Counting(policy.rules, services.factors, now=now)
        self._reminds_of = from_micros(int_in(body, "remind_of")) if "remind_of" in body else None
        self._heard = _people(body, "heard") if "heard" in body else ()
        self._were: Counting | None = None
        if "number" in body:
            saved = services.policy.by_number(account.id, int_in(body, "number"))
            before = services.policy.by_number(account.id, int_in(body, "number") - 1)
            if saved is not None and before is not None:
                self._were = Counting(before.rules, services.factors, now=saved.saved_at or now)

    def news(self, one: Surveyed, told: Stopping | None) -> News | None:
        """Say what one person is to be mailed, or only to be kept of them; None: neither."""
        if one.suspended_at is not None or not one.has_password:
            return None
        before = told or Stopping(ways={})
        stops = self._counts.stops(one)
        if self._reminds_of is not None:
            return self._reminder(one, stops, before)
        new = {kind: until for kind, until in stops.items() if kind not in before.ways or before.ways[kind] != until}
        new = {kind: until for kind, until in new.items() if not self._is_old(one, kind, until, before)}
        again = [kind for kind in before.ways if kind not in stops and self._counts.holds(one, kind)]
        # Another last day is another one to be reminded of.
        kept = Stopping(ways=stops, reminded_at=None if new else before.reminded_at)
        if new:
            beside: JsonObject = {"is_moved": any(kind in before.ways for kind in new), "again": [*again]}
            return self._stop(one, new, kept, beside)
        if again and not self._has_heard(one):
            return News(template=COUNT_AGAIN, said={"ways": [*again]}, kept=kept)
        return None if kept == before else News(template="", said={}, kept=kept)

    def _is_old(self, one: Surveyed, kind: str, until: datetime | None, before: Stopping) -> bool:
        """Say whether a way was over before a saved policy, which changed nothing of that."""
        if kind in before.ways or until is None or until > self._now or self._were is None:
            return False
        return self._were.stops(one).get(kind) == until

    def _has_heard(self, one: Surveyed) -> bool:
        """Say whether another mail tells somebody that they are asked for nothing any more (dormant_told.py)."""
        if not self._counts.stands(one).dormant:
            return False
        return one.id in self._heard or (self._were is not None and self._were.stands(one).asked)

    def _stop(self, one: Surveyed, new: Mapping[str, datetime | None], kept: Stopping, beside: JsonObject) -> News:
        """Tell of the ways that are `new`; of all that count no more, what is kept tells."""
        others = self._counts.usable(one)
        opens = not others and any(until is None or until > self._now for until in kept.ways.values())
        by_day: dict[datetime | None, list[JsonValue]] = {}
        for kind, until in new.items():
            by_day.setdefault(until, []).append(kind)
        asked_from = self._counts.asked_from(one)
        said: JsonObject = {
            "asked_from_at": None if asked_from is None else to_micros(asked_from),
            "stops": [
                {
                    "ways": kinds,
                    "last_at": None if until is None else _last_moment(until),
                    "is_over": until is not None and until <= self._now,
                }
                for until, kinds in by_day.items()
            ],
            "others": [*others],
            "opens_set_up": opens,
            "counting": self._counting(one),
        }
        last_day = _last_day(kept.ways) if opens else None
        return News(template=STOP, said={**beside, **said}, kept=kept, opens_set_up=opens, last_day=last_day)

    def _counting(self, one: Surveyed) -> list[JsonValue]:
        return [*ways(self._counts.stands(one).own.accepts, self._working)]

    def _reminder(self, one: Surveyed, stops: Mapping[str, datetime | None], before: Stopping) -> News | None:
        """Remind whoever still has nothing that counts, once of one last day."""
        last_day = _last_day(stops)
        if last_day is None or last_day != self._reminds_of or last_day <= self._now or before.reminded_at is not None:
            return None
        if self._counts.usable(one) or before.ways != stops:
            return None
        return News(
            template=REMINDER,
            said={"ways": [*stops], "last_at": _last_moment(last_day), "counting": self._counting(one)},
            kept=Stopping(ways=stops, reminded_at=self._now),
            opens_set_up=True,
            last_day=last_day,
        )


def _last_moment(until: datetime) -> int:
    """Return when a way that stops at midnight was good for something last: a mail names that day."""
    return to_micros(until) - 1


def _last_day(stops: Mapping[str, datetime | None]) -> datetime | None:
    """Return when the last of these ways stops opening set-up; None where one has no such end, or there is none."""
    ends = [until for until in stops.values() if until is not None]
    return max(ends) if ends and len(ends) == len(stops) else None


def _people(body: JsonObject, name: str) -> tuple[PersonId, ...]:
    return tuple(PersonId(as_text(one, "person")) for one in list_in(body, name))


def _said_of_ways(rules: Rules) -> dict[str, JsonObject]:
    """Return all by which rules say whose ways count, and who is asked for one; of groups those that say either."""
    found: dict[str, JsonObject] = {
        one: {
            "accepts": each.accepts.to_json(),
            "required": None if each.required is None else each.required.to_json(),
        }
        for one, each in (("team", rules.team), ("end_users", rules.end_users))
    }
    for group_id, group in rules.groups.items():
        extra = group.extra
        if extra.required is not None or not extra.accepts.is_everything:
            shown = group.to_json()
            found[group_id] = {
                "accepts": extra.accepts.to_json(),
                "required": None if extra.required is None else extra.required.to_json(),
                "domains": shown["domains"],
                "roles": shown["roles"],
            }
    return found
