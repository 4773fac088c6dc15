"""Telling everybody whose second factor became dormant, because a requirement ended: in chunks, each person once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import JobId, PersonId
from twofold.core.json import object_in, text_in
from twofold.core.roles import Audience, Role, audience_of
from twofold.ports.outbox import Message
from twofold.store.rows import many, marks

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.delivery.worker import Needs
    from twofold.ports.accounts import Account
    from twofold.store.jobs import Job
    from twofold.store.rows import Row

CHUNK: Final = 200
_EMAIL: Final = "email"
_PEOPLE: Final = """
    SELECT id, email, name, locale, time_zone FROM person
    WHERE account = %s AND id > %s AND role IN ({roles}) AND suspended_at IS NULL AND NOT chosen
      AND EXISTS (SELECT 1 FROM enrolment e WHERE e.account = person.account AND e.person_id = person.id)
    ORDER BY id LIMIT {chunk}
"""


def tell_dormant(needs: Needs, job: Job, *, now: datetime) -> None:
    """Put the mails of one chunk, and the job for the next one, in one transaction with the end of this one.

    Whoever lost the lease writes nothing.
    """
    account = needs.accounts.by_id(job.account)
    audience = Audience(text_in(job.body, "audience"))
    roles = [role.value for role in Role if audience_of(role) is audience]
    statement = _PEOPLE.format(roles=marks(len(roles)), chunk=CHUNK)
    with needs.transactions.begin():
        if not needs.jobs.done(job, at=now) or account is None:
            return
        people = many(statement, [job.account, text_in(job.body, "after"), *roles])
        for person in people:
            needs.outbox.put(job.account, _message(needs, job, account, person, now=now))
        if len(people) == CHUNK:
            needs.jobs.add(
                job.account,
                id=JobId(needs.entropy.new_id()),
                kind=job.kind,
                body={**job.body, "after": people[-1][0]},
                run_at=now,
                put_at=now,
            )


def _message(needs: Needs, job: Job, account: Account, person: Row, *, now: datetime) -> Message:
    person_id, email, name, locale, time_zone = person
    return Message(
        id=JobId(needs.entropy.new_id()),
        channel=_EMAIL,
        to=email,
        template=text_in(job.body, "template"),
        params={"account": account.name, "name": name, **object_in(job.body, "params")},
        locale=locale or account.locale,
        time_zone=time_zone or account.time_zone,
        person_id=PersonId(person_id),
        put_at=now,
        send_at=now,
    )
