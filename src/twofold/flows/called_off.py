"""Telling whoever was told that a second factor is coming that it is not, or comes on another day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.instants import to_micros
from twofold.core.json import as_text, list_in, text_in
from twofold.core.roles import Audience
from twofold.flows import later, paths, set_up_link
from twofold.flows.coming import Coming, Foretelling, coming_for, coming_of
from twofold.flows.everybody import Chunk, tell_chunk
from twofold.flows.journal import tell
from twofold.flows.set_up_told import WANTED, body_of, superseded, what_to_say
from twofold.flows.standing_of import memberships_of
from twofold.ports.jobs import TELL_CALLED_OFF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.groups import Membership
    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.core.wanted import Requirement
    from twofold.ports.accounts import Account
    from twofold.ports.announced import Announced
    from twofold.ports.outbox import Addressee
    from twofold.ports.people import Subscriber
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services

CHUNK: Final = 100
CALLED_OFF: Final = "set_up_called_off"
_LATER: Final[JsonObject] = {"template": WANTED, "params": {}}


@dataclass(frozen=True, slots=True)
class News:
    """What somebody is told in place of `before`: what is coming by the rules alone, and as it stands today."""

    before: Announced
    lasting: Coming | None
    today: Coming | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Chunk):
    """Whom of one chunk to mail, and what is new for each."""

    news: Mapping[PersonId, News]


def put_for(services: Services, account: Account, old: Rules, new: Rules, *, now: datetime) -> None:
    """Put the job that looks at everybody who was told anything, in the caller's transaction, where days may move."""
    if _who_is_asked(old, now=now) == _who_is_asked(new, now=now):
        return
    if services.announced.walk(account.id, behind="", most=1):
        later.put(services, account.id, TELL_CALLED_OFF, {"after": ""}, now=now)


def put_for_some(services: Services, account: Account, people: Sequence[PersonId], *, now: datetime) -> None:
    """Put the job for those of these people who were told anything, in the caller's transaction; CHUNK at the most."""
    told = sorted(services.announced.of(account.id, people)) if people else []
    if told:
        later.put(services, account.id, TELL_CALLED_OFF, {"after": "", "people": [*told]}, now=now)


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Part:
    """Say whom of one chunk to mail, and what. Writes nothing."""
    policy = services.policy.current(account.id)
    if "people" in body:
        walked: Sequence[PersonId] = [PersonId(as_text(one, "person")) for one in list_in(body, "people")]
    else:
        walked = services.announced.walk(account.id, behind=text_in(body, "after"), most=CHUNK)
    known = services.announced.of(account.id, walked)
    foretelling = Foretelling(policy.rules, services.factors, now=now)
    people = services.reports.these(
        account.id, [one for one in walked if one in known], groups=bool(policy.rules.groups)
    )
    news: dict[PersonId, News] = {}
    for one in people:
        # Whoever set up meanwhile is asked for what they hold, or told that they are not (dormant_told.py), and whoever
        # was reset has to set up anew, by no rule.
        if one.suspended_at is None and one.has_password and not one.methods and not one.must_set_up:
            found = News(known[one.id], foretelling.lasting(one), foretelling.today(one))
            if _is_new(found, now=now):
                news[one.id] = found
    return Part(
        policy=policy.number,
        people=tuple(one for one in people if one.id in news),
        news=news,
        known={one: told for one, told in known.items() if one in news},
        behind=walked[-1] if len(walked) == CHUNK and "people" not in body else "",
    )


def tell_part(services: Services, account: Account, body: JsonObject, part: Part, *, now: datetime) -> None:
    """Put the mails of one chunk and the job for the next, in the caller's transaction."""

    def each(one: Surveyed) -> None:
        tell_news(services, account, one, part.news[one.id], now=now)

    tell_chunk(services, account, (TELL_CALLED_OFF, body), part, each, now=now)


def tell_one(services: Services, account: Account, person: Subscriber, rules: Rules, *, now: datetime) -> None:
    """Mail one person the same, as they stand now; in the transaction of a caller who is alone with them."""
    before = services.announced.of(account.id, [person.id]).get(person.id)
    if before is None or services.enrolments.held(account.id, person.id):
        return
    belongs_to = memberships_of(services, account.id, person, rules)
    found = news_of(services, account.id, person, before, rules, belongs_to, now=now)
    if found is not None:
        tell_news(services, account, person, found, now=now)


def learn(services: Services, account: Account, person: Subscriber, rules: Rules, *, now: datetime) -> None:
    """Keep what is coming for one person whom another mail tells of it; in the transaction of such a caller."""
    if services.enrolments.held(account.id, person.id):
        return
    learn_that(services, account, person.id, coming_for(services, account.id, person, rules, now=now, lasting=True))


def learn_that(services: Services, account: Account, person_id: PersonId, coming: Coming | None) -> None:
    """Keep this as what somebody who holds nothing was told is coming; None: nothing is."""
    if coming is None:
        services.announced.drop(account.id, person_id)
    else:
        services.announced.keep(account.id, person_id, coming.told())


def news_of(
    services: Services,
    account: AccountId,
    person: Subscriber,
    before: Announced,
    rules: Rules,
    belongs_to: tuple[Membership, ...],
    *,
    now: datetime,
) -> News | None:
    """Return what is new for somebody who holds nothing and was told this before; nothing is read."""
    if person.suspended_at is not None or person.password is None or person.must_set_up:
        return None
    lasting, today = (
        coming_of(services, account, person, rules, belongs_to, now=now, lasting=is_lasting)
        for is_lasting in (True, False)
    )
    found = News(before, lasting, today)
    return found if _is_new(found, now=now) else None


def _is_new(found: News, *, now: datetime) -> bool:
    """Say whether the day that somebody was told is not theirs any more; one that lies behind comes no sooner."""
    if found.lasting is None or found.today is None or superseded(found.lasting, found.before) is not None:
        return True
    return found.lasting.told().last_day < found.before.last_day and found.before.last_day > now


def tell_news(services: Services, account: Account, one: Addressee, found: News, *, now: datetime) -> None:
    """Mail it to one person, in the transaction of a caller who is alone with them."""
    if found.lasting is None or found.today is None:
        said: JsonObject = {
            "former_at": to_micros(found.before.last_day),
            "url": f"{account.base_url}{paths.SECURITY}",
        }
        tell(services, account, one, CALLED_OFF, said, now=now)
        services.announced.drop(account.id, one.id)
        return
    former = superseded(found.lasting, found.before)
    said = what_to_say(_LATER, found.today, now=now, instead_of=former)
    link = set_up_link.make(services, account, one.id, now=now, wanted_by=found.lasting.told().last_day)
    tell(services, account, one, WANTED, {**said, **link}, now=now)
    services.announced.keep(account.id, one.id, found.lasting.told(found.before.reminded_at))


def _who_is_asked(rules: Rules, *, now: datetime) -> JsonObject:
    """Return all by which rules say who is asked, and from when on; no group that does neither."""
    shown: JsonObject = {one.value: _dates(rules.for_(one).required) for one in Audience}
    for group_id, group in rules.groups.items():
        until = group.extra.exempt_until
        exempt_until = None if until is None or until <= now else to_micros(until)
        dates = _dates(group.extra.required)
        if dates is not None or exempt_until is not None:
            shown[group_id] = [dates, exempt_until, [*sorted(group.domains)], [*sorted(group.roles)]]
    return shown


def _dates(required: Requirement | None) -> JsonObject | None:
    return None if required is None else body_of(required)
