"""Selected people are invited again: whoever never signed in, each told of apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

LIST = "/admin/people"


@pytest.fixture
def olga(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def as_owner(desk: Desk, olga: Somebody) -> Browser:
    return desk.sign_in(olga)


def invited(desk: Desk, email: str, role: Role = Role.AGENT, **facts: object) -> Somebody:
    """Add somebody who never came in."""
    somebody = desk.add(email, role)
    desk.change(somebody, password=None, **facts)
    return somebody


def again(browser: Browser, *people: Somebody) -> Page:
    browser.get(LIST)
    return browser.post(f"{LIST}/invite-again", {f"pick_{one.id}": "1" for one in people})


def test_whoever_never_signed_in_is_mailed_a_link_that_voids_the_one_before(desk: Desk, as_owner: Browser) -> None:
    ann, ben = invited(desk, "ann@acme.example"), invited(desk, "ben@acme.example", Role.END_USER)
    assert "Mail the invitation again" in as_owner.get(LIST).text
    page = again(as_owner, ann, ben)
    assert "2 people are invited again. No mail server is set yet: they lie in the folder “mail”" in page.text
    assert "1 person is invited again." in again(as_owner, ann).text
    first, second = desk.mails("invitation", to=ann.email)
    assert len(desk.mails("invitation", to=ben.email)) == 1
    assert [event.person_id for event in desk.events("person.invited")] == [ann.id, ben.id, ann.id]
    assert desk.person(ann).invited_at == desk.clock.now()

    browser = desk.browser()
    browser.get(str(first.params["url"]))
    assert not any(form.has("new_password") for form in browser.page.forms)
    browser.get(str(second.params["url"]))
    browser.submit()
    browser.submit({"name": "Ann", "new_password": "a long enough secret"})
    assert is_signed_in(browser)


def test_the_others_are_left_and_named(desk: Desk, olga: Somebody, as_owner: Browser) -> None:
    cy = desk.add("cy@acme.example")
    di = invited(desk, "di@acme.example", suspended_at=desk.clock.now())
    gone = invited(desk, "gone@acme.example")
    as_owner.get(LIST)
    desk.services.people.remove(desk.account.id, gone.id)
    page = again(as_owner, olga, cy, di, gone)
    assert "0 people are invited again." in page.text
    assert page.text.count("Has signed in before, or has a password.") == 2
    assert "Is suspended. End the suspension first." in page.text
    assert "Somebody who was removed meanwhile." in page.text
    assert not desk.mails("invitation")
    assert "Select somebody first." in again(as_owner).text


@pytest.mark.security("SE11")
def test_an_admin_invites_nobody_whom_they_could_not_add(desk: Desk) -> None:
    ada, ann = invited(desk, "ada@acme.example", Role.ADMIN), invited(desk, "ann@acme.example")
    admin = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    page = again(admin, ada, ann)
    assert "1 person is invited again." in page.text
    assert "An owner can." in page.text
    assert [mail.to for mail in desk.mails("invitation")] == ["ann@acme.example"]


def test_it_asks_for_fresh_proof_and_keeps_who_was_selected(desk: Desk, olga: Somebody, as_owner: Browser) -> None:
    ann = invited(desk, "ann@acme.example")
    desk.forward(minutes=6)
    again(as_owner, ann)
    assert "before invitations are mailed" in as_owner.page.text
    assert not desk.mails("invitation")
    as_owner.submit({"proof_passcode": olga.app.next_code()})
    assert "1 person is invited again." in as_owner.page.text
    assert len(desk.mails("invitation")) == 1
