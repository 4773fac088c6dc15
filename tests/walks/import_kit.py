"""What walks need about imports: sending a file, letting it be read, and a part at a time."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

from twofold.delivery.people_import import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk
    from twofold.store.jobs import Job

PAGE = "/admin/people/import"
HEAD = "email,name,role,groups"


def send(browser: Browser, content: bytes | str | Iterable[str], *, name: str = "people.csv") -> Page:
    """Send a file as the page's form does; lines become one with its ends."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else "\r\n".join(content)).encode()
    file = io.BytesIO(content)
    file.name = name
    browser.get(PAGE)
    return browser.submit({"file": file}, having="file")


def lease(desk: Desk, kind: str) -> Job:
    """Take the next job of an import, as a worker does; what else is due comes again when its lease is over."""
    jobs = desk.services.jobs
    while (job := jobs.lease_next(desk.clock.now(), timedelta(minutes=2))) is not None:  # type: ignore[attr-defined]  # the worker's side of the store
        if job.kind == kind:
            found: Job = job
            return found
    raise AssertionError(f"nothing to {kind}")


def step(desk: Desk, kind: str) -> None:
    """Do one part of an import and nothing else."""
    PARTS[kind](desk.worker_needs(), lease(desk, kind))


def read(desk: Desk, browser: Browser, content: bytes | str | Iterable[str], *, name: str = "people.csv") -> Page:
    """Send a file, let it be read, and look at what it would do."""
    send(browser, content, name=name)
    assert browser.page.path.startswith(f"{PAGE}/"), browser.page.text
    desk.mails()
    return browser.get(browser.page.path)


def emails_of(desk: Desk) -> set[str]:
    found = desk.services.people.page(desk.account.id, size=10_000)
    return {row.email for row in found.rows}


def wrong_rows(page: Page) -> dict[int, str]:
    """Return the lines with errors, and what is said of each."""
    _, _, table = page.html.partition('id="errors"')
    rows = table.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    cells = [[cell.partition(">")[2].partition("<")[0] for cell in row.split("<t")[1:]] for row in rows]
    return {int(line): problem for line, problem, *_ in cells}
