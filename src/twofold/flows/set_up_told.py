"""Mailing everybody who is to set up and has nothing: when it is required, before it is due, and on request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.groups import memberships
from twofold.core.ids import GroupId
from twofold.core.instants import EPOCH, from_micros, to_micros
from twofold.core.json import as_instant, as_text, instant_in, int_in, list_in, object_in, optional, text_in
from twofold.core.roles import Audience, audience_of
from twofold.core.standing import Word
from twofold.flows import later, set_up_link
from twofold.flows.everybody import Chunk, tell_chunk
from twofold.flows.journal import tell
from twofold.flows.report_lines import Judge
from twofold.ports.jobs import TELL_SET_UP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.core.standing import Standing
    from twofold.core.wanted import Requirement
    from twofold.ports.accounts import Account
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services

CHUNK: Final = 100
"""People who are told in one transaction: some 15 ms with the links that are made for them."""
REMINDED_BEFORE: Final = (timedelta(days=3), timedelta(days=1))
"""How long before set-up is due whoever has none is reminded."""
LOOKED_EVERY: Final = timedelta(hours=6)
"""How often it is looked who has a date of their own: whoever came later than a requirement began."""
LOOKED: Final = "set_up_reminders"
"""Under what it is kept up to when that was done."""
WANTED: Final = "set_up_wanted"
REMINDER: Final = "set_up_reminder"
_ANYWHERE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Chunk):
    """Whom of one chunk to mail, and what is `said` to each."""

    said: Mapping[PersonId, JsonObject]


def put_for(services: Services, account: Account, old: Rules, new: Rules, *, now: datetime) -> None:
    """Put the jobs that tell of what is newly required, and remind of it, in the caller's transaction.

    What is asked for as before is told of to nobody a second time.
    """
    for required in dict.fromkeys(_changed(old, new)):
        audiences = [one for one in Audience if new.for_(one).required == required != old.for_(one).required]
        groups = [
            group_id
            for group_id, group in new.groups.items()
            if group.extra.required == required
            and (group_id not in old.groups or old.groups[group_id].extra.required != required)
        ]
        body: JsonObject = {
            "audiences": [one.value for one in audiences],
            "groups": [*groups],
            "starts_at": to_micros(required.starts_at),
            "grace_for": int(required.grace_for / timedelta(microseconds=1)),
            "params": {},
            "after": "",
        }
        later.put(services, account.id, TELL_SET_UP, {**body, "template": WANTED}, now=now)
        due_at = required.starts_at + required.grace_for
        for before in REMINDED_BEFORE:
            if due_at - before > now:
                later.put(
                    services, account.id, TELL_SET_UP, {**body, "template": REMINDER}, now=now, at=due_at - before
                )


def announce(
    services: Services, account: Account, rules: Rules, template: str, params: JsonObject, *, now: datetime
) -> None:
    """Put the job that mails this to everybody who is to set up and has nothing, in the caller's transaction."""
    later.put(services, account.id, TELL_SET_UP, _to_everybody(rules, template, params), now=now)


def remind_where_due(services: Services, account: Account) -> None:
    """Put the job that reminds those whose own date comes near, where it is time to look. Of several workers, one does.

    Grace begins for everybody when the requirement reaches them: who was added, put into a group or let in for a while
    has a later date than the one that the requirement's own reminders are about.
    """
    now = services.clock.now()
    rules = services.policy.current(account.id).rules
    if not any(one.grace_for for one in rules.requirements):
        return
    kept, version = services.kept.load(account.id, LOOKED)
    before = optional(instant_in, kept, "until")
    if before is not None and now < before + LOOKED_EVERY:
        return
    with services.transactions.begin():
        if not services.kept.replace(account.id, LOOKED, {"until": to_micros(now)}, version=version):
            return
        # What came due before anybody looked for the first time was another program's to remind of.
        if before is not None:
            due: JsonObject = {"due": [to_micros(before), to_micros(now)]}
            body = {**_to_everybody(rules, REMINDER, {}), **due}
            later.put(services, account.id, TELL_SET_UP, body, now=now)


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Part | None:
    """Say whom of one chunk to mail, and what; None where nothing of it is asked for any more. Writes nothing."""
    policy = services.policy.current(account.id)
    rules, named = policy.rules, _still(policy.rules, body)
    if not named:
        return None
    walked = services.reports.walk(
        account.id,
        behind=text_in(body, "after"),
        end_users=named != {Audience.TEAM.value},
        most=CHUNK,
        groups=bool(rules.groups),
    )
    # Whoever is named by what is still to begin stands then where they will; who has a date of their own, as today.
    at = now if "due" in body else max([now, *(one.starts_at for one in _wanted(rules, named))])
    judge = Judge(rules, services.factors, now=at)
    said: dict[PersonId, JsonObject] = {}
    for one in walked:
        # Whoever never took an invitation up has nothing to sign in with yet, and comes by that one.
        if one.suspended_at is None and one.has_password and not one.methods and _names(rules, named, body, one):
            stands = judge.standing(one)
            if stands.word is Word.MUST_SET_UP and stands.covered and _is_due(rules, one, body, stands):
                said[one.id] = what_to_say(body, stands, now=now)
    return Part(
        policy=policy.number,
        people=tuple(one for one in walked if one.id in said),
        said=said,
        behind=walked[-1].id if len(walked) == CHUNK else "",
    )


def tell_part(services: Services, account: Account, body: JsonObject, part: Part | None, *, now: datetime) -> None:
    """Put the mails of one chunk and the job for the next, in the caller's transaction."""
    if part is None:
        return

    def each(one: Surveyed) -> None:
        params = {**part.said[one.id], "url": set_up_link.make(services, account, one.id, now=now)}
        tell(services, account, one, text_in(body, "template"), params, now=now)

    tell_chunk(services, account, (TELL_SET_UP, body), part, each, now=now)


def _is_due(rules: Rules, one: Surveyed, body: JsonObject, stands: Standing) -> bool:
    """Say whether a reminder is about this person's date: the requirement's, or one of their own that comes near."""
    own = stands.grace_until if stands.in_grace else None
    if text_in(body, "template") != REMINDER or own is None:
        return "due" not in body
    if "due" not in body:
        return own <= from_micros(int_in(body, "starts_at")) + timedelta(microseconds=int_in(body, "grace_for"))
    if own in _dates(rules, one):
        return False
    since, until = (as_instant(each, "due") for each in list_in(body, "due"))
    return any(since < own - before <= until for before in REMINDED_BEFORE)


def _dates(rules: Rules, one: Surveyed) -> set[datetime]:
    """Return the ends of grace for whoever was there at the beginning, and of pauses: nobody's own dates.

    A rule for one person alone has reminders of its own.
    """
    pauses = [rules.team.paused_until, rules.end_users.paused_until]
    pauses += [group.extra.paused_until for group in rules.groups.values()]
    alone = one.own_rule.required if one.own_rule else None
    wanted = (*rules.requirements, *((alone,) if alone else ()))
    ends = {each.starts_at + each.grace_for for each in wanted}
    return ends | {until for until in pauses if until is not None}


def what_to_say(body: JsonObject, stands: Standing, *, now: datetime) -> JsonObject:
    """Return what somebody's mail says, but for its link."""
    starts_at = from_micros(int_in(body, "starts_at")) if int_in(body, "starts_at") else stands.covered_since or EPOCH
    due_at = stands.grace_until if stands.in_grace else None
    if due_at is None and text_in(body, "template") == REMINDER:
        due_at = starts_at
    return {
        **object_in(body, "params"),
        "starts_at": to_micros(starts_at),
        "has_begun": starts_at <= now,
        "until": None if due_at is None else to_micros(due_at),
    }


def _to_everybody(rules: Rules, template: str, params: JsonObject) -> JsonObject:
    """Return the body of a job that mails whoever anything at all is required of."""
    return {
        "audiences": [one.value for one in Audience if rules.for_(one).required is not None],
        "groups": [group_id for group_id, group in rules.groups.items() if group.extra.required is not None],
        "starts_at": _ANYWHERE,
        "grace_for": 0,
        "template": template,
        "params": params,
        "after": "",
    }


def _changed(old: Rules, new: Rules) -> Iterator[Requirement]:
    for audience in Audience:
        required = new.for_(audience).required
        if required is not None and required != old.for_(audience).required:
            yield required
    for group_id, group in new.groups.items():
        before = old.groups[group_id].extra.required if group_id in old.groups else None
        if group.extra.required is not None and group.extra.required != before:
            yield group.extra.required


def _still(rules: Rules, body: JsonObject) -> set[str]:
    """Return the audiences and groups that are still asked for what the body tells of."""
    starts_at, grace_for = int_in(body, "starts_at"), timedelta(microseconds=int_in(body, "grace_for"))
    named: set[str] = set()
    for one in list_in(body, "audiences"):
        if is_same(rules.for_(Audience(as_text(one, "audience"))).required, starts_at, grace_for):
            named.add(as_text(one, "audience"))
    for one in list_in(body, "groups"):
        group = rules.groups.get(GroupId(as_text(one, "group")))
        if group is not None and is_same(group.extra.required, starts_at, grace_for):
            named.add(as_text(one, "group"))
    return named


def is_same(required: Requirement | None, starts_at: int, grace_for: timedelta) -> bool:
    """Say whether a requirement is still the one that was told of."""
    if required is None:
        return False
    return starts_at == _ANYWHERE or (to_micros(required.starts_at), required.grace_for) == (starts_at, grace_for)


def _wanted(rules: Rules, named: set[str]) -> Iterator[Requirement]:
    found = [rules.for_(one).required for one in Audience if one.value in named]
    found += [group.extra.required for group_id, group in rules.groups.items() if group_id in named]
    yield from (one for one in found if one is not None)


def _names(rules: Rules, named: set[str], body: JsonObject, one: Surveyed) -> bool:
    """Say whether what is told of names somebody: their audience or a group, or, of everything, they alone."""
    if audience_of(one.role).value in named:
        return True
    if int_in(body, "starts_at") == _ANYWHERE and one.own_rule is not None and one.own_rule.required is not None:
        return True
    belongs_to = memberships(rules.groups, one.by_hand, email=one.email, role=one.role)
    return any(each.group in named for each in belongs_to)
