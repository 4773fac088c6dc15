"""How texts are sent: the provider that an owner names, where texts may go, and the test text that is typed back.

What the environment says stands over the provider; whoever calls knows whether it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core import texts
from twofold.core.ids import JobId
from twofold.core.json import as_text, int_in, list_in, text_in
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, audience_of, has_permission, may_read
from twofold.core.sent_codes import SMS as LIMITS
from twofold.core.texts import DEFAULT_BUDGET, MOST_BUDGET, PROVIDERS, Provider, Sender, Unfit
from twofold.factors.contract import SMS
from twofold.flows import journal, prove, sending, typed_back
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.outbox import SendState
    from twofold.ports.services import Services

KEPT: Final = "sms"
"""The name under which the provider is kept, with the countries and the budget."""
TEST: Final = "sms_test"
"""The name under which the test is kept: codes that were sent, where to, and when one came back."""
_FIELDS: Final = ("address", "method", "headers", "body", "user", "sender", "says")
_SECRET_ASKED: Final = frozenset({"secret", "basic"})


@dataclass(frozen=True, slots=True)
class BadSender:
    """What is wrong, by the name of the field."""

    problems: dict[str, Unfit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was typed: `sender` is None for nobody, its secret "" to leave the stored one alone."""

    sender: Sender | None
    countries: frozenset[str]
    budget_a_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestView:
    """The newest test text: where it went, masked, when, and how far it got."""

    sent_to: str
    sent_at: datetime
    state: SendState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsView:
    """What the page shows: never the secret, only whether there is one."""

    sender: Sender | None
    has_secret: bool
    countries: frozenset[str]
    budget_a_day: int
    sent_today: int
    version: int
    proved_at: datetime | None
    test: TestView | None


def look(services: Services, visit: Visit, me: SignedIn) -> SmsView | Refuse:
    """Return the provider, where texts may go, and how the test stands."""
    if not may_read(me.person.role, Permission.EDIT_MAIL):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    kept, version = services.kept.load(account, KEPT)
    test, _ = services.kept.load(account, TEST)
    sender = _sender(kept)
    return SmsView(
        sender=None if sender is None else replace(sender, secret=""),
        has_secret=sender is not None and bool(sender.secret),
        countries=_countries(kept),
        budget_a_day=int_in(kept, "budget_a_day") if kept else DEFAULT_BUDGET,
        sent_today=sending.texts_today(services, account, now=services.clock.now()),
        version=version,
        proved_at=typed_back.proved_at(test),
        test=_test(services, visit, test),
    )


def is_proved(services: Services, visit: Visit) -> bool:
    """Tell whether a test text came back since the provider was last changed."""
    return typed_back.proved_at(services.kept.load(visit.account.id, TEST)[0]) is not None


def is_used_up(services: Services, visit: Visit) -> bool:
    """Tell whether no more texts go out today, because the budget is used up."""
    account = visit.account.id
    used = sending.texts_today(services, account, now=services.clock.now())
    return used >= services.texts.limits(account).budget_a_day


def save(
    services: Services, visit: Visit, me: SignedIn, wish: Wish, *, version: int
) -> Done | BadSender | NeedsProof | Conflict | Refuse:
    """Keep another provider, other countries or another budget, after fresh proof.

    Whoever names the provider reads every code that is texted. Where who sends is another, the test has to be passed
    anew.
    """
    if not has_permission(me.person.role, Permission.EDIT_MAIL):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    kept, present = services.kept.load(account, KEPT)
    before = _sender(kept)
    sender, problems = _with_secret(wish.sender, before)
    if problems:
        return BadSender(problems)
    if present != version:
        return Conflict()
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    new = _kept(sender, wish)
    now = services.clock.now()
    with services.transactions.begin():
        # The test goes first: a test that has to be passed again does no harm where the rest is not written.
        if sender != before and not typed_back.forget(services, account, TEST):
            return Conflict()
        if not services.kept.replace(account, KEPT, new, version=version):
            return Conflict()
        journal.record(
            services,
            visit,
            "sms.changed",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"before": _told(kept, before), "after": _told(new, sender)},
        )
    return Done()


def send_test(services: Services, visit: Visit, me: SignedIn, typed: str) -> Done | Conflict | Refuse:
    """Text a code to a number, within every limit that texts have; the refusal says what keeps it from being sent."""
    if not has_permission(me.person.role, Permission.EDIT_MAIL):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    if not services.outbox.can_send(account, SMS):
        return Refuse(because=Refusal(No.CANNOT_SEND))
    number = services.texts.number(account, typed)
    if isinstance(number, Refusal):
        return Refuse(because=number)
    now = services.clock.now()
    message = JobId(services.entropy.new_id())
    test, version = services.kept.load(account, TEST)
    code, new = typed_back.issue(
        services, account, TEST, test, LIMITS, now=now, to=texts.mask(number), message=str(message)
    )
    parcel = sending.Parcel(
        channel=SMS, to=number, purpose=sending.TEST, is_proved=False, audience=audience_of(me.person.role)
    )
    with services.transactions.begin():
        shut = sending.spend(services, account, me.person.id, parcel, now=now)
        if shut is not None:
            return Refuse(because=shut)
        if not services.kept.replace(account, TEST, new, version=version):
            return Conflict()
        journal.tell(
            services,
            visit.account,
            me.person,
            "test",
            {"code": code},
            now=now,
            to=number,
            expires_at=now + LIMITS.life,
            message=message,
            channel=SMS,
        )
        journal.record(services, visit, "sms.test_sent", now=now, person=me.person.id, actor=me.person.id)
    return Done()


def confirm_test(services: Services, visit: Visit, me: SignedIn, text: str) -> Done | Conflict | Refuse:
    """Take the code that came back: texts arrive."""
    return typed_back.record_arrival(services, visit, me, text, "sms.proved", name=TEST, limits=LIMITS)


def _with_secret(wished: Sender | None, before: Sender | None) -> tuple[Sender | None, dict[str, Unfit]]:
    """Return the sender with the secret that it goes out with, and what is wrong.

    The stored secret stays where it was typed for: else whoever may name a provider could name one of their own, or
    have it sent as the text, and be told what nobody may read here.
    """
    if wished is None:
        return None, {}
    if not _asks_for_secret(wished):
        wished = replace(wished, secret="")
    elif not wished.secret and before is not None and before.secret:
        if not texts.is_same_secret(wished, before):
            return wished, {**texts.problems(replace(wished, secret=before.secret)), "secret": Unfit.SECRET_AGAIN}
        wished = replace(wished, secret=before.secret)
    return wished, texts.problems(wished)


def _asks_for_secret(sender: Sender) -> bool:
    asked = {*texts.placeholders(sender.address + sender.headers + sender.body)}
    return "secret" in PROVIDERS[sender.provider].needs or bool(asked & _SECRET_ASKED)


def _sender(kept: JsonObject) -> Sender | None:
    if not kept.get("provider"):
        return None
    fields = {name: text_in(kept, name) for name in (*_FIELDS, "secret")}
    return Sender(provider=Provider(text_in(kept, "provider")), **fields)


def _countries(kept: JsonObject) -> frozenset[str]:
    return frozenset(as_text(one, "a country") for one in list_in(kept, "countries")) if kept else frozenset()


def _kept(sender: Sender | None, wish: Wish) -> JsonObject:
    rest: JsonObject = {
        "countries": [*sorted(wish.countries)],
        "budget_a_day": max(1, min(MOST_BUDGET, wish.budget_a_day)),
    }
    if sender is None:
        return {"provider": "", **rest}
    fields: JsonObject = {name: getattr(sender, name) for name in (*_FIELDS, "secret")}
    return {"provider": sender.provider.value, **fields, **rest}


def _told(kept: JsonObject, sender: Sender | None) -> JsonObject:
    """Return what the audit log says: who and where to, and none of the fields in which somebody may hide a secret."""
    told: JsonObject = {name: kept[name] for name in ("countries", "budget_a_day") if name in kept}
    if sender is None:
        return {"provider": "", **told}
    host = texts.address_of(sender).partition("://")[2].partition("/")[0].partition("?")[0]
    return {"provider": sender.provider.value, "host": host, "user": sender.user, "sender": sender.sender, **told}


def _test(services: Services, visit: Visit, test: JsonObject) -> TestView | None:
    sent = typed_back.sent(test)
    if not sent:
        return None
    state = services.outbox.state(visit.account.id, JobId(text_in(test, "message")))
    return TestView(sent_to=text_in(test, "to"), sent_at=sent[-1], state=state)
