"""Codes that an owner sends to themselves and types back: proof that mail or texts arrive.

They are no secret of anybody's sign-in, so their tries begin anew with each one. Kept under a name of their own: the
digests that were sent, when one came back, and what else the caller notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core import sent_codes, typed
from twofold.core.instants import to_micros
from twofold.core.json import instant_in, object_in, optional
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission
from twofold.core.sent_codes import SentCodes
from twofold.flows import journal
from twofold.flows.outcomes import Conflict, Done, Refuse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.core.sent_codes import Limits
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services


def proved_at(kept: JsonObject) -> datetime | None:
    """Return when a code came back; None: none has since the last change."""
    return optional(instant_in, kept, "proved_at")


def sent(kept: JsonObject) -> Sequence[datetime]:
    """Return when codes were sent, oldest first; none are left once one came back."""
    return [one.sent_at for one in _codes(kept).codes]


def issue(
    services: Services, account: AccountId, name: str, kept: JsonObject, limits: Limits, *, now: datetime, **noted: str
) -> tuple[str, JsonObject]:
    """Return a new code, and what is to be kept of it beside those before; `noted` is kept with it."""
    code = sent_codes.make_code(services.entropy.bytes(sent_codes.ENTROPY_BYTES), limits.digits)
    added = sent_codes.add(_codes(kept), _digest(services, account, name, code), now=now)
    return code, {"codes": SentCodes(added.codes[-limits.a_day :]).to_json(), "proved_at": None, **noted}


def record_arrival(
    services: Services, visit: Visit, me: SignedIn, text: str, kind: str, *, name: str, limits: Limits
) -> Done | Conflict | Refuse:
    """Take the code that came back, and record by an event of this kind that they arrive."""
    if not has_permission(me.person.role, Permission.EDIT_MAIL):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, now = visit.account.id, services.clock.now()
    outcome = _take(services, account, name, text, limits, now=now)
    if not isinstance(outcome, Done):
        return outcome
    proved: JsonObject = {"codes": SentCodes().to_json(), "proved_at": to_micros(now)}
    with services.transactions.begin():
        _, version = services.kept.load(account, name)
        if not services.kept.replace(account, name, proved, version=version):
            return Conflict()
        journal.record(services, visit, kind, now=now, person=None, actor=me.person.id)
    return Done()


def forget(services: Services, account: AccountId, name: str) -> bool:
    """Let the test have to be passed anew, in the present transaction; False: somebody else changed it meanwhile."""
    _, version = services.kept.load(account, name)
    return services.kept.replace(account, name, {}, version=version)


def _take(
    services: Services, account: AccountId, name: str, text: str, limits: Limits, *, now: datetime
) -> Done | Conflict | Refuse:
    digits = typed.digits_of(text[: typed.MAX_TYPED])
    if not digits:
        return Refuse(because=Refusal(No.UNREADABLE))
    kept, version = services.kept.load(account, name)
    spent = sent_codes.spend(_codes(kept))
    if not spent.codes:
        return Refuse(because=Refusal(No.EXPIRED))
    with services.transactions.begin():
        if not services.kept.replace(account, name, {**kept, "codes": spent.to_json()}, version=version):
            return Conflict()
    because = sent_codes.check(spent, _digest(services, account, name, digits), limits, now=now)
    return Done() if because is None else Refuse(because=because)


def _codes(kept: JsonObject) -> SentCodes:
    return SentCodes.from_json(object_in(kept, "codes")) if "codes" in kept else SentCodes()


def _digest(services: Services, account: AccountId, name: str, code: str) -> str:
    return services.digests.keyed(name, account, code)
