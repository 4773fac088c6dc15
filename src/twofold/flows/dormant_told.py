"""Telling everybody whose second factor became dormant, because a requirement ended: in chunks, each person once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.core.json import flag_in, int_in, optional, text_in
from twofold.flows import later, paths
from twofold.flows.everybody import Chunk, tell_chunk
from twofold.flows.journal import tell
from twofold.flows.report_lines import Judge
from twofold.ports.jobs import TELL_DORMANT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.core.standing import Standing
    from twofold.ports.accounts import Account
    from twofold.ports.outbox import Addressee
    from twofold.ports.people import Subscriber
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services

CHUNK: Final = 100
REQUIREMENT_ENDED: Final = "requirement_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Chunk):
    """Whom of one chunk to tell, and from when on each is asked again; None: nothing that is to come names them."""

    again_at: Mapping[PersonId, datetime | None]


def put(services: Services, account: Account, number: int, *, end_users: bool, now: datetime) -> None:
    """Put the job that tells what ended with policy `number`, to the team or to everybody, in the caller's transaction.

    It judges each person by that policy and the one before; the caller says no more than that some requirement ended.
    """
    later.put(services, account.id, TELL_DORMANT, {"number": number, "end_users": end_users, "after": ""}, now=now)


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Part | None:
    """Say whom of one chunk to tell; None where a policy is gone. Writes nothing.

    Whoever was asked until that policy and is not today, though they hold something: not who was exempt, who chose it,
    or whom another requirement names by now.
    """
    number = optional(int_in, body, "number")
    ended = None if number is None else services.policy.by_number(account.id, number)
    before = None if number is None else services.policy.by_number(account.id, number - 1)
    if ended is None or before is None:
        return None
    current = services.policy.current(account.id)
    walked = services.reports.walk(
        account.id,
        behind=text_in(body, "after"),
        end_users=flag_in(body, "end_users"),
        most=CHUNK,
        groups=bool(before.rules.groups or current.rules.groups),
    )
    was = Judge(before.rules, services.factors, now=ended.saved_at or now)
    stands = Judge(current.rules, services.factors, now=now)
    people = tuple(
        one
        for one in walked
        if one.suspended_at is None and one.methods and was.standing(one).asked and stands.standing(one).dormant
    )

    def asked_again(one: Surveyed) -> datetime | None:
        def stands_at(at: datetime) -> Standing:
            return Judge(current.rules, services.factors, now=at).standing(one)

        return asked_again_at(stands_at, one, current.rules, now=now)

    return Part(
        policy=current.number,
        people=people,
        again_at={one.id: asked_again(one) for one in people},
        behind=walked[-1].id if len(walked) == CHUNK else "",
    )


def tell_part(services: Services, account: Account, body: JsonObject, part: Part | None, *, now: datetime) -> None:
    """Put the mails of one chunk and the job for the next, in the caller's transaction."""
    if part is None:
        return

    def each(one: Surveyed) -> None:
        tell_them(services, account, one, part.again_at[one.id], now=now)

    tell_chunk(services, account, (TELL_DORMANT, body), part, each, now=now)


def asked_again_at(
    stands_at: Callable[[datetime], Standing], person: Subscriber | Surveyed, rules: Rules, *, now: datetime
) -> datetime | None:
    """Return when the first requirement begins that asks this person again; None without any."""
    own = person.own_rule.required if person.own_rule else None
    starts = {one.starts_at for one in (*rules.requirements, *((own,) if own else ()))}
    return next((at for at in sorted(starts) if at > now and stands_at(at).asked), None)


def tell_them(
    services: Services, account: Account, person: Addressee, again_at: datetime | None, *, now: datetime
) -> None:
    """Mail somebody that they are asked no longer, or until `again_at`, in the caller's transaction."""
    params: JsonObject = {
        "again_at": None if again_at is None else to_micros(again_at),
        "url": f"{account.base_url}{paths.SECURITY}",
    }
    tell(services, account, person, REQUIREMENT_ENDED, params, now=now)
