"""Codes by text and mail for walks: who holds them, what was sent where, and what is done with them step by step."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from twofold.core import emails
from twofold.core.ids import EnrolmentId
from twofold.ports.enrolments import Enrolment

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Mail, Somebody
    from twofold.core.json import JsonObject

NUMBER = "+436641234567"
ANOTHER = "+436647654321"
_SENDER: JsonObject = {
    "provider": "twilio",
    "address": "",
    "method": "POST",
    "headers": "",
    "body": "",
    "user": "AC00000000000000000000000000000000",
    "secret": "a secret of nobody",
    "sender": "Acme",
    "says": "",
}


def texts_go_to(desk: Desk, *countries: str, budget: int = 200) -> None:
    """Have texts sent to these countries, as an owner does on the page of text messages."""
    _, version = desk.services.kept.load(desk.account.id, "sms")
    value: JsonObject = {**_SENDER, "countries": [*countries], "budget_a_day": budget}
    assert desk.services.kept.replace(desk.account.id, "sms", value, version=version)


def give_phone(desk: Desk, somebody: Somebody, number: str = NUMBER, *, preferred: bool = False) -> None:
    """Enrol a number for a person."""
    _give(desk, somebody, "sms", {"number": number}, label=f"•••• {number[-4:]}", preferred=preferred)


def give_mailbox(desk: Desk, somebody: Somebody, *, preferred: bool = False) -> None:
    """Enrol the mailbox of a person."""
    _give(desk, somebody, "email", {}, label=emails.mask(somebody.email), preferred=preferred)


def _give(desk: Desk, somebody: Somebody, kind: str, state: JsonObject, *, label: str, preferred: bool) -> None:
    enrolment = Enrolment(
        id=EnrolmentId(desk.services.entropy.new_id()),
        person_id=somebody.id,
        kind=kind,
        label=label,
        state=state,
        strong=False,
        confirmed_at=desk.clock.now(),
        last_used_at=desk.clock.now(),
        preferred=preferred,
    )
    with desk.services.transactions.begin():
        assert desk.services.enrolments.add(desk.account.id, enrolment)


def sent(desk: Desk, to: str = NUMBER) -> list[Mail]:
    """Return the codes that were sent to a number or an address, oldest first."""
    return desk.mails("passcode", to=to)


def code(desk: Desk, to: str = NUMBER) -> str:
    """Return the newest code that a number or an address got."""
    return str(sent(desk, to)[-1].params["code"])


def wrong(right: str) -> str:
    """Return another code of that length."""
    return f"{(int(right) + 1) % 10 ** len(right):0{len(right)}}"


def turn_to(browser: Browser, kind: str) -> None:
    """Press "Try another way", and the button of one."""
    browser.get("/sign-in/other-way")
    form = next(
        form for form in browser.page.forms if form.action.endswith("/other-way") and ("kind", kind) in form.fields
    )
    browser.post(form.action, dict(form.fields))


def fail_what_waits(desk: Desk, because: str = "refused") -> int:
    """Let whatever waits fail for good, refused by the provider unless told; return how many messages that were."""
    jobs, count = desk.services.jobs, 0
    while (job := jobs.lease_next(desk.clock.now(), timedelta(minutes=2))) is not None:  # type: ignore[attr-defined]  # the worker's side of the store
        jobs.failed(job, at=desk.clock.now(), retry_at=None, because=because)  # type: ignore[attr-defined]  # as above
        count += 1
    return count


def to_choices(desk: Desk, browser: Browser, somebody: Somebody) -> None:
    """Go from where a set-up begins to the page that asks what is at hand."""
    if browser.page.path == "/sign-in/set-up":
        browser.submit(press="go=set_up")
    if browser.page.path == "/sign-in/set-up/mailbox":
        browser.submit({"mailbox_code": str(desk.mails("mailbox_code", to=somebody.email)[-1].params["code"])})
    assert browser.page.path == "/sign-in/set-up/choose", browser.page.text


def at_the_passcode(desk: Desk, somebody: Somebody) -> Browser:
    """Give the password in a browser that was never here, and be asked for a code."""
    browser = desk.browser()
    desk.present_password(browser, somebody)
    assert browser.page.path == "/sign-in/passcode", browser.page.text
    return browser


def things_on(page: Page) -> list[str]:
    """Return what the wizard offers to have at hand."""
    return re.findall(r'name="thing" value="(\w+)"', page.html)


def set_up_texts(desk: Desk, browser: Browser, number: str = NUMBER) -> Page:
    """Choose texts, type the number, and type the code that arrives there."""
    browser.submit({"thing": "texts"})
    browser.submit({"number": number})
    return browser.submit({"passcode": code(desk, number)}, having="passcode")


def begin_from_profile(browser: Browser) -> Page:
    """Begin to set up another way; asked for proof, leave that to the caller."""
    browser.get("/profile/security")
    return browser.post("/profile/security/set-up")
