"""Admin Center > Account > Security > Sign-up: off by default, a part of the policy, told of when it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twofold.core.roles import Role
from twofold.core.sign_up import SignUp

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

PAGE = "/admin/account/security/sign-up"


@pytest.fixture
def olive(desk: Desk) -> Somebody:
    return desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def owner(desk: Desk, olive: Somebody) -> Browser:
    return desk.sign_in(olive)


def save(browser: Browser, *, is_open: bool = True, domains: str = "") -> Page:
    browser.get(PAGE)
    return browser.submit({"sign_up": "1" if is_open else None, "domains": domains}, having="domains")


def rule(desk: Desk) -> SignUp:
    return desk.services.policy.current(desk.account.id).rules.sign_up


def test_it_is_off_and_opened_here(desk: Desk, owner: Browser) -> None:
    page = owner.get("/admin/account/security")
    assert "open to" not in page.text
    owner.click("Sign-up")
    assert "checked" not in owner.page.form(having="domains").attributes("sign_up")
    assert "Saved." in save(owner).text
    assert rule(desk) == SignUp(is_open=True)
    assert f"People sign up at {desk.account.base_url}/sign-up." in owner.page.text
    assert "open to everybody" in owner.get("/admin/account/security").text
    assert desk.browser().get("/sign-up").status == 200


def test_domains_are_read_in_their_one_spelling(desk: Desk, owner: Browser) -> None:
    save(owner, domains="@Customer.Example\nb\u00fccher.example, customer.example")
    assert rule(desk) == SignUp(is_open=True, domains=("customer.example", "xn--bcher-kva.example"))
    assert "open to some domains" in owner.get("/admin/account/security").text
    # They stay while nobody is let in.
    save(owner, is_open=False, domains="customer.example")
    assert rule(desk) == SignUp(is_open=False, domains=("customer.example",))


@pytest.mark.parametrize(
    ("domains", "says"),
    [
        ("customer", "“customer” is no domain"),
        ("<script>", "is no domain"),
        (" ".join(f"d{number}.example" for number in range(51)), "Name 50 domains at most."),
    ],
)
def test_what_is_no_domain_is_told_and_nothing_is_saved(desk: Desk, owner: Browser, domains: str, says: str) -> None:
    page = save(owner, domains=domains)
    assert page.status == 400
    assert says in page.text
    assert "<script>" not in page.html
    assert "checked" in page.form(having="domains").attributes("sign_up")
    assert rule(desk) == SignUp()


def test_opening_it_is_mailed_and_recorded_and_can_be_put_back(desk: Desk, owner: Browser) -> None:
    desk.add("adam@acme.example", Role.ADMIN)
    save(owner, domains="customer.example")
    told = desk.mails("policy_weakened")
    assert sorted(mail.to for mail in told) == ["adam@acme.example", "olive@acme.example"]
    assert "More people may sign up as end users by themselves." in told[0].text
    assert f"{desk.account.base_url}{PAGE}" in told[0].text
    page = owner.get("/admin/account/audit?kind=policy.changed")
    assert "Sign-up > Open no yes" in page.text
    assert "Sign-up > Email domains nothing customer.example" in page.text
    # The same again, or less, is told to nobody.
    save(owner, domains="customer.example")
    save(owner, is_open=False)
    assert len(desk.mails("policy_weakened")) == 2
    page = owner.get("/admin/account/security/advanced/authentication")
    owner.post(f"{page.path}/restore", {"back_to": "1", "number": "2", "go": "save"})
    assert rule(desk) == SignUp(is_open=True, domains=("customer.example",))
    assert len(desk.mails("policy_weakened")) == 4


def test_saving_other_rules_leaves_it_alone(desk: Desk, owner: Browser) -> None:
    save(owner)
    owner.get("/admin/account/security/advanced/authentication")
    owner.submit({"require_team_members": "1"}, press="go=save", having="require_team_members")
    assert rule(desk) == SignUp(is_open=True)


def test_fresh_proof_is_asked_for_and_keeps_what_was_typed(desk: Desk, owner: Browser, olive: Somebody) -> None:
    desk.forward(minutes=6)
    save(owner, domains="customer.example")
    assert owner.page.title.startswith("Is it still you?")
    assert rule(desk) == SignUp()
    owner.submit({"proof_passcode": olive.app.next_code()})
    assert "Saved." in owner.page.text
    assert rule(desk) == SignUp(is_open=True, domains=("customer.example",))


def test_of_two_admins_the_second_sees_that_the_first_saved(desk: Desk, owner: Browser, olive: Somebody) -> None:
    other = desk.sign_in(olive)
    other.get(PAGE)
    save(owner)
    page = other.submit({"domains": "customer.example"}, having="domains")
    assert page.status == 400
    assert "Somebody else saved meanwhile." in page.text
    assert rule(desk) == SignUp(is_open=True)


@pytest.mark.parametrize(("role", "reads"), [(Role.AUDITOR, 200), (Role.AGENT, 403), (Role.END_USER, 403)])
def test_auditors_read_it_and_nobody_else_saves(desk: Desk, role: Role, reads: int) -> None:
    browser = desk.sign_in(desk.add("ann@acme.example", role, app=True, chosen=True))
    assert browser.get(PAGE).status == reads
    assert browser.post(PAGE, {"sign_up": "1", "number": "0"}).status == 403
    assert rule(desk) == SignUp()


def test_it_says_how_many_asked_today_and_that_mail_is_not_proved(desk: Desk, owner: Browser) -> None:
    save(owner)
    stranger = desk.browser()
    stranger.get("/sign-up")
    stranger.submit({"email": "nora@customer.example", "name": "Nora"})
    page = owner.get(PAGE)
    assert "Asked today: 1 of 1000 at most." in page.text
    assert "No test mail came back yet." in page.text
