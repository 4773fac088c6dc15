"""What walks need about codes that are sent: a provider of texts, numbers and mailboxes, and what arrived."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from twofold.core import emails
from twofold.core.ids import EnrolmentId
from twofold.core.texts import DEFAULT_BUDGET
from twofold.delivery.sms.house import KEPT
from twofold.ports.enrolments import Enrolment
from twofold.store.outbox import MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody
    from twofold.core.json import JsonObject

NUMBER = "+447400123456"
ANOTHER = "+436641234567"
COUNTRIES = ("GB", "AT")


def texts_work(desk: Desk, *, countries: Iterable[str] = COUNTRIES) -> None:
    """Name a provider, as an owner does; nothing is sent to it, because `desk.mails` stands for the worker."""
    kept: JsonObject = {
        "provider": "twilio",
        "address": "",
        "method": "POST",
        "headers": "",
        "body": "",
        "user": "AC1",
        "secret": "secret",
        "sender": "Acme",
        "says": "",
        "countries": [*countries],
        "budget_a_day": DEFAULT_BUDGET,
    }
    _, version = desk.services.kept.load(desk.account.id, KEPT)
    assert desk.services.kept.replace(desk.account.id, KEPT, kept, version=version)


def give_number(desk: Desk, somebody: Somebody, number: str = NUMBER, *, first: bool = False) -> None:
    """Enrol a number, as if it had been set up long ago; `first`: it is asked for before others."""
    _give(desk, somebody, "sms", {"number": number}, f"•••• {number[-4:]}", first=first)


def give_mailbox(desk: Desk, somebody: Somebody, *, first: bool = False) -> None:
    """Enrol codes by mail."""
    _give(desk, somebody, "email", {}, emails.mask(somebody.email), first=first)


def _give(desk: Desk, somebody: Somebody, kind: str, state: JsonObject, label: str, *, first: bool) -> None:
    enrolment = Enrolment(
        id=EnrolmentId(desk.services.entropy.new_id()),
        person_id=somebody.id,
        kind=kind,
        label=label,
        state=state,
        strong=False,
        confirmed_at=desk.clock.now() - timedelta(hours=20),
        last_used_at=desk.clock.now() - timedelta(hours=20),
    )
    with desk.services.transactions.begin():
        assert desk.services.enrolments.add(desk.account.id, enrolment)
        if first:
            desk.services.enrolments.prefer(desk.account.id, somebody.id, enrolment.id)


def codes_to(desk: Desk, to: str) -> list[str]:
    """Return the codes that arrived at a number or an address, oldest first, read off the words of the message."""
    found = []
    for message in desk.mails("passcode", to=to):
        code = str(message.params["code"])
        assert re.search(rf"\b{code}\b", message.text)
        found.append(code)
    return found


def newest_to(desk: Desk, to: str) -> str:
    """Return the newest code that arrived there."""
    return codes_to(desk, to)[-1]


def fail_what_waits(desk: Desk) -> int:
    """Let the provider refuse for good whatever waits; return how many messages that were."""
    jobs, count = desk.services.jobs, 0
    while (job := jobs.lease_next(desk.clock.now(), timedelta(minutes=2))) is not None:  # type: ignore[attr-defined]  # the worker's side of the store
        assert job.kind == MESSAGE
        jobs.failed(job, at=desk.clock.now(), retry_at=None, because="refused")  # type: ignore[attr-defined]  # the worker's side of the store
        count += 1
    return count


def turn_to(browser: Browser, kind: str) -> Page:
    """Open the list of other ways from the passcode page, and choose this one."""
    browser.get("/sign-in/passcode")
    browser.click("Try another way")
    forms = [form for form in browser.page.forms if ("kind", kind) in form.fields]
    assert len(forms) == 1, f"{kind} is not offered: {browser.page.text}"
    return browser.post("/sign-in/other-way", {"kind": kind})


def to_choices(desk: Desk, browser: Browser, somebody: Somebody) -> Page:
    """Go from the first page of a set-up to the one that asks what is at hand."""
    browser.submit(press="go=set_up")
    if browser.page.path == "/sign-in/set-up/mailbox":
        browser.submit({"mailbox_code": str(desk.mails("mailbox_code", to=somebody.email)[-1].params["code"])})
    assert browser.page.path == "/sign-in/set-up/choose", browser.page.text
    return browser.page


def set_up_texts(desk: Desk, browser: Browser, number: str = NUMBER) -> Page:
    """Choose texts, type the number, and type the code that arrives there."""
    browser.submit({"thing": "texts"})
    browser.submit({"number": number})
    return browser.submit({"passcode": newest_to(desk, number)}, having="passcode")


def set_up_mail(desk: Desk, browser: Browser, somebody: Somebody) -> Page:
    """Choose mail, and type the code that arrives."""
    browser.submit({"thing": "mail"})
    return browser.submit({"passcode": newest_to(desk, somebody.email)}, having="passcode")


def things_on(page: Page) -> list[str]:
    """Return what the wizard offers to have at hand."""
    return re.findall(r'name="thing" value="(\w+)"', page.html)


def wrong(code: str) -> str:
    """Return another code of that length."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def begin_from_profile(browser: Browser) -> Page:
    """Begin to set up another way; asked for proof, leave that to the caller."""
    browser.get("/profile/security")
    return browser.post("/profile/security/set-up")
