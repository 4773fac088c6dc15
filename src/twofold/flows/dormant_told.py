"""Telling everybody whose second factor became dormant, because a requirement ended: in chunks, each person once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from twofold.core.json import flag_in, int_in, optional, text_in
from twofold.flows import later, paths
from twofold.flows.everybody import Chunk, tell_chunk
from twofold.flows.journal import tell
from twofold.flows.report_lines import Judge
from twofold.ports.jobs import TELL_DORMANT

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.outbox import Addressee
    from twofold.ports.services import Services

CHUNK: Final = 100
REQUIREMENT_ENDED: Final = "requirement_ended"


def put(services: Services, account: Account, number: int, *, end_users: bool, now: datetime) -> None:
    """Put the job that tells what ended with policy `number`, to the team or to everybody, in the caller's transaction.

    It judges each person by that policy and the one before; the caller says no more than that some requirement ended.
    """
    later.put(services, account.id, TELL_DORMANT, {"number": number, "end_users": end_users, "after": ""}, now=now)


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Chunk | None:
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
    return Chunk(
        policy=current.number,
        people=tuple(
            one
            for one in walked
            if one.suspended_at is None and one.methods and was.standing(one).asked and stands.standing(one).dormant
        ),
        behind=walked[-1].id if len(walked) == CHUNK else "",
    )


def tell_part(services: Services, account: Account, body: JsonObject, part: Chunk | None, *, now: datetime) -> None:
    """Put the mails of one chunk and the job for the next, in the caller's transaction."""
    if part is not None:
        each = partial(tell_one, services, account, now=now)
        tell_chunk(services, account, (TELL_DORMANT, body), part, each, now=now)


def tell_one(services: Services, account: Account, person: Addressee, *, now: datetime) -> None:
    """Mail one person that they are no longer asked, in the caller's transaction."""
    tell(services, account, person, REQUIREMENT_ENDED, {"url": f"{account.base_url}{paths.SECURITY}"}, now=now)
