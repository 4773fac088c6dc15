"""Signing up unasked: off by default, the address proved first, and nothing told of anybody on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.core.sign_up import SignUp
from twofold.core.wanted import Requirement

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk
    from twofold.ports.people import Subscriber

NEW = "newcomer@customer.example"
NAME = "Nora Newcomer"
WORDS = "seven lamps on a wall"


@pytest.fixture(autouse=True)
def open_door(desk: Desk) -> None:
    let_in(desk)


def let_in(desk: Desk, *domains: str, is_open: bool = True) -> None:
    desk.rules(lambda rules: replace(rules, sign_up=SignUp(is_open=is_open, domains=domains)))


def ask(browser: Browser, email: str = NEW, name: str = NAME) -> Page:
    browser.get("/sign-up")
    return browser.submit({"email": email, "name": name})


def link(desk: Desk, email: str = NEW) -> str:
    """Return the path of the newest link that was mailed to an address."""
    url = str(desk.mails("sign_up", to=email)[-1].params["url"])
    assert url.startswith(f"{desk.account.base_url}/links/sign_up?link=")
    return url.removeprefix(desk.account.base_url)


def found(desk: Desk, email: str = NEW) -> Subscriber | None:
    return desk.services.people.by_email(desk.account.id, email)


def take(browser: Browser, url: str, **fields: object) -> Page:
    browser.get(url)
    return browser.submit({"new_password": WORDS, **fields})


def test_it_is_off_until_somebody_opens_it(desk: Desk, browser: Browser) -> None:
    assert "Sign up" in browser.get("/sign-in").text
    let_in(desk, is_open=False)
    assert "Sign up" not in browser.get("/sign-in").text
    assert browser.get("/sign-up").status == 404
    assert browser.post("/sign-up", {"email": NEW, "name": NAME}).status == 404
    assert desk.mails() == []


def test_a_newcomer_signs_up_and_is_an_end_user_whose_mailbox_is_proved(desk: Desk, browser: Browser) -> None:
    browser.get("/sign-in")
    browser.click("Sign up for the Help Center")
    form = browser.page.form()
    assert form.attributes("email")["autocomplete"] == "username"
    assert form.attributes("name")["autocomplete"] == "name"
    page = browser.submit({"email": f" {NEW.upper()} ", "name": NAME})
    assert "We mailed you" in page.text
    assert found(desk) is None
    [mail] = desk.mails()
    assert (mail.to, mail.template) == (NEW, "sign_up")
    assert "It works once, for 30 minutes." in mail.text
    page = browser.get(link(desk))
    assert NEW in page.text
    assert page.form().attributes("name")["value"] == NAME
    assert page.form().attributes("new_password")["autocomplete"] == "new-password"
    assert found(desk) is None
    browser.submit({"new_password": WORDS})
    assert is_signed_in(browser)
    nora = found(desk)
    assert nora is not None
    assert (nora.role, nora.name, nora.email_proved_at) == (Role.END_USER, NAME, desk.clock.now())
    assert [event.person_id for event in desk.events("person.signed_up")] == [nora.id]
    browser.sign_out()
    browser.get("/sign-in")
    browser.submit({"email": NEW, "password": WORDS})
    assert is_signed_in(browser)


def test_somebody_signed_in_is_led_home(desk: Desk) -> None:
    browser = desk.sign_in(desk.add("ann@acme.example"))
    assert browser.get("/sign-up").path == "/"


def test_an_invitation_for_the_same_address_keeps_what_it_gives(desk: Desk, browser: Browser) -> None:
    ask(browser)
    url = link(desk)
    nora = desk.add(NEW, Role.AGENT, invited_at=desk.clock.now())
    desk.change(nora, password=None)
    for send in (browser.get, lambda url: browser.post(url, {"name": NAME, "new_password": WORDS})):
        page = send(url)
        assert page.path == "/sign-in"
        assert "Somebody has invited you meanwhile" in page.text
    assert not is_signed_in(browser)
    assert desk.person(nora).password is None
    assert desk.person(nora).role is Role.AGENT


@pytest.mark.security("SB2")
def test_of_two_clicks_at_once_one_makes_the_person(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(browser)
    url = link(desk)
    other = desk.browser()
    browser.get(url)
    other.get(url)
    hashing = desk.services.passwords.hash

    def meanwhile(typed: str) -> str | None:
        # While this one is hashed, the other click goes all the way through.
        monkeypatch.setattr(desk.services.passwords, "hash", hashing)
        other.submit({"new_password": "another horse battery", "name": "Other"})
        return hashing(typed)

    monkeypatch.setattr(desk.services.passwords, "hash", meanwhile)
    page = browser.submit({"new_password": WORDS})
    assert page.status == 404
    assert "This link does not work any more" in page.text
    assert not is_signed_in(browser)
    assert is_signed_in(other)
    nora = found(desk)
    assert nora is not None
    assert nora.name == "Other"
    assert len(desk.events("person.signed_up")) == 1


def test_of_two_links_the_second_finds_that_there_is_a_sign_in(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(browser)
    desk.forward(minutes=1)
    ask(browser)
    first, second = (str(mail.params["url"]) for mail in desk.mails("sign_up"))
    other = desk.browser()
    browser.get(first)
    hashing = desk.services.passwords.hash

    def meanwhile(typed: str) -> str | None:
        monkeypatch.setattr(desk.services.passwords, "hash", hashing)
        take(other, second)
        return hashing(typed)

    monkeypatch.setattr(desk.services.passwords, "hash", meanwhile)
    page = browser.submit({"new_password": "another horse battery"})
    assert page.path == "/sign-in"
    assert "has a sign-in here already" in page.text
    assert not is_signed_in(browser)
    assert is_signed_in(other)


@pytest.mark.security("SE7")
def test_set_up_follows_where_it_is_required(desk: Desk, browser: Browser) -> None:
    desk.require(team=False, end_users=True)
    ask(browser)
    assert "Next you set up two-factor authentication" in browser.get(link(desk)).text
    browser.submit({"new_password": WORDS})
    assert browser.page.path == "/sign-in/set-up"
    assert not is_signed_in(browser)
    browser.submit(press="go=set_up")
    # The link has proved the mailbox just now.
    assert browser.page.path == "/sign-in/set-up/choose"
    assert not desk.mails("mailbox_code")


def test_the_rule_of_a_group_by_domain_holds_from_the_first_moment(desk: Desk, browser: Browser) -> None:
    wanted = Extra(required=Requirement(starts_at=desk.clock.now()))
    group = Group(name="Customers", domains=frozenset({"customer.example"}), extra=wanted)
    desk.rules(lambda rules: replace(rules, groups={GroupId(desk.services.entropy.new_id()): group}))
    ask(browser)
    take(browser, link(desk))
    assert browser.page.path == "/sign-in/set-up"
    ask(desk.browser(), "eve@other.example")
    other = desk.browser()
    take(other, link(desk, "eve@other.example"))
    assert is_signed_in(other)


def test_a_domain_that_is_not_let_in_is_told_and_nothing_is_mailed(desk: Desk, browser: Browser) -> None:
    let_in(desk, "customer.example")
    desk.add("ann@other.example", Role.END_USER)
    for email in ("ann@other.example", "nobody@other.example", "nobody@sub.customer.example"):
        page = ask(browser, email)
        assert page.status == 400
        assert "Only addresses of certain organisations can sign up here" in page.text
        assert page.form().attributes("email")["value"] == email
        assert page.form().attributes("name")["value"] == NAME
    assert desk.mails() == []
    assert desk.events("sign_up.asked") == []
    ask(browser)
    assert len(desk.mails("sign_up")) == 1


@pytest.mark.parametrize("domains", [("other.example",), ()])
def test_a_link_ends_where_the_door_is_shut_again(desk: Desk, browser: Browser, domains: tuple[str, ...]) -> None:
    ask(browser)
    url = link(desk)
    browser.get(url)
    let_in(desk, *domains, is_open=bool(domains))
    assert desk.browser().get(url).status == 404
    assert browser.submit({"new_password": WORDS}).status == 404
    assert found(desk) is None


@pytest.mark.security("SI5")
def test_a_link_opens_what_it_is_for_once_and_for_thirty_minutes(desk: Desk, browser: Browser) -> None:
    desk.add("ann@acme.example")
    ask(browser)
    url = link(desk)
    token = url.partition("?link=")[2]
    browser.get("/forgot-password")
    browser.submit({"email": "ann@acme.example"})
    reset = str(desk.mails("password_forgotten")[-1].params["url"]).partition("?link=")[2]
    for wrong in (
        "/links/sign_up",
        f"/links/sign_up?link={token}x",
        f"/links/sign_up?link={reset}",
        f"/links/invitation?link={token}",
        f"/links/password_reset?link={token}",
        f"/links/rescue?link={token}",
        f"/set-up/owner?link={token}",
    ):
        page = desk.browser().post(wrong, {"name": NAME, "new_password": WORDS})
        assert page.status in {403, 404}, wrong
    page = desk.browser().get("/links/sign_up?link=x")
    assert "/sign-up" in [to for to, _ in page.links]
    desk.clock.move(timedelta(minutes=30))
    assert desk.browser().get(url).status == 404
    ask(browser)
    url = link(desk)
    take(browser, url)
    assert is_signed_in(browser)
    assert desk.browser().get(url).status == 404


@pytest.mark.security("SI4")
def test_the_link_is_made_from_the_configured_address(desk: Desk, browser: Browser) -> None:
    browser.extra = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "host=evil.example"}
    ask(browser)
    assert "evil.example" not in desk.mails()[-1].text


def test_opening_the_link_changes_nothing(desk: Desk, browser: Browser) -> None:
    ask(browser)
    url = link(desk)
    events = len(desk.events())
    for _ in range(3):
        desk.browser().get(url)
    assert len(desk.events()) == events
    assert found(desk) is None
    take(browser, url)
    assert is_signed_in(browser)


def test_an_unfit_password_is_told_and_the_link_stays(desk: Desk, browser: Browser) -> None:
    ask(browser)
    page = take(browser, link(desk), new_password="short", name="Nora N.")
    assert page.status == 400
    assert "at least 12 characters" in page.text
    assert page.form().attributes("name")["value"] == "Nora N."
    browser.submit({"new_password": WORDS})
    assert is_signed_in(browser)
