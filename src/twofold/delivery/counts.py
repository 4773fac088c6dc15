"""Counting large audiences and groups: some thousand people at a time, so that mail goes out in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core.ids import JobId
from twofold.core.json import instant_in, int_in, object_in, text_in
from twofold.core.roles import Audience
from twofold.flows import counts
from twofold.flows.shut_out import ShutOut, among

if TYPE_CHECKING:
    from twofold.core.json import JsonObject
    from twofold.delivery.needs import Needs
    from twofold.ports.roll_out import Members
    from twofold.ports.services import Services
    from twofold.store.jobs import Job


def count_some(needs: Needs, job: Job) -> None:
    """Count the next AT_ONCE people, and put the job for those behind them, or keep the sums."""
    services = needs.services
    now = services.clock.now()
    name = text_in(job.body, "whose")
    whose = counts.named(services, job.account, name)
    # Of a group that means others by now only the parts to come would be of those.
    if whose is None or job.body.get("meant", {}) != counts.meant_by(whose):
        needs.jobs.done(job, at=now)
        return
    some, last = services.roll_out.tally_of_some(
        job.account, whose, now=now, behind=text_in(job.body, "behind"), most=counts.AT_ONCE
    )
    sums = counts.plus(counts.read(object_in(job.body, "sums")), some)
    days = _days(services, job, whose)
    shut_out = _shut_out(services, job, whose, up_to=last or "")
    with services.transactions.begin():
        if not needs.jobs.done(job, at=now):
            return
        if last is None:
            counts.keep(services, job.account, whose, sums, days, shut_out.to_json())
            return
        needs.jobs.add(
            job.account,
            id=JobId(services.entropy.new_id()),
            kind=job.kind,
            body={
                **job.body,
                "behind": last,
                "sums": counts.written(sums),
                "days": days,
                "shut_out": shut_out.to_json(),
            },
            run_at=now,
            put_at=now,
        )


def _shut_out(services: Services, job: Job, whose: Audience | Members, *, up_to: str) -> ShutOut:
    """Return those of before who are shut out, with those of the same people as the counts."""
    # A job that an earlier version put tells nothing of them.
    before = object_in(job.body, "shut_out") if "shut_out" in job.body else ShutOut().to_json()
    found = among(
        services,
        job.account,
        whose,
        services.policy.current(job.account).rules,
        now=services.clock.now(),
        behind=text_in(job.body, "behind"),
        up_to=up_to,
    )
    # Those of a group are listed nowhere.
    found = found if isinstance(whose, Audience) else replace(found, first=())
    return ShutOut.from_json(before).plus(found)


def _days(services: Services, job: Job, whose: Audience | Members) -> JsonObject:
    """Return the days of before with those of the same people as the counts; of a group none are told."""
    days = object_in(job.body, "days")
    if not isinstance(whose, Audience):
        return days
    found = services.roll_out.set_up_by_day(
        job.account,
        whose,
        since=instant_in(job.body, "since"),
        behind=text_in(job.body, "behind"),
        most=counts.AT_ONCE,
    )
    before = Counter({int(day): int_in(days, day) for day in days})
    return {str(day): number for day, number in (before + Counter(found)).items()}
