"""Adding the people of an import: who may, what is judged again, and nobody twice whoever is killed when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import group_kit
from tests.walks.import_kit import HEAD, emails_of, lease, read, send, step, wrong_rows
from twofold.core.roles import Role
from twofold.core.wanted import Accepts
from twofold.delivery.people_import import PARTS
from twofold.flows.import_adding import ADDED_AT_ONCE
from twofold.flows.import_reading import READ_AT_ONCE
from twofold.ports.jobs import APPLY_IMPORT, READ_IMPORT

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody
    from twofold.core.groups import Group

pytestmark = pytest.mark.usefixtures("mail_leaves")


def test_adding_asks_for_fresh_proof_and_keeps_the_choice(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    read(desk, as_owner, "email\nana@acme.example")
    desk.forward(minutes=6)
    as_owner.submit({"invite": None}, having="invite")
    assert as_owner.page.form().has("proof_passcode")
    assert "before people are added" in as_owner.page.text
    assert not desk.events("import.begun")
    as_owner.submit({"proof_passcode": olive.app.next_code()})
    assert "People are being added." in as_owner.page.text
    desk.mails()
    assert "ana@acme.example" in emails_of(desk)
    assert not desk.mails("invitation")


@pytest.mark.security("SE11")
@pytest.mark.parametrize("fate", ["suspended_at", "role", "frozen_at", "removed"])
def test_nobody_is_added_for_somebody_who_may_no_longer(desk: Desk, as_owner: Browser, fate: str) -> None:
    ada = desk.add("ada@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(ada)
    lines = [HEAD, *(f"p{number}@acme.example,P,agent" for number in range(ADDED_AT_ONCE + 5))]
    page = read(desk, browser, lines)
    browser.submit({"invite": None}, having="invite")
    step(desk, APPLY_IMPORT)
    match fate:
        case "removed":
            desk.services.people.remove(desk.account.id, ada.id)
        case "role":
            desk.change(ada, role=Role.ADMIN)
        case _:
            desk.change(ada, **{fate: desk.clock.now()})
    desk.mails()
    assert len(emails_of(desk)) == ADDED_AT_ONCE + (1 if fate == "removed" else 2)
    seen = as_owner.get(page.path)
    assert "It stopped" in seen.text
    assert "suspended, gone, or has another role by now" in seen.text
    assert f"{ADDED_AT_ONCE} people were added by this import." in seen.text
    [ended] = desk.events("import.ended")
    assert (ended.detail["because"], ended.detail["added"]) == ("asker_changed", ADDED_AT_ONCE)


@pytest.mark.parametrize("added", [0, 1])
def test_whoever_is_killed_between_leaves_nobody_twice_and_nobody_out(
    desk: Desk, as_owner: Browser, added: int
) -> None:
    lines = [HEAD, *(f"p{number}@acme.example,P" for number in range(2 * ADDED_AT_ONCE + 7))]
    send(as_owner, lines)
    path = as_owner.page.path
    # Killed while the rows are counted, and while they are judged.
    for _ in range(2):
        lost = lease(desk, READ_IMPORT)
        desk.forward(minutes=2, seconds=1)
        step(desk, READ_IMPORT)
        PARTS[READ_IMPORT](desk.worker_needs(), lost)
    desk.mails()
    as_owner.get(path)
    as_owner.submit(having="invite")
    for _ in range(added):
        step(desk, APPLY_IMPORT)
    lost = lease(desk, APPLY_IMPORT)
    desk.forward(minutes=3)
    desk.mails()
    # It wakes up, and finds that its lease went to another worker.
    PARTS[APPLY_IMPORT](desk.worker_needs(), lost)
    desk.mails()
    page = as_owner.get(path)
    assert f"{2 * ADDED_AT_ONCE + 7} people were added by this import." in page.text
    assert len(desk.events("person.added")) == 2 * ADDED_AT_ONCE + 7
    assert len(desk.mails("invitation")) == 2 * ADDED_AT_ONCE + 7
    assert len({mail.to for mail in desk.mails("invitation")}) == 2 * ADDED_AT_ONCE + 7
    assert len(desk.events("import.ended")) == 1


def test_adding_can_be_stopped_between(desk: Desk, as_owner: Browser) -> None:
    lines = [HEAD, *(f"p{number}@acme.example,P" for number in range(2 * ADDED_AT_ONCE))]
    path = read(desk, as_owner, lines).path
    as_owner.submit({"invite": None}, having="invite")
    step(desk, APPLY_IMPORT)
    page = as_owner.get(path)
    assert f"{ADDED_AT_ONCE} of {2 * ADDED_AT_ONCE} people are added." in page.text
    as_owner.submit()
    assert "Cancelled. Nobody else is added." in as_owner.page.text
    desk.mails()
    assert len(emails_of(desk)) == 1 + ADDED_AT_ONCE
    assert f"{ADDED_AT_ONCE} people were added by this import." in as_owner.get(path).text
    [ended] = desk.events("import.ended")
    assert ended.detail["state"] == "cancelled"
    # A second press says the same.
    assert as_owner.post(f"{path}/cancel").status == 200
    assert len(desk.events("import.ended")) == 1


def test_whoever_came_in_meanwhile_is_told_and_not_touched(desk: Desk, as_owner: Browser) -> None:
    path = read(desk, as_owner, [HEAD, "ana@acme.example,Ana,agent", "bo@acme.example,Bo,agent"]).path
    ana = desk.add("ana@acme.example", Role.END_USER, name="Other")
    as_owner.submit(having="invite")
    desk.mails()
    page = as_owner.get(path)
    assert "1 person was added by this import." in page.text
    assert "Came in meanwhile" in page.text
    assert (f"/admin/people/{ana.id}", "ana@acme.example") in page.links
    assert (desk.person(ana).name, desk.person(ana).role) == ("Other", Role.END_USER)
    assert not desk.mails("invitation", to="ana@acme.example")


def test_a_second_yes_adds_nobody_twice(desk: Desk, as_owner: Browser) -> None:
    path = read(desk, as_owner, "email\nana@acme.example").path
    as_owner.submit(having="invite")
    assert as_owner.post(f"{path}/confirm", {"invite": "1"}).status == 403
    assert "The import is not waiting for this any more." in as_owner.page.text
    desk.mails()
    assert len(desk.events("person.added")) == 1
    assert len(desk.mails("invitation")) == 1


def test_groups_are_found_by_name_and_people_put_in(desk: Desk, as_owner: Browser) -> None:
    for name in ("Night shift", "Vienna; Graz"):
        group_kit.make(as_owner, name)
    page = read(
        desk,
        as_owner,
        [
            HEAD.replace(",", "\t"),
            "ana@acme.example\tAna\t\tnight  SHIFT",
            "bo@acme.example\tBo\t\tVienna; Graz",
            "cy@acme.example\tCy\t\tNight shift; Vienna; Graz",
            "di@acme.example\tDi\t\tNight shift|Vienna; Graz",
        ],
    )
    assert wrong_rows(page) == dict.fromkeys((4, 5), "No group has this name, or more than one has.")
    assert "Night shift" in page.text
    as_owner.submit(having="invite")
    desk.mails()
    by_name = {
        group.name: group_id for group_id, group in desk.services.policy.current(desk.account.id).rules.groups.items()
    }
    for email, group in (("ana@acme.example", "Night shift"), ("bo@acme.example", "Vienna; Graz")):
        person = desk.services.people.by_email(desk.account.id, email)
        assert person is not None
        assert [one.group for one in desk.services.groups.of_person(desk.account.id, person.id)] == [by_name[group]]
    assert [event.detail["name"] for event in desk.events("group.member_added")] == ["Night shift", "Vienna; Graz"]


@pytest.mark.security("SE11")
def test_no_import_lets_anybody_off_through_a_group(desk: Desk, as_owner: Browser) -> None:
    """Whoever would be asked for less inside a group is put in by hand, where that is judged and mailed about."""
    group_kit.make(as_owner, "Kiosk", **group_kit.APP_ONLY)
    desk.for_both(lambda rules: replace(rules, accepts=Accepts(kinds=frozenset({"sms"}))))
    page = read(desk, as_owner, [HEAD, "ana@acme.example,Ana,,Kiosk"])
    assert "asks for less" in wrong_rows(page)[2]


@pytest.mark.security("SE11")
def test_a_group_that_lets_off_by_now_takes_nobody(desk: Desk, as_owner: Browser) -> None:
    group_kit.make(as_owner, "Kiosk")
    path = read(desk, as_owner, [HEAD, "ana@acme.example,Ana,,Kiosk", "bo@acme.example,Bo"]).path
    as_owner.submit(having="invite")
    until = desk.clock.now() + timedelta(days=3)

    def exempt(group: Group) -> Group:
        return replace(group, extra=replace(group.extra, exempt_until=until, exempt_because="x"))

    desk.rules(lambda rules: replace(rules, groups={key: exempt(group) for key, group in rules.groups.items()}))
    desk.mails()
    page = as_owner.get(path)
    assert "1 person was added by this import." in page.text
    assert "asks for less" in wrong_rows(page)[2]
    assert "ana@acme.example" not in emails_of(desk)


def test_whoever_holds_nothing_puts_nobody_into_groups(desk: Desk, as_owner: Browser) -> None:
    group_kit.make(as_owner, "Night shift")
    browser = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN))
    page = read(desk, browser, [HEAD, "ana@acme.example,Ana,,Night shift"])
    browser.submit(having="invite")
    assert browser.page.status == 403
    assert "Set up your own second factor first" in browser.page.text
    assert "Nobody is added yet" in browser.get(page.path).text


def test_thousands_come_in_by_parts(desk: Desk, as_owner: Browser) -> None:
    lines = [HEAD, *(f"p{number}@acme.example,Person {number},end user," for number in range(5_000))]
    path = send(as_owner, lines).path
    step(desk, READ_IMPORT)
    step(desk, READ_IMPORT)
    assert f"{READ_AT_ONCE} of 5,000 rows are read." in as_owner.get(path).text
    desk.mails()
    page = as_owner.get(path)
    assert "5,000 people are new." in page.text
    assert "Add 5,000 people" in page.text
    as_owner.submit({"invite": None}, having="invite")
    step(desk, APPLY_IMPORT)
    assert f"{ADDED_AT_ONCE} of 5,000 people are added." in as_owner.get(path).text
    desk.mails()
    assert "5,000 people were added by this import." in as_owner.get(path).text
    assert len(emails_of(desk)) == 5_001
    # Once more: everybody is here, and nothing is to be done.
    again = read(desk, as_owner, lines)
    assert "5,000 people are here already and stay unchanged" in again.text
    assert "No row adds anybody." in again.text


@pytest.mark.security("SE11")
def test_only_whoever_sent_a_file_adds_its_people(desk: Desk, as_owner: Browser) -> None:
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    page = read(desk, as_owner, [HEAD, "o@acme.example,O,owner"])
    other = desk.sign_in(adam)
    seen = other.get(page.path)
    assert "Only whoever sent the file can add its people" in seen.text
    assert not any(form.has("invite") for form in seen.forms)
    assert other.post(f"{page.path}/confirm").status == 403
    assert "Only whoever sent the file can add its people" in other.page.text
    # Somebody else's file is no reason to send another: this one is finished or cancelled first.
    send(other, "email\nx@acme.example")
    assert other.page.path == page.path
    assert "This import is not finished." in other.page.text
    other.submit()
    assert "Cancelled. Nobody else is added." in other.page.text
    assert as_owner.post(f"{page.path}/confirm").status == 403
    assert emails_of(desk) == {"olive@acme.example", "adam@acme.example"}


@pytest.mark.security("SE11")
def test_an_admin_adds_nobody_whom_they_could_not_add_by_hand(desk: Desk) -> None:
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    page = read(
        desk,
        desk.sign_in(adam),
        [HEAD, "o@acme.example,O,owner", "a@acme.example,A,Admin", "u@acme.example,U,auditor", "e@acme.example"],
    )
    sentence = "An admin cannot give this role alone. An owner can."
    assert wrong_rows(page) == {2: sentence, 3: sentence}
    assert "2 people are new." in page.text


def test_a_file_is_not_read_on_for_somebody_who_may_no_longer(desk: Desk, as_owner: Browser) -> None:
    ada = desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True)
    browser = desk.sign_in(ada)
    path = send(browser, "email\nana@acme.example").path
    desk.change(ada, suspended_at=desk.clock.now())
    desk.mails()
    assert "It stopped" in as_owner.get(path).text


def test_a_file_that_lies_unread_is_not_said_to_wait_for_a_yes(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    path = send(as_owner, [HEAD, "ana@acme.example"]).path
    desk.forward(hours=24, seconds=1)
    as_owner = desk.sign_in(olive)
    assert "The file could not be read within 24 hours" in as_owner.get(path).text
    send(as_owner, [HEAD, "bo@acme.example"])
    assert "The file could not be read within 24 hours" in as_owner.get(path).text
    assert "confirmed" not in as_owner.page.text


def test_where_everybody_is_here_nobody_is_said_to_be_added(desk: Desk, as_owner: Browser) -> None:
    desk.add("ana@acme.example")
    page = read(desk, as_owner, [HEAD, "ana@acme.example,Ana"])
    assert "The file would add nobody" in page.text
    as_owner.post(f"{page.path}/cancel")
    page = read(desk, as_owner, [HEAD, "bo@acme.example,Bo"])
    desk.add("bo@acme.example")
    as_owner.submit({"invite": None}, having="invite")
    desk.mails()
    page = as_owner.get(page.path)
    assert "Nobody was added" in page.text
    assert "Everybody is added" not in page.text


@pytest.mark.security("SJ5")
def test_rows_with_errors_come_back_mended_and_no_name_keeps_the_guard(desk: Desk, as_owner: Browser) -> None:
    name = "-Ann; @work"
    page = read(desk, as_owner, [HEAD, f'ann@,"{name}",agent', '+bo@,"Bo O\'Hara"'])
    file = as_owner.get(f"{page.path}/errors").content.decode("utf-8-sig")
    assert "'-Ann;' @work" in file
    assert "'+bo@" in file
    as_owner.post(f"{page.path}/cancel")
    page = read(desk, as_owner, file.replace("ann@", "ann@acme.example").replace("bo@", "bo@acme.example"))
    as_owner.submit({"invite": None}, having="invite")
    desk.mails()
    people = [desk.services.people.by_email(desk.account.id, one) for one in ("ann@acme.example", "+bo@acme.example")]
    assert [one.name for one in people if one] == [name, "Bo O'Hara"]
