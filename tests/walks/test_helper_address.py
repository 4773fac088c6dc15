"""Another email address, entered by a helper: it counts once it was confirmed from its own mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.helping import REASON, answer, code_on
from tests.walks.kit import is_signed_in
from twofold.core.helping import Act, State
from twofold.core.ids import HelpActId
from twofold.core.roles import Role
from twofold.ports.helping import HelpAct

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

NEW = "ann.new@example.org"


def propose(helper: Browser, somebody: Somebody, **typed: str) -> Page:
    helper.get(f"/admin/people/{somebody.id}")
    helper.click("Change the address")
    return helper.submit({"new_address": NEW, "check": "video", "reason": REASON, **typed}, having="new_address")


def link_to(desk: Desk, address: str) -> str:
    return str(desk.mails("address_proposed", to=address)[-1].params["url"]).removeprefix(desk.account.base_url)


@pytest.mark.security("SE12")
def test_it_counts_once_it_was_confirmed_and_the_old_mailbox_can_freeze(
    desk: Desk, as_admin: Browser, ann: Somebody
) -> None:
    open_one = desk.sign_in(ann)
    assert "A link went to the new address." in propose(as_admin, ann).text
    assert desk.person(ann).email == ann.email, "only proposed"
    assert "your email address is to become another one" in desk.mails("helped", to=ann.email)[0].text
    (event,) = desk.events("address.proposed", of=ann)
    assert event.detail == {"to": "a•••@e…", "check": "video", "reason": REASON}
    assert NEW not in str([one.detail for one in desk.events()])

    mailbox = desk.browser()
    mailbox.get(link_to(desk, NEW))
    assert desk.person(ann).email == ann.email, "a mail scanner opens links too"
    mailbox.submit()
    assert "Your new address counts" in mailbox.page.text
    assert not is_signed_in(mailbox)
    assert desk.person(ann).email == NEW
    assert not is_signed_in(open_one)
    assert mailbox.get(link_to(desk, NEW)).status == 404, "once"

    ann.email, former = NEW, ann.email
    assert is_signed_in(desk.sign_in(ann)), "password and app are the same"
    told = desk.mails("address_changed", to=former)[0]
    desk.forward(hours=71)
    stranger = desk.browser()
    stranger.get(str(told.params["freeze_url"]).removeprefix(desk.account.base_url))
    stranger.submit()
    assert desk.mails("frozen", to=former), "the former mailbox chooses the new password"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"new_address": "nobody"}, "Type one email address"),
        ({"new_address": "ADAM@acme.example"}, "there already"),
        ({"new_address": "ann@acme.example"}, "there already"),
        ({"check": ""}, "Say how you know who it is"),
        ({"check": "four_words"}, "Say how you know who it is"),
        ({"check": "vouched"}, "Say who vouches"),
        ({"reason": " "}, "Say in a few words why"),
    ],
)
def test_what_does_not_do(desk: Desk, as_admin: Browser, ann: Somebody, typed: dict[str, str], message: str) -> None:
    fields = {"new_address": NEW, "check": "video", "reason": REASON, **typed}
    page = as_admin.post(f"/admin/people/{ann.id}/address", fields)
    assert page.status == 400
    assert message in page.text
    assert not desk.mails()


@pytest.mark.security("SE12")
def test_a_link_dies_with_its_time_a_newer_one_and_a_frozen_or_taken_sign_in(
    desk: Desk, as_admin: Browser, adam: Somebody, ann: Somebody
) -> None:
    browser = desk.browser()
    propose(as_admin, ann)
    first = link_to(desk, NEW)
    propose(as_admin, ann, new_address="other@example.org")
    assert browser.get(first).status == 404
    desk.forward(minutes=31)
    assert browser.get(link_to(desk, "other@example.org")).status == 404
    propose(desk.sign_in(adam), ann)
    desk.add(NEW)
    browser.get(link_to(desk, NEW))
    assert browser.submit().status == 404, "somebody else has it by now"
    propose(desk.sign_in(adam), ann, new_address="third@example.org")
    desk.change(ann, frozen_at=desk.clock.now())
    browser.get(link_to(desk, "third@example.org"))
    assert browser.submit().status == 404
    assert desk.person(ann).email == ann.email


@pytest.mark.security("SE11")
def test_who_may_propose_and_nobody_for_themselves(
    desk: Desk, as_admin: Browser, adam: Somebody, ann: Somebody
) -> None:
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    ada = desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True)
    assert as_admin.get(f"/admin/people/{adam.id}/address").path == "/profile/security"
    as_agent = desk.sign_in(ann)
    assert as_agent.post(f"/admin/people/{ada.id}/address", {"new_address": NEW}).status == 403
    page = propose(as_admin, ada)
    assert page.path.startswith("/admin/help/")
    assert NEW in page.text
    assert not desk.mails("address_proposed")
    assert NEW not in str([one.detail for one in desk.events()])
    path = page.path
    assert desk.sign_in(olga).post(f"{path}/approve", {"go": "approve"}).status == 200
    as_admin.post(f"{path}/do", {"go": "do"})
    assert desk.mails("address_proposed", to=NEW)
    bare = desk.sign_in(desk.add("bare@acme.example", Role.ADMIN))
    fields = {"new_address": "x@example.org", "check": "video", "reason": REASON}
    assert bare.post(f"/admin/people/{ann.id}/address", fields).status == 403


@pytest.mark.security("SE11")
@pytest.mark.parametrize("first", ["address", "code"])
def test_an_address_and_a_factor_by_one_helper_within_72_hours_need_a_second_one(
    desk: Desk, as_admin: Browser, adam: Somebody, ann: Somebody, first: str
) -> None:
    ada = desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True)

    def by_address(helper: Browser) -> Page:
        return propose(helper, ann)

    def by_code(helper: Browser) -> Page:
        return answer(helper, ann, "elsewhere")

    one, other = (by_address, by_code) if first == "address" else (by_code, by_address)
    one(as_admin)
    assert other(as_admin).path.startswith("/admin/help/"), "asked for, not done"
    assert len(desk.events("help.asked", of=ann)) == 1
    # Another admin is not the same helper, and after three days it is nobody's business any more.
    done = other(desk.sign_in(ada))
    assert code_on(done) or "A link went to the new address." in done.text
    desk.forward(hours=72, minutes=1)
    done = other(desk.sign_in(adam))
    assert code_on(done) or "A link went to the new address." in done.text


@pytest.mark.security("SE11")
def test_acts_that_came_to_nothing_do_not_hide_what_was_done(
    desk: Desk, as_admin: Browser, adam: Somebody, ann: Somebody
) -> None:
    propose(as_admin, ann)
    desk.forward(minutes=1)
    now = desk.clock.now()
    for _ in range(110):
        withdrawn = HelpAct(
            id=HelpActId(desk.services.entropy.new_id()),
            act=Act.RESET,
            person_id=ann.id,
            asked_by=adam.id,
            asked_at=now,
            state=State.WITHDRAWN,
            detail={},
            reason=REASON,
            ends_at=now,
        )
        desk.services.help_acts.add(desk.account.id, withdrawn)
    assert answer(as_admin, ann, "elsewhere").path.startswith("/admin/help/"), "asked for, not done"
