"""Calls for help from an unfinished sign-in: whoever proved the password asks, and those who can help are told.

Nobody who has not proved the password gets this far, so a call tells a stranger nothing. It does not say who calls:
somebody with a stolen password can call, too. That is for the helper's second question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.helping import CALL_LIVES
from twofold.core.ids import HelpCallId
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, Permission, Role, audience_of, has_permission, may_read
from twofold.core.typed import CROCKFORD
from twofold.flows import help_limits, paths
from twofold.flows.help_limits import Counted
from twofold.flows.journal import record
from twofold.flows.notices import listening, warn
from twofold.flows.outcomes import Done, Ended, Gone, Refuse
from twofold.flows.person_change import alone_with
from twofold.flows.telling_many import tell_all
from twofold.flows.under_way import read
from twofold.ports.attempts import Purpose
from twofold.ports.helping import HelpCall
from twofold.ports.pages import Page, T

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.helping import Place
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_REFERENCE: Final = 6
_LOWEST: Final = 10
_NUMBERS: Final = 90
"""From 10 to 99: no number begins with a nought that somebody leaves out."""
PAGE_SIZE: Final = 50
COUNTED_MOST: Final = 1000
"""Open calls and requests are counted so far; of more it is said that there are more."""
MAY_CALL_FROM: Final = frozenset({Purpose.SIGN_IN})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """One open call as helpers see it; `person` is None when they were removed meanwhile."""

    call: HelpCall
    person: Subscriber | None

    @property
    def is_in_since(self) -> bool:
        """Whether the person signed in after they called."""
        at = self.person.last_sign_in_at if self.person else None
        return at is not None and at > self.call.called_at


@dataclass(frozen=True, slots=True)
class OpenPage(Page[T]):
    """Some of what is open, and how many there are in all; they are counted up to one more than COUNTED_MOST."""

    count: int = 0


def mine(services: Services, visit: Visit, attempt_token: str) -> HelpCall | None:
    """Return the open call of this unfinished sign-in, for the page of whoever called. Writes nothing."""
    now = services.clock.now()
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return None
    found = services.help_calls.of_attempt(visit.account.id, under_way.attempt.id)
    return found if found is not None and _is_open(found, now) else None


def call(services: Services, visit: Visit, attempt_token: str, place: Place) -> HelpCall | Refuse | Ended:
    """Call for help; a second press shows the same call. Refused with `SENT_ENOUGH` when there were too many."""
    now = services.clock.now()
    account = visit.account
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return Ended()
    attempt, person = under_way.attempt, under_way.person
    if attempt.purpose not in MAY_CALL_FROM:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    with services.transactions.begin():
        alone_with(services, account.id, person.id)
        # Of two presses at once one writes the attempt; the other finds its call.
        if not services.attempts.replace(account.id, attempt, replace(attempt, last_step_at=now)):
            there = services.help_calls.of_attempt(account.id, attempt.id)
            return there if there is not None and _is_open(there, now) else Ended()
        there = services.help_calls.of_attempt(account.id, attempt.id)
        if there is not None and _is_open(there, now):
            return there
        shut = help_limits.spend(services, account.id, Counted.CALLS, person.id, now=now)
        if shut is not None:
            return Refuse(because=shut)
        random = services.entropy.bytes(_REFERENCE + 1)
        made = HelpCall(
            id=HelpCallId(services.entropy.new_id()),
            reference=_reference(random[:_REFERENCE]),
            number=str(_LOWEST + random[-1] % _NUMBERS),
            person_id=person.id,
            attempt_id=attempt.id,
            place=place,
            called_at=now,
            address=visit.address,
            browser=visit.browser_name,
        )
        services.help_calls.add(account.id, made)
        record(
            services,
            visit,
            "help.called",
            now=now,
            person=person.id,
            detail={"reference": made.reference, "place": made.place.value},
        )
        warn(
            services,
            account,
            person,
            "help_call_confirmed",
            {"reference": made.reference, "from": visit.address},
            now=now,
        )
        _tell_helpers(services, visit, person, made, now=now)
    return made


def open_ones(services: Services, visit: Visit, me: SignedIn, *, after: str = "") -> OpenPage[OpenCall]:
    """Return the open calls that this helper may look at, the newest first: agents see those of end users."""
    if not may_look(me):
        return OpenPage()
    since = services.clock.now() - CALL_LIVES
    account, end_users = visit.account.id, not may_read(me.person.role, Permission.EDIT_PEOPLE)
    page = services.help_calls.open_page(account, since=since, end_users=end_users, after=after, size=PAGE_SIZE)
    people = services.people.by_ids(account, (one.person_id for one in page.rows))
    return OpenPage(
        rows=tuple(OpenCall(call=one, person=people.get(one.person_id)) for one in page.rows),
        after=page.after,
        count=services.help_calls.count_open(account, since=since, end_users=end_users, most=COUNTED_MOST + 1),
    )


def close(services: Services, visit: Visit, me: SignedIn, call_id: HelpCallId) -> Done | Gone | Refuse:
    """Take a call off the list: it was answered outside, or was none."""
    found = services.help_calls.by_id(visit.account.id, call_id)
    if found is None:
        return Gone()
    person = services.people.by_id(visit.account.id, found.person_id)
    if person is None or not may_help_people(me, person):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    now = services.clock.now()
    with services.transactions.begin():
        _close(services, visit, me, found, now=now)
    return Done()


def close_all(services: Services, visit: Visit, me: SignedIn, person: PersonId, *, now: datetime) -> None:
    """Take every call of a person off the list, in the caller's transaction: they were helped."""
    since = now - CALL_LIVES
    while found := services.help_calls.open_ones(visit.account.id, person, since=since):
        for one in found:
            _close(services, visit, me, one, now=now)


def may_look(me: SignedIn) -> bool:
    """Tell whether somebody sees calls at all: by role, or as an agent who may help end users."""
    return may_read(me.person.role, Permission.EDIT_PEOPLE) or helps_end_users(me.person)


def may_help_people(me: SignedIn, person: Subscriber) -> bool:
    """Tell whether somebody may open the help page of this person; the table judges each act."""
    if has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return True
    return helps_end_users(me.person) and person.role is Role.END_USER


def helps_end_users(person: Subscriber) -> bool:
    """Tell whether this is an agent who was let help end users sign in."""
    return person.role is Role.AGENT and person.helps_since is not None


def _close(services: Services, visit: Visit, me: SignedIn, one: HelpCall, *, now: datetime) -> None:
    if services.help_calls.close(visit.account.id, one.id, by=me.person.id, at=now):
        record(
            services,
            visit,
            "help.call_closed",
            now=now,
            person=one.person_id,
            actor=me.person.id,
            detail={"reference": one.reference},
        )


def _is_open(one: HelpCall, now: datetime) -> bool:
    return one.closed_at is None and now < one.called_at + CALL_LIVES


def _reference(random: bytes) -> str:
    """Return a number for the call that can be read aloud; it opens nothing."""
    letters = "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in random)
    return f"{letters[: _REFERENCE // 2]}-{letters[_REFERENCE // 2 :]}"


def _tell_helpers(services: Services, visit: Visit, person: Subscriber, made: HelpCall, *, now: datetime) -> None:
    account = visit.account
    audience = audience_of(person.role)
    # The team has a count of its own: a few stolen passwords of end users must not keep its calls from being heard.
    if help_limits.spend(services, account.id, Counted.CALL_MAILS, audience.value, now=now) is not None:
        return
    helpers = listening(_helpers(services, account.id, person), "help_called")
    params: JsonObject = {
        "who": person.name or person.email,
        "email": person.email,
        "reference": made.reference,
        "number": made.number,
        "from": visit.address,
        "url": f"{account.base_url}{paths.person(person.id)}/help?call={made.id}",
    }
    tell_all(services, account, helpers, "help_called", params, now=now, expires_at=now + timedelta(hours=1))


def _helpers(services: Services, account: AccountId, person: Subscriber) -> Sequence[Subscriber]:
    """Return who can answer a call of this person."""
    roles = [Role.OWNER, Role.ADMIN]
    if audience_of(person.role) is Audience.END_USERS:
        roles.append(Role.AGENT)
    return [one for one in services.people.with_roles(account, roles, helping=True) if one.id != person.id]
