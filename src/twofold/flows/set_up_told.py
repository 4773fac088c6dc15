"""Mailing everybody who is to set up and has nothing: when it is required, before it is due, and on request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.groups import memberships
from twofold.core.instants import from_micros, to_micros
from twofold.core.json import (
    as_instant,
    as_text,
    flag_in,
    instant_in,
    int_in,
    list_in,
    object_in,
    optional,
    span,
    text_in,
)
from twofold.core.roles import Audience, audience_of
from twofold.core.standing import Word
from twofold.flows import alone, later, set_up_link
from twofold.flows.coming import Coming, Foretelling
from twofold.flows.everybody import Chunk, tell_chunk
from twofold.flows.journal import tell
from twofold.flows.report_lines import Judge
from twofold.ports.jobs import TELL_SET_UP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.core.standing import Standing
    from twofold.core.wanted import Requirement
    from twofold.ports.accounts import Account
    from twofold.ports.announced import Announced
    from twofold.ports.policy import PolicyVersion
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
TOLD: Final = "set_up_told"
"""Under what the number of the policy is kept whose saving was the last to be told of, by audience and group."""
WANTED: Final = "set_up_wanted"
REMINDER: Final = "set_up_reminder"
REMINDED_AGAIN_AFTER: Final = timedelta(days=1)
"""How long one reminder is enough, whatever else somebody could be reminded of."""
_ANYWHERE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Chunk):
    """Whom of one chunk to mail, what is `said` to each, and what is `kept` of it."""

    said: Mapping[PersonId, JsonObject]
    kept: Mapping[PersonId, Announced]


def put_for(services: Services, account: Account, old: PolicyVersion, new: PolicyVersion, *, now: datetime) -> None:
    """Put the jobs that tell of what is newly required, and remind of it, in the caller's transaction.

    What is asked for by the same dates as before is told of to nobody a second time; jobs of an earlier saving are
    dropped when they come, though what they tell of may stand as it did.
    """
    before, wanted = _asked(old.rules), _asked(new.rules)
    newly: dict[tuple[int, int], list[str]] = {}
    for name, required in wanted.items():
        dates = dates_of(required)
        if dates is not None and dates != dates_of(before.get(name)):
            newly.setdefault(dates, []).append(name)
    if newly:
        _note(services, account, [name for names in newly.values() for name in names], wanted, new.number)
    for names in newly.values():
        required = wanted[names[0]]
        body: JsonObject = {
            **_named(names),
            **body_of(required),
            "number": new.number,
            "params": {},
            "after": "",
        }
        later.put(services, account.id, TELL_SET_UP, {**body, "template": WANTED}, now=now)
        due_at = required.starts_at + required.grace_for
        for sooner in REMINDED_BEFORE:
            if due_at - sooner > now:
                later.put(
                    services, account.id, TELL_SET_UP, {**body, "template": REMINDER}, now=now, at=due_at - sooner
                )


def dates_of(required: Requirement | None) -> tuple[int, int] | None:
    """Return what people are told of a requirement: its start and its grace. While both stand, it is the same."""
    return None if required is None else (to_micros(required.starts_at), span(required.grace_for))


def body_of(required: Requirement) -> JsonObject:
    """Return the same as a job has it."""
    return {"starts_at": to_micros(required.starts_at), "grace_for": span(required.grace_for)}


def announce(
    services: Services, account: Account, rules: Rules, template: str, params: JsonObject, *, now: datetime
) -> None:
    """Put the jobs that mail this to everybody who is to set up and has nothing, in the caller's transaction."""
    for body in _to_everybody(rules, template, params):
        later.put(services, account.id, TELL_SET_UP, body, now=now)


def remind_where_due(services: Services, account: Account) -> None:
    """Put the jobs that remind those whose own date comes near, where it is time to look. Of several workers, one does.

    Grace begins for everybody when the requirement reaches them: who was added, put into a group or let in for a while
    has a later date than the one that the requirement's own reminders are about.
    """
    now = services.clock.now()
    rules = services.policy.current(account.id).rules
    is_due = {False: any(one.grace_for for one in rules.requirements)}
    is_due[True] = alone.is_anybody(services, account.id, now=now)
    if not any(is_due.values()):
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
            for body in _to_everybody(rules, REMINDER, {}):
                if is_due[_is_alone(body)]:
                    later.put(services, account.id, TELL_SET_UP, {**body, **due}, now=now)


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Part | None:
    """Say whom of one chunk to mail, and what; None where nothing of it is asked for any more. Writes nothing."""
    policy = services.policy.current(account.id)
    rules, named = policy.rules, _still(services, account, policy.rules, body)
    if not named and not _is_alone(body):
        return None
    walked, behind = _walked(services, account, rules, named, body)
    # Whoever is named by what is still to begin stands then where they will; who has a date of their own, as today.
    begins = {one.starts_at for name, one in _asked(rules).items() if name in named}
    if _is_alone(body):
        begins |= {one.own_rule.required.starts_at for one in walked if one.own_rule and one.own_rule.required}
    at = now if "due" in body else max([now, *begins])
    judge = Judge(rules, services.factors, now=at)
    meant: list[Surveyed] = []
    for one in walked:
        # Whoever never took an invitation up has nothing to sign in with yet, and comes by that one.
        if one.suspended_at is None and one.has_password and not one.methods and _names(rules, named, body, one):
            # How often they said "later" is told, and moves no date.
            stands = judge.standing(replace(one, skipped=0))
            if stands.word is Word.MUST_SET_UP and stands.covered and _is_due(rules, one, body, stands):
                meant.append(one)
    known = services.announced.of(account.id, (one.id for one in meant))
    foretelling = Foretelling(rules, services.factors, now=now)
    said: dict[PersonId, JsonObject] = {}
    kept: dict[PersonId, Announced] = {}
    for one in meant:
        today, lasting = foretelling.today(one), foretelling.lasting(one)
        before = known.get(one.id)
        if today is not None and lasting is not None and not is_known(body, lasting, before, now=now):
            said[one.id] = what_to_say(body, today, now=now, instead_of=superseded(lasting, before))
            kept[one.id] = what_to_keep(body, lasting, before, now=now)
    return Part(
        policy=policy.number,
        people=tuple(one for one in meant if one.id in said),
        said=said,
        kept=kept,
        known={one: told for one, told in known.items() if one in said},
        behind=behind,
    )


def _walked(
    services: Services, account: Account, rules: Rules, named: set[str], body: JsonObject
) -> tuple[Sequence[Surveyed], str]:
    """Return the next people to look at, and behind whom to go on; "" where there are no more."""
    after, groups = text_in(body, "after"), bool(rules.groups)
    if _is_alone(body):
        ids = services.roll_out.alone(account.id, behind=after, most=CHUNK)
        return services.reports.these(account.id, ids, groups=groups), ids[-1] if len(ids) == CHUNK else ""
    end_users = named != {Audience.TEAM.value}
    walked = services.reports.walk(account.id, behind=after, end_users=end_users, most=CHUNK, groups=groups)
    return walked, walked[-1].id if len(walked) == CHUNK else ""


def tell_part(services: Services, account: Account, body: JsonObject, part: Part | None, *, now: datetime) -> None:
    """Put the mails of one chunk and the job for the next, in the caller's transaction."""
    if part is None:
        return

    def each(one: Surveyed) -> None:
        link = set_up_link.make(services, account, one.id, now=now, wanted_by=part.kept[one.id].last_day)
        params = {**part.said[one.id], **link}
        tell(services, account, one, text_in(body, "template"), params, now=now)
        services.announced.keep(account.id, one.id, part.kept[one.id])

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


def what_to_say(body: JsonObject, coming: Coming, *, now: datetime, instead_of: datetime | None = None) -> JsonObject:
    """Return what somebody's mail says, but for its link; `instead_of` is the day that they were told before."""
    has_begun = coming.starts_at <= now
    until = coming.until
    if until is None and text_in(body, "template") == REMINDER and not has_begun:
        until = coming.starts_at
    return {
        **object_in(body, "params"),
        "starts_at": to_micros(coming.starts_at),
        "has_begun": has_begun,
        "until": None if until is None else to_micros(until),
        "left": coming.left,
        "former_at": None if instead_of is None else to_micros(instead_of),
    }


def superseded(coming: Coming, before: Announced | None) -> datetime | None:
    """Return the day that somebody was told of before, where it is a later one now."""
    return before.last_day if before is not None and before.last_day < coming.told().last_day else None


def is_known(body: JsonObject, coming: Coming, before: Announced | None, *, now: datetime) -> bool:
    """Say whether somebody was told just that before, or was reminded a short while ago.

    Whoever was told that they must, and still must, is told nothing new, whichever rule it is that asks it.
    """
    if before is not None and text_in(body, "template") == WANTED:
        is_over = max(before.last_day, coming.told().last_day) <= now
        return is_over or (before.starts_at, before.until) == (coming.starts_at, coming.until)
    return is_reminded(body, before, now=now)


def is_reminded(body: JsonObject, before: Announced | None, *, now: datetime) -> bool:
    """Say whether a mail would remind somebody who was reminded a short while ago."""
    if before is None or before.reminded_at is None or text_in(body, "template") != REMINDER:
        return False
    return now - before.reminded_at < REMINDED_AGAIN_AFTER


def what_to_keep(body: JsonObject, coming: Coming, before: Announced | None, *, now: datetime) -> Announced:
    """Return what is kept of a mail."""
    if text_in(body, "template") == REMINDER:
        return coming.told(now)
    return coming.told(None if before is None else before.reminded_at)


def _to_everybody(rules: Rules, template: str, params: JsonObject) -> tuple[JsonObject, ...]:
    """Return the bodies of the jobs that mail whoever anything at all is required of.

    One goes through whomever rules for audiences and groups may name. The other goes through those of whom something
    is required alone, however few of very many they are, and leaves out whom the first one names.
    """
    body: JsonObject = {
        **_named([*_asked(rules)]),
        "starts_at": _ANYWHERE,
        "grace_for": 0,
        "template": template,
        "params": params,
        "after": "",
        "alone": False,
    }
    to_the_alone: JsonObject = {**body, "alone": True}
    return (body, to_the_alone) if rules.requirements else (to_the_alone,)


def _asked(rules: Rules) -> dict[str, Requirement]:
    """Return what is required, by the names of audiences and the ids of groups."""
    found: dict[str, Requirement | None] = {one.value: rules.for_(one).required for one in Audience}
    found |= {group_id: group.extra.required for group_id, group in rules.groups.items()}
    return {name: required for name, required in found.items() if required is not None}


def _named(names: list[str]) -> JsonObject:
    audiences = {one.value for one in Audience}
    return {
        "audiences": [name for name in names if name in audiences],
        "groups": [name for name in names if name not in audiences],
    }


def _note(
    services: Services, account: Account, names: list[str], wanted: Mapping[str, Requirement], number: int
) -> None:
    """Keep with which saving these were last told of; of what is required no more nothing is kept."""
    kept, version = services.kept.load(account.id, TOLD)
    still: JsonObject = {name: told for name, told in kept.items() if name in wanted}
    # Nobody else writes it: of two who save, one has the number.
    services.kept.replace(account.id, TOLD, {**still, **dict.fromkeys(names, number)}, version=version)


def _still(services: Services, account: Account, rules: Rules, body: JsonObject) -> set[str]:
    """Return the audiences and groups that are still asked for what the body tells of, and were not told of anew."""
    kept, _ = services.kept.load(account.id, TOLD)
    asked, told = _asked(rules), {name: int_in(kept, name) for name in kept}
    # A job that was put before there were numbers is older than all that have one.
    number = int_in(body, "number") if "number" in body else 0
    names = [*(as_text(one, "audience") for one in list_in(body, "audiences"))]
    names += [as_text(one, "group") for one in list_in(body, "groups")]
    return {
        name
        for name in names
        if is_same(asked.get(name), body) and (int_in(body, "starts_at") == _ANYWHERE or told.get(name, 0) <= number)
    }


def is_same(required: Requirement | None, body: JsonObject) -> bool:
    """Say whether a requirement is still the one that was told of."""
    if required is None:
        return False
    told_of = int_in(body, "starts_at"), int_in(body, "grace_for")
    return told_of[0] == _ANYWHERE or dates_of(required) == told_of


def _names(rules: Rules, named: set[str], body: JsonObject, one: Surveyed) -> bool:
    """Say whether what is told of names somebody: their audience or a group, or else a rule of their own."""
    belongs_to = memberships(rules.groups, one.by_hand, email=one.email, role=one.role)
    is_named = audience_of(one.role).value in named or any(each.group in named for each in belongs_to)
    has_own = one.own_rule is not None and one.own_rule.required is not None
    if _is_alone(body):
        return has_own and not is_named
    # Of everything, a job that was put before there were two of them names both.
    return is_named or (has_own and "alone" not in body and int_in(body, "starts_at") == _ANYWHERE)


def _is_alone(body: JsonObject) -> bool:
    """Say whether a job goes through those of whom something is required by a rule of their own, and no others."""
    return "alone" in body and flag_in(body, "alone")
