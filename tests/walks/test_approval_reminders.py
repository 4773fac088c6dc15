"""Those who may agree are reminded while nobody decided; and a role nobody gives alone is asked for when adding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.walks.helping import REASON, answer
from twofold.core.roles import Role
from twofold.flows import people_changes
from twofold.flows.outcomes import Conflict

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

NEW = "new@acme.example"


@pytest.fixture
def olga(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def adam(desk: Desk) -> Somebody:
    return desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)


@pytest.fixture
def ada(desk: Desk) -> Somebody:
    return desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True)


@pytest.fixture
def request_path(desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody) -> str:
    """Return the path of a request of Adam's about Aki."""
    aki = desk.add("aki@acme.example", Role.ADMIN, app=True, chosen=True)
    return answer(desk.sign_in(adam), aki, "lost").path


def reminded(desk: Desk) -> list[str]:
    return sorted(mail.to for mail in desk.mails("help_asked_again"))


def test_who_may_agree_is_reminded_after_4_and_20_hours(
    desk: Desk, olga: Somebody, ada: Somebody, request_path: str
) -> None:
    desk.forward(hours=3, minutes=59)
    assert not reminded(desk)
    desk.forward(minutes=2)
    assert reminded(desk) == sorted([olga.email, ada.email]), "neither who asked nor whom it is about"
    mail = desk.mails("help_asked_again", to=olga.email)[0]
    assert request_path in mail.text
    assert REASON in mail.text
    assert "nobody has decided yet" in mail.text
    desk.change(ada, suspended_at=desk.clock.now())
    desk.forward(hours=16)
    assert reminded(desk) == sorted([olga.email, olga.email, ada.email]), "only who could still agree"
    desk.forward(days=5)
    assert len(reminded(desk)) == 3


@pytest.mark.parametrize("how", ["approve", "refuse", "withdraw", "suspend"])
def test_nobody_is_reminded_of_what_is_decided(
    desk: Desk, olga: Somebody, adam: Somebody, request_path: str, how: str
) -> None:
    if how == "suspend":
        desk.change(adam, suspended_at=desk.clock.now())
    else:
        who = desk.sign_in(adam if how == "withdraw" else olga)
        who.post(f"{request_path}/{how}", {"go": how})
    desk.forward(hours=5)
    assert not reminded(desk)
    desk.forward(hours=30)
    assert not reminded(desk)


def test_the_operator_says_when_or_never(desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody) -> None:
    numbers = desk.services.numbers
    object.__setattr__(desk.services, "numbers", replace(numbers, helping=replace(numbers.helping, reminders=())))
    aki = desk.add("aki@acme.example", Role.ADMIN, app=True, chosen=True)
    assert answer(desk.sign_in(adam), aki, "lost").path.startswith("/admin/help/")
    desk.forward(hours=30)
    assert not reminded(desk)


def add(browser: Browser, role: Role, reason: str = "") -> None:
    browser.get("/admin/people/add")
    browser.submit({"name": "Nora New", "email": NEW, "role": role.value, "invite": "1"}, having="email")
    if reason:
        browser.submit({"reason": reason}, having="reason")


@pytest.mark.security("SE11")
def test_an_admin_adds_an_admin_with_another_ones_yes(desk: Desk, olga: Somebody, adam: Somebody) -> None:
    as_adam = desk.sign_in(adam)
    add(as_adam, Role.ADMIN)
    assert as_adam.page.status == 400
    assert "another owner or admin is asked to agree to the role" in as_adam.page.text
    assert desk.services.people.by_email(desk.account.id, NEW) is None, "nothing before a reason is given"

    as_adam.submit({"reason": "She leads the night shift"}, having="reason")

    assert "Added as an agent." in as_adam.page.text
    path = as_adam.page.path
    person = desk.services.people.by_email(desk.account.id, NEW)
    assert person is not None
    assert person.role is Role.AGENT
    assert [mail.to for mail in desk.mails("invitation")] == [NEW]
    (mail,) = desk.mails("help_asked")
    assert mail.to == olga.email
    assert "She leads the night shift" in mail.text
    assert as_adam.post(f"{path}/do", {"go": "do"}).status == 403, "not before somebody agreed"
    desk.sign_in(olga).post(f"{path}/approve", {"go": "approve"})
    as_adam.post(f"{path}/do", {"go": "do"})
    stored = desk.services.people.by_email(desk.account.id, NEW)
    assert stored is not None
    assert stored.role is Role.ADMIN


def test_what_needs_nobody_is_done_at_once(desk: Desk, olga: Somebody, adam: Somebody) -> None:
    as_owner = desk.sign_in(olga)
    add(as_owner, Role.ADMIN)
    person = desk.services.people.by_email(desk.account.id, NEW)
    assert person is not None
    assert person.role is Role.ADMIN
    assert not desk.mails("help_asked")


def test_a_request_for_somebody_who_is_there_already_adds_nothing(desk: Desk, olga: Somebody, adam: Somebody) -> None:
    desk.add(NEW)
    as_adam = desk.sign_in(adam)
    add(as_adam, Role.OWNER, "She founds a branch")
    assert "Somebody with this address is there already." in as_adam.page.text
    assert not desk.events("help.asked")


def test_whoever_is_added_and_cannot_be_asked_for_is_said_to_be_an_agent(
    desk: Desk, adam: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_adam = desk.sign_in(adam)
    monkeypatch.setattr(people_changes, "ask", lambda *_, **__: Conflict())
    fields = {"email": "nora@acme.example", "name": "Nora", "role": "admin", "reason": "She leads the night shift"}
    page = as_adam.post("/admin/people/add", fields)
    assert "Added as an agent. Nobody could be asked to agree to the role just now" in page.text
    nora = desk.services.people.by_email(desk.account.id, "nora@acme.example")
    assert nora is not None
    assert (page.path, nora.role) == (f"/admin/people/{nora.id}", Role.AGENT)
    assert not desk.events("help.asked")
    assert "Change the role to Admin" in page.text
