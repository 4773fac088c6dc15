"""Names of helpers stand in what team members are mailed, and in nothing that end users are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

ACTS = {"suspend": "suspended", "unsuspend": "unsuspended", "role": "role_changed", "remove": "removed"}


@pytest.fixture(params=["Olga Onegin", ""], ids=["with a name", "without a name"])
def owner(desk: Desk, request: pytest.FixtureRequest) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True, name=request.param)


def do_all(desk: Desk, as_owner: Browser, somebody: Somebody, *, role: Role) -> None:
    for act in ACTS:
        as_owner.post(f"/admin/people/{somebody.id}/{act}", {"role": role.value} if act == "role" else {})
        # What was not sent before somebody is removed goes with them.
        desk.mails()


def test_team_members_are_told_who_did_it(desk: Desk, owner: Somebody) -> None:
    ann = desk.add("ann@acme.example")
    do_all(desk, desk.sign_in(owner), ann, role=Role.AUDITOR)
    name = desk.person(owner).name or owner.email
    for template in ACTS.values():
        (mail,) = desk.mails(template, to=ann.email)
        assert name in mail.text, template


def test_end_users_are_told_that_it_was_done(desk: Desk, owner: Somebody) -> None:
    eve = desk.add("eve@acme.example", Role.END_USER)
    do_all(desk, desk.sign_in(owner), eve, role=Role.AGENT)
    for template in ("suspended", "unsuspended", "role_changed"):
        (mail,) = desk.mails(template, to=eve.email)
        sentence = mail.text.split("\n\n")[1]
        assert "olga" not in mail.text.casefold(), template
        assert sentence.startswith(("Your sign-in at Acme Support", "Your role at Acme Support")), sentence


def test_end_users_are_told_that_something_is_to_be_done(desk: Desk) -> None:
    desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    eve = desk.add("eve@acme.example", Role.END_USER, app=True, chosen=True)
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    browser = desk.sign_in(adam)
    # Raising somebody so far takes a second helper.
    browser.get(f"/admin/people/{eve.id}")
    browser.submit({"wanted": "set_role:admin", "reason": "She leads the team from Monday."}, having="wanted")
    (mail,) = desk.mails("help_to_come", to=eve.email)
    assert "adam" not in mail.text.casefold()
    assert "Somebody at Acme Support asks for this." in mail.text
    assert "Adam" in desk.mails("help_asked", to="olga@acme.example")[-1].text
