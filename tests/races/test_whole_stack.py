"""The same form sent fifty times at once, from several processes, through the whole stack, on both databases."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.races.crew import send
from tests.store.racing import PROCESSES, THREADS
from twofold.core.links import Purpose
from twofold.core.sent_codes import EMAIL
from twofold.core.sign_up import SignUp
from twofold.flows import links
from twofold.flows.person_change import alone_with
from twofold.flows.recovery_set import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.races.crew import Order
    from tests.store.racing import Racers
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

ALL = PROCESSES * THREADS
SESSION = "__Host-twofold_session"
BROWSER = "__Host-twofold_browser"


def order(browser: Browser, fields: dict[str, str], path: str = "", address: str = "") -> Order:
    """Return the form of the page that a browser shows as an order, filled in."""
    form = browser.page.form(having=next(iter(fields), ""))
    filled = {**dict(form.fields), **fields}
    return browser.origin, address or browser.address, browser.cookies, path or form.action or browser.page.url, filled


def race(
    racers: Racers, orders: Sequence[Order], *, may_be_busy: bool = False
) -> list[tuple[int, str, dict[str, str]]]:
    """Send the orders everywhere at once; no answer may be a fault, and only where it may be that all is taken."""
    answers = racers.race(send, orders)
    fine = {503} if may_be_busy else set()
    faults = [
        answer for answer in answers if not isinstance(answer, tuple) or (answer[0] >= 500 and answer[0] not in fine)
    ]
    assert not faults, faults[:3]
    return answers  # type: ignore[return-value]  # all are tuples, as was just seen


def at_the_passcode(desk: Desk, somebody: Somebody, **browser: str) -> Browser:
    """Return a browser that has proved the password."""
    here = desk.browser(**browser)
    desk.present_password(here, somebody)
    assert here.page.path == "/sign-in/passcode", here.page.text
    return here


@pytest.mark.security("SB1")
@pytest.mark.behaviour("B43")
def test_one_passcode_makes_one_session(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browsers = [at_the_passcode(desk, ann) for _ in range(5)]
    code = ann.app.code()
    answers = race(racers, [order(one, {"passcode": code}) for one in browsers])
    assert sum(SESSION in cookies for _, _, cookies in answers) == 1
    assert desk.sessions(ann) == 1
    assert len(desk.events("sign_in.admitted")) == 1


@pytest.mark.security("SB1", "SA2")
def test_one_passcode_opens_one_of_two_doors(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    within = desk.browser()
    # The racers' clock stands where the test's begins: what was proved before is not fresh there.
    desk.forward(minutes=-6)
    desk.present_password(within, ann)
    within.submit({"passcode": ann.app.code()})
    desk.forward(minutes=6)
    within.post("/profile/security/recovery-codes")
    proving = order(within, {"proof_passcode": ann.app.code()})
    outside = order(at_the_passcode(desk, ann), {"passcode": ann.app.code()})
    race(racers, [proving, outside])
    assert len(desk.events("proof.given")) + len(desk.events("sign_in.admitted")) == 2, "the first sign-in, and one"


@pytest.mark.security("SB2")
def test_one_link_to_set_up_is_followed_once(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example")
    desk.require()
    with desk.services.transactions.begin():
        url = links.make(desk.services, desk.account, Purpose.SET_UP_NOW, ann.id, now=desk.clock.now())
    browsers = [desk.browser() for _ in range(4)]
    for browser in browsers:
        browser.get(url)
    answers = race(racers, [order(browser, {"password": ann.password}) for browser in browsers])
    assert len(desk.events("set_up_link.followed")) == 1
    assert not any(SESSION in cookies for _, _, cookies in answers)
    assert sum("__Host-twofold_attempt" in cookies for _, _, cookies in answers) == 1


@pytest.mark.security("SB1")
def test_one_mailed_code_proves_the_mailbox_once(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit(press="go=set_up")
    code = str(desk.mails("mailbox_code", to=ann.email)[-1].params["code"])
    assert len(code) == EMAIL.digits
    race(racers, [order(browser, {"mailbox_code": code})])
    assert len(desk.events("mailbox.proved")) == 1


@pytest.mark.security("SB2", "SB5")
def test_the_same_recovery_code_signs_in_once(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browsers = [at_the_passcode(desk, ann) for _ in range(5)]
    code = ann.recovery_codes[0]
    answers = race(racers, [order(one, {"passcode": code}) for one in browsers])
    assert sum(SESSION in cookies for _, _, cookies in answers) == 1
    assert desk.services.recovery_codes.left(desk.account.id, ann.id).left == len(ann.recovery_codes) - 1


@pytest.mark.security("SB5")
def test_two_recovery_codes_at_once_are_both_used_up(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = at_the_passcode(desk, ann)
    orders = [order(browser, {"passcode": code}) for code in ann.recovery_codes[:2]]
    with ThreadPoolExecutor(1) as pool:
        with desk.services.transactions.begin():
            # Until both have found the sign-in open: whoever comes when it is over uses up nothing.
            alone_with(desk.services, desk.account.id, ann.id)
            racing = pool.submit(race, racers, orders)
            time.sleep(5)
        answers = racing.result()
    assert sum(SESSION in cookies for _, _, cookies in answers) == 1
    assert desk.services.recovery_codes.left(desk.account.id, ann.id).left == len(ann.recovery_codes) - 2


@pytest.mark.security("SB2")
def test_a_code_from_a_helper_signs_in_once(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    typed = "ABCD-EFGH-JKMN-PQRS"
    now = desk.clock.now()
    digest = digest_of(desk.services, ann.id, typed)
    desk.services.recovery_codes.put_helpers(desk.account.id, ann.id, digest, at=now, until=now + timedelta(hours=24))
    browsers = [at_the_passcode(desk, ann) for _ in range(5)]
    answers = race(racers, [order(one, {"passcode": typed}) for one in browsers])
    assert sum(SESSION in cookies for _, _, cookies in answers) == 1


@pytest.mark.security("SB2")
def test_a_link_that_resets_the_password_does_so_once(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example")
    now = desk.clock.now()
    with desk.services.transactions.begin():
        url = links.make(desk.services, desk.account, Purpose.PASSWORD_RESET, ann.id, now=now)
    browser = desk.browser()
    browser.get(url)
    while not browser.page.form().has("new_password"):
        browser.submit()
    orders = [order(browser, {"new_password": f"a new password number {n}"}) for n in range(ALL)]
    # So many new passwords are judged neither at once nor of one person.
    race(racers, orders, may_be_busy=True)
    assert len(desk.events("password.reset")) == 1


@pytest.mark.security("SB2")
def test_two_links_to_sign_up_make_one_person(desk: Desk, racers: Racers) -> None:
    desk.rules(lambda rules: replace(rules, sign_up=SignUp(is_open=True)))
    browsers = []
    for _ in range(2):
        browser = desk.browser()
        browser.get("/sign-up")
        browser.submit({"email": "nora@customer.example", "name": "Nora"})
        desk.forward(minutes=1)
        browsers.append(browser)
    for browser, mail in zip(browsers, desk.mails("sign_up"), strict=True):
        browser.get(str(mail.params["url"]))
    orders = [order(browsers[n % 2], {"new_password": f"a new password number {n}"}) for n in range(ALL)]
    answers = race(racers, orders, may_be_busy=True)
    assert sum(SESSION in cookies for _, _, cookies in answers) == 1
    assert len(desk.events("person.signed_up")) == 1
    assert len(desk.services.people.page(desk.account.id).rows) == 1


@pytest.mark.security("SB2")
def test_a_trusted_browser_rotates_once_and_its_series_lives(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann, trust=True)
    browser.sign_out()
    before = browser.cookies[BROWSER]
    browser.get("/sign-in")
    answers = race(racers, [order(browser, {"email": ann.email, "password": ann.password})])
    # Of so many at once some find the step shut; whoever was looked at was admitted without a passcode.
    admitted = [cookies for _, _, cookies in answers if SESSION in cookies]
    assert admitted
    assert len({cookies[BROWSER] for cookies in admitted} - {before}) == 1
    assert not desk.events("browser.series_ended")


@pytest.mark.security("SB3")
def test_five_hundred_wrong_passcodes_at_once_are_five_guesses(desk: Desk, racers: Racers) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browsers = [at_the_passcode(desk, ann, address=f"192.0.2.{n}") for n in range(1, 11)]
    right = {ann.app.code(ahead=timedelta(seconds=30 * step)) for step in range(-11, 12)}
    wrong = [code for code in (f"{n:06}" for n in range(600)) if code not in right]
    answered: Counter[int] = Counter()
    for first in range(0, 10 * ALL, ALL):
        orders = [order(browsers[n % len(browsers)], {"passcode": wrong[(first + n) % len(wrong)]}) for n in range(ALL)]
        answered.update(status for status, _, _ in race(racers, orders))
    assert answered.total() == 10 * ALL
    looked_at = [event for event in desk.events("second_factor.refused") if event.detail["because"] == "wrong"]
    assert 1 <= len(looked_at) <= 5
    assert desk.sessions(ann) == 0
