"""Inviting the people of an import that added them without: each once, by whoever may, until somebody stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.walks.import_kit import HEAD, PAGE, lease, read, step
from twofold.core.roles import Role
from twofold.delivery.people_import import PARTS, give_up
from twofold.flows import import_inviting
from twofold.flows.import_inviting import INVITED_AT_ONCE
from twofold.ports.jobs import INVITE_IMPORTED

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

pytestmark = pytest.mark.usefixtures("mail_leaves")

MANY = INVITED_AT_ONCE + 5


def added(desk: Desk, browser: Browser, number: int = MANY) -> Page:
    """Add some people without an invitation, and look at the import's page."""
    page = read(desk, browser, [HEAD, *(f"p{one}@acme.example,P" for one in range(number))])
    browser.submit({"invite": None}, having="invite")
    desk.mails()
    assert not desk.mails("invitation")
    return browser.get(page.path)


def begin(browser: Browser) -> Page:
    return browser.post(f"{browser.page.path}/invite")


def test_all_people_of_an_import_are_invited_from_its_page(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    page = added(desk, as_owner)
    assert f"Invite the {MANY} people of this import who never signed in" in page.text
    desk.forward(minutes=6)
    as_owner.get(page.path)
    begin(as_owner)
    assert "before invitations are mailed" in as_owner.page.text
    assert not desk.events("import.invitations_begun")
    as_owner.submit({"proof_passcode": olive.app.next_code()})
    assert "Invitations are being mailed." in as_owner.page.text
    step(desk, INVITE_IMPORTED)
    seen = as_owner.get(page.path)
    assert f"Invitations are being mailed: {INVITED_AT_ONCE} people so far." in seen.text
    assert "data-progress" in seen.html
    desk.mails()
    seen = as_owner.get(page.path)
    assert f"Invitations were mailed to {MANY} people of this import." in seen.text
    assert "who never signed in" not in seen.text
    assert len({mail.to for mail in desk.mails("invitation")}) == len(desk.mails("invitation")) == MANY
    assert len(desk.events("person.invited")) == MANY
    [begun], [ended] = desk.events("import.invitations_begun"), desk.events("import.invitations_ended")
    assert (begun.actor_id, ended.actor) == (olive.id, "system")
    assert (ended.detail["state"], ended.detail["invited"]) == ("done", MANY)
    # Whoever presses an old page's button invites nobody twice.
    assert "went on at the same moment" in begin(as_owner).text
    desk.mails()
    assert len(desk.mails("invitation")) == MANY


def test_whoever_was_invited_or_came_in_meanwhile_is_passed_over(desk: Desk, as_owner: Browser) -> None:
    page = added(desk, as_owner, 4)
    facts: list[dict[str, object]] = [{"invited_at": START}, {"password": "x"}, {"suspended_at": START}]
    for number, fact in enumerate(facts):
        person = desk.services.people.by_email(desk.account.id, f"p{number}@acme.example")
        assert person is not None
        changed = replace(person, **fact)  # type: ignore[arg-type]  # a test names fields of the record
        assert desk.services.people.replace(desk.account.id, person, changed)
    assert "Invite the 1 person of this import who never signed in" in as_owner.get(page.path).text
    begin(as_owner)
    desk.mails()
    assert [mail.to for mail in desk.mails("invitation")] == ["p3@acme.example"]


def test_it_can_be_stopped_and_begun_again(desk: Desk, as_owner: Browser) -> None:
    path = added(desk, as_owner).path
    begin(as_owner)
    step(desk, INVITE_IMPORTED)
    as_owner.get(path)
    as_owner.post(f"{path}/invite/stop")
    assert "Stopped. Nobody else is invited." in as_owner.page.text
    desk.mails()
    assert len(desk.mails("invitation")) == INVITED_AT_ONCE
    [ended] = desk.events("import.invitations_ended")
    assert (ended.detail["state"], ended.detail["invited"]) == ("cancelled", INVITED_AT_ONCE)
    assert f"stopped after {INVITED_AT_ONCE} people" in as_owner.get(path).text
    assert "Invite the 5 people of this import" in as_owner.page.text
    as_owner.post(f"{path}/invite/stop")
    assert len(desk.events("import.invitations_ended")) == 1
    as_owner.get(path)
    begin(as_owner)
    desk.mails()
    assert len({mail.to for mail in desk.mails("invitation")}) == len(desk.mails("invitation")) == MANY


def test_whoever_is_killed_between_invites_nobody_twice(desk: Desk, as_owner: Browser) -> None:
    added(desk, as_owner)
    begin(as_owner)
    step(desk, INVITE_IMPORTED)
    lost = lease(desk, INVITE_IMPORTED)
    desk.forward(minutes=3)
    desk.mails()
    PARTS[INVITE_IMPORTED](desk.worker_needs(), lost)
    desk.mails()
    assert len({mail.to for mail in desk.mails("invitation")}) == len(desk.mails("invitation")) == MANY
    assert len(desk.events("import.invitations_ended")) == 1


@pytest.mark.parametrize("fate", ["suspended_at", "frozen_at", "role"])
def test_it_stops_when_whoever_asked_may_no_longer(desk: Desk, as_owner: Browser, fate: str) -> None:
    ada = desk.add("ada@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(ada)
    path = added(desk, browser).path
    begin(browser)
    desk.change(ada, **({"role": Role.AGENT} if fate == "role" else {fate: desk.clock.now()}))
    desk.mails()
    assert not desk.mails("invitation")
    [ended] = desk.events("import.invitations_ended")
    assert ended.detail["state"] == "stopped"
    assert f"Invite the {MANY} people" in as_owner.get(path).text


def test_a_job_that_is_given_up_says_so(desk: Desk, as_owner: Browser) -> None:
    path = added(desk, as_owner).path
    begin(as_owner)
    give_up(desk.worker_needs(), lease(desk, INVITE_IMPORTED))
    assert "stopped after 0 people" in as_owner.get(path).text
    [ended] = desk.events("import.invitations_ended")
    assert ended.detail["state"] == "stopped"


def test_one_at_a_time_and_only_while_the_rows_are_kept(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    first = added(desk, as_owner).path
    page = read(desk, as_owner, [HEAD, "zoe@acme.example,Zoe"])
    as_owner.submit({"invite": None}, having="invite")
    desk.mails()
    as_owner.get(first)
    begin(as_owner)
    as_owner.get(page.path)
    assert "Invitations to the people of another import are being mailed." in as_owner.page.text
    assert (first, "Look at that import") in as_owner.page.links
    assert "went on at the same moment" in begin(as_owner).text
    desk.mails()
    assert "Invite the 1 person" in as_owner.get(page.path).text
    desk.forward(hours=25)
    as_owner = desk.sign_in(olive)
    assert "Invite the 1 person" not in as_owner.get(page.path).text


def test_many_are_not_counted_while_somebody_waits(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_inviting, "COUNTED_MOST", 3)
    monkeypatch.setattr("twofold.web.admin.import_words.COUNTED_MOST", 3)
    page = added(desk, as_owner, 4)
    assert "Invite everybody of this import who never signed in (more than 3 people)" in page.text


@pytest.mark.security("SE11")
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AGENT, Role.END_USER])
def test_only_whoever_may_edit_people_invites_them(desk: Desk, as_owner: Browser, role: Role) -> None:
    path = added(desk, as_owner, 2).path
    browser = desk.sign_in(desk.add("ann@acme.example", role))
    assert browser.post(f"{path}/invite").status == 403
    assert browser.post(f"{path}/invite/stop").status == 403
    assert not desk.events("import.invitations_begun")
    if role is Role.AUDITOR:
        assert "Invite the" not in browser.get(path).text


def test_an_import_that_invited_offers_nothing_and_one_of_nobody_is_none(desk: Desk, as_owner: Browser) -> None:
    page = read(desk, as_owner, [HEAD, "ana@acme.example,Ana"])
    as_owner.submit(having="invite")
    desk.mails()
    assert "who never signed in" not in as_owner.get(page.path).text
    assert "went on at the same moment" in begin(as_owner).text
    assert as_owner.post(f"{PAGE}/{'0' * 26}/invite").status == 404
