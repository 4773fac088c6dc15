"""`./run report FILE`: who has two-factor authentication on, as the same table that Admin Center makes."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from twofold.commands.house import account_of, open_house
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace

    from twofold.ports.accounts import Account
    from twofold.ports.reports import Report
    from twofold.ports.services import Services

_MODE = 0o600
STANDARD_OUTPUT = "-"


def run(given: Namespace) -> int:
    """Write the table, a part at a time however many people there are; Unfit when the file cannot be written."""
    _, services = open_house()
    account = account_of(services, given)
    # Imported here, as in every word: only this one needs it.
    from twofold.flows.report import new_report  # noqa: PLC0415

    policy = services.policy.current(account.id).number
    report = new_report(services, policy, now=services.clock.now(), end_users=given.include_end_users)
    if given.file == STANDARD_OUTPUT:
        _log(services, account, _write(services, account, report, sys.stdout.buffer))
        return 0
    target = Path(given.file)
    made = _write_file(services, account, report, target)
    _log(services, account, made)
    print(f"The table of {made.done} people is in {target}.")
    return 0


def _write_file(services: Services, account: Account, report: Report, target: Path) -> Report:
    """Write a new file that only its owner may read; what was begun and not finished is removed."""
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:
        raise Unfit(f"{target} exists, and is not overwritten.") from None
    except OSError as problem:
        raise Unfit(f"{target} cannot be written: {problem.strerror}.") from problem
    try:
        with os.fdopen(descriptor, "wb") as file:
            return _write(services, account, report, file)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _write(services: Services, account: Account, report: Report, file: BinaryIO) -> Report:
    from twofold.delivery.report import Lines  # noqa: PLC0415 -- needs Django set up
    from twofold.delivery.report_text import HEAD  # noqa: PLC0415

    done, size = 0, file.write(HEAD)
    for people, text in Lines(services, account, report).rounds(""):
        done += len(people)
        size += file.write(text)
    file.flush()
    return replace(report, done=done, of=done, size=size)


def _log(services: Services, account: Account, made: Report) -> None:
    """Record that it was made: nobody has to be reminded of what was just done."""
    from twofold.flows.journal import record_by_operator  # noqa: PLC0415
    from twofold.ports.reports import ReportState  # noqa: PLC0415

    now = services.clock.now()
    with services.transactions.begin():
        services.reports.add(account.id, replace(made, state=ReportState.READY, finished_at=now, expires_at=now))
        record_by_operator(
            services,
            account,
            "report.made",
            now=now,
            person=None,
            detail={"report": made.id, "people": made.done, "end_users": made.end_users},
        )
