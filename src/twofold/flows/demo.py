"""What a demo knows beside the product: everybody's password and paper codes, and one phone that plays all phones.

All of it is kept, sealed, in the settings of the account. Only `commands/demo_data.py` begins it, and
only for a data folder that was born as a demo; elsewhere every function here finds nothing and writes nothing.
"""

from __future__ import annotations

from base64 import b32decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.instants import to_micros
from twofold.core.json import JsonObject, as_object, as_text, flag_in, instant_or_null, list_in, object_in, text_in
from twofold.core.passcodes import PERIOD, hotp, time_step
from twofold.core.roles import Role
from twofold.flows import set_up
from twofold.flows.outcomes import Conflict, Done, Gone
from twofold.flows.set_up import Offered, SetUpView
from twofold.flows.standing_of import standing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from twofold.core.json import JsonValue
    from twofold.core.standing import Standing
    from twofold.flows.visit import Visit
    from twofold.ports.accounts import Account
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

BIRTH: Final = "demo_birth"
KEPT: Final = "demo"
MOST_ENTRIES: Final = 100
"""Entries that the phone holds; the oldest goes first."""
_SHOWN_OF_ROLE: Final = 50
_ORDER: Final = (Role.OWNER, Role.ADMIN, Role.AUDITOR, Role.AGENT, Role.END_USER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One invented person: the password in clear, the stored hash it belongs to, and the recovery codes on paper.

    `codes_made_at` says which set the paper is of; once another was made, the paper is worth nothing.
    """

    password: str = field(repr=False)
    stored: str = field(repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    codes_made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the phone's authenticator app."""

    issuer: str
    label: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCode:
    """What the phone shows for an entry, and for how many more seconds."""

    issuer: str
    label: str
    passcode: str = field(repr=False)
    seconds_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """The phone: what its app holds. While it is lost, nothing of that can be read."""

    lost: bool
    codes: tuple[LiveCode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One person as the demo shows them.

    `held` is what they have set up, what is asked for first at the front.
    `password` is empty once it was changed, or for somebody who came later; `key` is that of an app they have enrolled,
    `number` the one to which codes are texted.
    """

    person: Subscriber
    standing: Standing
    password: str = field(repr=False)
    codes: tuple[str, ...] = field(repr=False)
    key: str = field(repr=False)
    number: str = field(repr=False)
    held: tuple[Enrolment, ...]


def give_birth(services: Services, account: Account) -> None:
    """Note for good that this account is a demo's; before its people are made."""
    services.kept.replace(account.id, BIRTH, {"at": to_micros(services.clock.now())}, version=0)


def was_born(services: Services, account: Account) -> bool:
    """Tell whether this account is a demo's, its people made or not."""
    return bool(services.kept.load(account.id, BIRTH)[0])


def begin(services: Services, account: Account, cast: dict[PersonId, Actor], entries: Sequence[Entry]) -> bool:
    """Keep the cast and what the phone holds; False when the demo has begun already."""
    actors: JsonObject = {
        person: {
            "password": actor.password,
            "stored": actor.stored,
            "codes": [*actor.codes],
            "codes_made_at": instant_or_null(actor.codes_made_at),
        }
        for person, actor in cast.items()
    }
    value: JsonObject = {"cast": actors, "phone": _phone_json(entries), "lost": False}
    return services.kept.replace(account.id, KEPT, value, version=0)


def has_begun(services: Services, account: Account) -> bool:
    """Tell whether this account is a demo's and its people are made."""
    return bool(services.kept.load(account.id, KEPT)[0])


def people(services: Services, account: Account) -> tuple[Shown, ...]:
    """Return who is not suspended, by role and name, owners first: the cast, and the first of each role."""
    value, _ = services.kept.load(account.id, KEPT)
    if not value:
        return ()
    cast = object_in(value, "cast")
    rules = services.policy.current(account.id).rules
    now = services.clock.now()
    # Whoever plays with an import may have thousands here.
    rows = [row for role in Role for row in services.people.page(account.id, role=role, size=_SHOWN_OF_ROLE).rows]
    there = services.people.by_ids(account.id, [*map(PersonId, cast), *(row.id for row in rows)]).values()
    found = sorted(
        (one for one in there if one.suspended_at is None), key=lambda one: (_ORDER.index(one.role), one.name)
    )
    shown = []
    for person in found:
        held = services.enrolments.held(account.id, person.id)
        actor = as_object(cast[person.id], "cast") if person.id in cast else {}
        is_same = bool(actor) and actor["stored"] == person.password
        shown.append(
            Shown(
                person=person,
                standing=standing_of(services, account.id, person, held, rules, now=now),
                password=text_in(actor, "password") if is_same else "",
                codes=_codes_on_paper(services, account, person.id, actor),
                key=_in_state(held, "key"),
                number=_in_state(held, "number"),
                held=held,
            )
        )
    return tuple(shown)


def _in_state(held: Sequence[Enrolment], name: str) -> str:
    """Return what the first enrolment that has such a thing keeps under this name; empty where none has."""
    found = (one.state.get(name) for one in held)
    return next((value for value in found if isinstance(value, str)), "")


def phone(services: Services, account: Account) -> Phone:
    """Return what the phone shows now, on the product's clock."""
    value, _ = services.kept.load(account.id, KEPT)
    if not value or flag_in(value, "lost"):
        return Phone(lost=bool(value), codes=())
    now = services.clock.now()
    step = time_step(now)
    left = PERIOD - int(now.timestamp()) % PERIOD
    return Phone(
        lost=False,
        codes=tuple(
            LiveCode(issuer=one.issuer, label=one.label, passcode=hotp(b32decode(one.key), step), seconds_left=left)
            for one in _entries(value)
        ),
    )


def scan(services: Services, visit: Visit, attempt_token: str) -> Entry | Gone | Conflict:
    """Take over the key that the wizard of this browser shows; Gone when it shows none, or the phone is lost."""
    view = set_up.look(services, visit, attempt_token)
    if not isinstance(view, SetUpView) or view.offered is None:
        return Gone()
    # What is pending is handed out again, and nothing is made.
    offered = set_up.offer(services, visit, attempt_token, view.offered)
    if not isinstance(offered, Offered) or not isinstance(offered.shown.get("key"), str):
        return Gone()
    entry = Entry(
        issuer=text_in(offered.shown, "issuer"),
        label=text_in(offered.shown, "label"),
        key=text_in(offered.shown, "key"),
    )

    def with_entry(value: JsonObject) -> JsonObject | None:
        if flag_in(value, "lost"):
            return None
        others = [one for one in _entries(value) if one.key != entry.key]
        return {**value, "phone": _phone_json([*others, entry][-MOST_ENTRIES:])}

    written = _change(services, visit.account, with_entry)
    return entry if isinstance(written, Done) else written


def lose(services: Services, account: Account) -> Done | Gone | Conflict:
    """Lose the phone: nothing it holds can be read until it is found."""
    return _change(services, account, lambda value: {**value, "lost": True})


def find(services: Services, account: Account) -> Done | Gone | Conflict:
    """Find the phone again, with all that it holds."""
    return _change(services, account, lambda value: {**value, "lost": False})


def buy(services: Services, account: Account) -> Done | Gone | Conflict:
    """Get a new phone, with nothing in it; the old one is gone for good."""
    return _change(services, account, lambda value: {**value, "lost": False, "phone": []})


def _change(
    services: Services, account: Account, changed: Callable[[JsonObject], JsonObject | None]
) -> Done | Gone | Conflict:
    value, version = services.kept.load(account.id, KEPT)
    new = changed(value) if value else None
    if new is None:
        return Gone()
    return Done() if services.kept.replace(account.id, KEPT, new, version=version) else Conflict()


def _codes_on_paper(services: Services, account: Account, person: PersonId, actor: JsonObject) -> tuple[str, ...]:
    made_at = services.recovery_codes.left(account.id, person).made_at
    if not actor or made_at is None or actor["codes_made_at"] != to_micros(made_at):
        return ()
    return tuple(as_text(code, "codes") for code in list_in(actor, "codes"))


def _entries(value: JsonObject) -> list[Entry]:
    read = [as_object(one, "phone") for one in list_in(value, "phone")]
    return [Entry(issuer=text_in(one, "issuer"), label=text_in(one, "label"), key=text_in(one, "key")) for one in read]


def _phone_json(entries: Sequence[Entry]) -> list[JsonValue]:
    return [{"issuer": one.issuer, "label": one.label, "key": one.key} for one in entries]
