"""Four words to something on file: sent for a helper, read back by the caller, typed in by the helper."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from twofold.core import four_words, texts
from twofold.core.emails import mask
from twofold.core.helping import WORDS_LIVE, WORDS_TRIES, channels_for
from twofold.core.ids import JobId
from twofold.core.instants import to_micros
from twofold.core.json import text_in
from twofold.core.refusals import No, Refusal
from twofold.core.roles import OTHER_ACT_WITHIN, audience_of
from twofold.factors.contract import EMAIL, SMS, Challenge
from twofold.flows import challenges, sending
from twofold.flows.journal import record, tell
from twofold.flows.outcomes import Done, Refuse
from twofold.flows.person_change import alone_with
from twofold.flows.sending import Parcel
from twofold.flows.standing_of import as_factor_sees, mailed_counts
from twofold.flows.tries import ROUNDS
from twofold.ports.challenges import Live

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.helping import What
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.outbox import SendState
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_KIND: Final = "four_words"
_FOR: Final = "four_words"
_TEMPLATE: Final = "four_words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something on file that words may be sent to; `shown` is masked."""

    channel: str
    to: str = field(repr=False)
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsView:
    """Words that were sent for this helper and this person, as the page shows them."""

    channel: str
    shown: str
    sending: SendState | None
    until: datetime
    tries_left: int


def targets(
    services: Services, visit: Visit, person: Subscriber, held: Sequence[Enrolment], what: What, *, now: datetime
) -> tuple[Target, ...]:
    """Return what is on file, is not what was lost, and says something about who reads it.

    A mailbox that the password itself came out of, or an address that is new, says nothing more.
    """
    is_new = person.email_changed_at is not None and now < person.email_changed_at + OTHER_ACT_WITHIN
    mail_is_known = person.email_proved_at is not None and not is_new and mailed_counts(person, now=now)
    number = _number(services, visit, person, held, now=now)
    found = []
    for channel in channels_for(what, mail_is_known=mail_is_known, holds_number=bool(number)):
        if services.outbox.can_send(visit.account.id, channel):
            to = person.email if channel == EMAIL else number
            found.append(Target(channel=channel, to=to, shown=mask(to) if channel == EMAIL else texts.mask(to)))
    return tuple(found)


def look(services: Services, visit: Visit, me: SignedIn, person: Subscriber, *, now: datetime) -> WordsView | None:
    """Return what was sent in this session for this person and still lives. Writes nothing."""
    live = _live(services, visit, me, person, now=now)
    if live is None:
        return None
    message = live.shown.get("message")
    return WordsView(
        channel=text_in(live.shown, "channel"),
        shown=text_in(live.shown, "to"),
        sending=services.outbox.state(visit.account.id, JobId(message)) if isinstance(message, str) else None,
        until=live.expires_at,
        tries_left=max(0, WORDS_TRIES - live.tries),
    )


def send(
    services: Services, visit: Visit, me: SignedIn, person: Subscriber, target: Target, *, now: datetime
) -> Done | Refuse:
    """Send new words; earlier ones are void. Counted with the codes that this person is sent."""
    account = visit.account
    words = four_words.make(services.entropy.bytes(four_words.ENTROPY_BYTES))
    with services.transactions.begin():
        alone_with(services, account.id, person.id)
        parcel = Parcel(channel=target.channel, to=target.to, purpose=_FOR, audience=audience_of(person.role))
        shut = sending.spend(services, account.id, person.id, parcel, now=now)
        if shut is not None:
            return Refuse(because=shut)
        until = now + WORDS_LIVE
        message = tell(
            services,
            account,
            person,
            _TEMPLATE,
            {"words": words, "until": to_micros(until)},
            now=now,
            to=target.to,
            expires_at=until,
            channel=target.channel,
        )
        kept: JsonObject = {"person": person.id, "digest": _digest(services, me, words)}
        shown: JsonObject = {"channel": target.channel, "to": target.shown, "message": message}
        before = services.challenges.load(account.id, me.session.id, _KIND)
        live = Live(kept=kept, shown=shown, expires_at=until)
        version = before.version if before else 0
        if not services.challenges.replace(account.id, me.session.id, _KIND, person.id, live, version=version):
            return Refuse(because=Refusal(No.STALE))
        record(
            services,
            visit,
            "help.words_sent",
            now=now,
            person=person.id,
            actor=me.person.id,
            detail={"channel": target.channel},
        )
    return Done()


def judge(
    services: Services, visit: Visit, me: SignedIn, person: Subscriber, typed: str, *, now: datetime
) -> Live | Refusal:
    """Spend a try and compare; the live words come back when they were right, to be used up with the act.

    Refused with `EXPIRED` (none live), `TOO_MANY_TRIES` or `WRONG` (`left` says how many tries are).
    """
    account = visit.account.id
    tried: Live | None = None
    with services.transactions.begin():
        for _ in range(ROUNDS):
            live = _live(services, visit, me, person, now=now)
            if live is None:
                return Refusal(No.EXPIRED)
            if live.tries >= WORDS_TRIES:
                return Refusal(No.TOO_MANY_TRIES)
            more = replace(live, tries=live.tries + 1)
            if services.challenges.replace(account, me.session.id, _KIND, person.id, more, version=live.version):
                tried = replace(more, version=live.version + 1)
                break
    if tried is None:
        return Refusal(No.BUSY, at=now)
    if _digest(services, me, four_words.normalise(typed)) == text_in(tried.kept, "digest"):
        return tried
    with services.transactions.begin():
        record(services, visit, "help.words_refused", now=now, person=person.id, actor=me.person.id)
    return Refusal(No.WRONG, left=WORDS_TRIES - tried.tries)


def use(services: Services, visit: Visit, me: SignedIn, live: Live) -> bool:
    """Use right words up, in the caller's transaction: True for exactly one of several acts."""
    return services.challenges.drop(visit.account.id, me.session.id, _KIND, version=live.version)


def _live(services: Services, visit: Visit, me: SignedIn, person: Subscriber, *, now: datetime) -> Live | None:
    live = services.challenges.load(visit.account.id, me.session.id, _KIND)
    if live is None or live.expires_at <= now or text_in(live.kept, "person") != person.id:
        return None
    return live


def _digest(services: Services, me: SignedIn, words: str) -> str:
    return services.digests.keyed(_KIND, me.session.id, words)


def _number(services: Services, visit: Visit, person: Subscriber, held: Sequence[Enrolment], *, now: datetime) -> str:
    """Return the number that texts go to, as its factor would send to it; "" where there is none."""
    for one in held:
        factor = services.factors.get(one.kind)
        if factor is None or factor.channel != SMS:
            continue
        where = challenges.where(services, visit, person, factor)
        made = factor.challenge(where, as_factor_sees(held, one.kind), {}, now=now, entropy=services.entropy)
        if isinstance(made, Challenge) and made.send:
            return made.send[0].to
    return ""
