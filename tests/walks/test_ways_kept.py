"""Several ways in the profile: fresh proof by each, which comes first, losing and removing them, and ways back in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.walks import codes
from tests.walks.codes import NUMBER, code, sent, wrong
from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


@pytest.fixture
def una(desk: Desk) -> Somebody:
    """Return an agent with an app, a number and a mailbox, who chose to be asked."""
    codes.texts_go_to(desk, "AT")
    una = desk.add("una@acme.example", app=True, chosen=True)
    codes.give_phone(desk, una)
    codes.give_mailbox(desk, una)
    return una


@pytest.fixture
def signed_in(desk: Desk, una: Somebody) -> Browser:
    """Return a browser in which she signed in longer ago than a proof is fresh."""
    browser = desk.sign_in(una)
    desk.forward(minutes=6)
    return browser


def row_of(desk: Desk, somebody: Somebody, kind: str) -> str:
    """Return the path under which a method of this kind is managed."""
    return f"/profile/security/methods/{next(one.id for one in desk.held(somebody) if one.kind == kind)}"


def proof_field(browser: Browser) -> str:
    return dict(browser.page.form("proof_passcode").fields)["proof_kind"]


@pytest.mark.behaviour("B55", "B48")
@pytest.mark.parametrize(("kind", "to"), [("sms", NUMBER), ("email", "una@acme.example")])
def test_fresh_proof_by_a_code_that_is_sent(desk: Desk, una: Somebody, signed_in: Browser, kind: str, to: str) -> None:
    desk.services.enrolments.prefer(desk.account.id, una.id, next(one.id for one in desk.held(una) if one.kind == kind))
    signed_in.get("/profile/security/turn-off")
    assert not desk.mails("passcode"), "opening a page sends nothing"
    page = signed_in.post("/profile/security/turn-off")
    assert page.path == "/profile/security/turn-off"
    assert "Is it still you?" in page.text
    assert proof_field(signed_in) == kind
    right = code(desk, to)
    page = signed_in.submit({"proof_passcode": wrong(right)}, having="proof_passcode")
    assert page.title.startswith("Error:")
    assert len(sent(desk, to)) == 1
    desk.forward(seconds=2)
    assert desk.held(una)
    signed_in.submit({"proof_passcode": right}, having="proof_passcode")
    assert not desk.held(una), "what was asked for before the proof is done after it"


def test_another_way_and_a_new_code_keep_what_was_typed(desk: Desk, una: Somebody, signed_in: Browser) -> None:
    signed_in.get("/profile/password")
    signed_in.submit({"new_password": "nine lanterns on a pier"})
    assert proof_field(signed_in) == "totp"
    page = signed_in.submit(press="proof_way=sms", having="proof_passcode")
    assert proof_field(signed_in) == "sms"
    assert ("new_password", "nine lanterns on a pier") in page.form("proof_passcode").fields
    first = code(desk)
    page = signed_in.submit(press="proof_again", having="proof_passcode")
    assert page.status == 429
    assert "A new code can be sent at" in page.text
    desk.forward(seconds=31)
    signed_in.submit(press="proof_again", having="proof_passcode")
    second = code(desk)
    assert second != first
    page = signed_in.submit({"proof_passcode": first}, having="proof_passcode")
    assert "Use the one we sent at" in page.text
    signed_in.submit({"proof_passcode": second}, having="proof_passcode")
    una.password = "nine lanterns on a pier"
    signed_in.sign_out()
    signed_in.drop_cookies()
    desk.forward(minutes=1)
    desk.sign_in(una, signed_in)


def test_trying_a_method_asks_for_a_code_of_its_own(desk: Desk, una: Somebody, signed_in: Browser) -> None:
    signed_in.get("/profile/security")
    signed_in.post(f"{row_of(desk, una, 'email')}/try")
    assert proof_field(signed_in) == "email"
    page = signed_in.submit({"proof_passcode": code(desk, una.email)}, having="proof_passcode")
    assert "It works: the code was right." in page.text


@pytest.mark.behaviour("B48")
def test_what_is_chosen_is_asked_for_first(desk: Desk, browser: Browser, una: Somebody) -> None:
    desk.sign_in(una, browser)
    browser.get("/profile/security")
    page = browser.post(f"{row_of(desk, una, 'sms')}/prefer")
    assert "This method is asked for first from now on." in page.text
    assert [one.kind for one in desk.held(una)] == ["sms", "totp", "email"]
    elsewhere = desk.browser()
    desk.present_password(elsewhere, una)
    assert "to •••• 4567" in elsewhere.page.text
    elsewhere.submit({"passcode": code(desk)})
    assert is_signed_in(elsewhere)


def test_each_method_shows_what_can_be_done_with_it(desk: Desk, browser: Browser, una: Somebody) -> None:
    desk.sign_in(una, browser)
    page = browser.get("/profile/security")
    for words in ("Authenticator app", "Text messages", "Codes by mail", "asked first", "added ", "last used "):
        assert words in page.text
    actions = {form.action for form in page.forms}
    for kind, replaced in (("totp", True), ("sms", True), ("email", False)):
        row = row_of(desk, una, kind)
        assert {f"{row}/{name}" for name in ("rename", "try")} <= actions
        assert f"{row}/remove" in {url for url, _ in page.links}
        assert (f"{row}/replace" in actions) is replaced, "there is but one address on file"
    browser.post(f"{row_of(desk, una, 'sms')}/rename", {"method_name": "Work phone"})
    assert "Work phone" in browser.page.text


def test_ways_back_in_are_those_that_policy_counts(desk: Desk, browser: Browser, una: Somebody) -> None:
    desk.add("olive@acme.example", Role.OWNER)
    desk.sign_in(una, browser)
    page = browser.get("/profile/security")
    for line in ("10 recovery codes", "texts to •••• 4567", "mail to u•••@a…", "Olive can help"):
        assert line in page.text
    assert "Only one way is left." not in page.text
    desk.change(una, proved_by_mailbox_at=desk.clock.now())
    page = browser.get("/profile/security")
    assert "mail to u•••@a…" not in page.text.partition("Your methods")[0].partition("Your ways back in")[2]
    assert "so codes by mail prove nothing until" in page.text
    assert "Any other proof ends that at once: app “una@acme.example” or texts to •••• 4567 or a recovery code." in (
        page.text
    )


def test_nobody_is_named_as_a_helper_who_cannot_help(desk: Desk, browser: Browser) -> None:
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    adam = desk.add("adam@acme.example", Role.ADMIN)
    desk.sign_in(olive, browser)
    text = browser.get("/profile/security").text
    assert "can help" not in text, "an admin alone does not let an owner in"
    for name, facts in (("ada", {"suspended_at": desk.clock.now()}), ("new", {"password": None})):
        desk.change(desk.add(f"{name}@acme.example", Role.ADMIN), **facts)
    assert "can help" not in browser.get("/profile/security").text
    desk.change(adam, name="Adam Novak")
    desk.add("aki@acme.example", Role.ADMIN)
    assert "Adam Novak or Aki can help" in browser.get("/profile/security").text


def test_one_way_left_is_told(desk: Desk, browser: Browser) -> None:
    codes.texts_go_to(desk, "AT")
    vic = desk.add("vic@globex.example", Role.END_USER, app=True, codes_too=False, chosen=True)
    desk.sign_in(vic, browser)
    assert "Only one way is left. Add another while" in browser.get("/profile/security").text
    # Where one takes the place of the other, there is none to add.
    desk.for_both(lambda rules: replace(rules, one_method=True))
    page = browser.get("/profile/security")
    assert "Change to another" in page.text
    assert "Add another" not in page.text
    assert "lets you hold one method at a time, so make new recovery codes" in page.text


@pytest.mark.behaviour("A44")
def test_the_last_one_goes_only_where_nothing_requires_it(desk: Desk, browser: Browser, una: Somebody) -> None:
    desk.require()
    desk.sign_in(una, browser)
    browser.get("/profile/security")
    for kind in ("totp", "sms"):
        browser.post(f"{row_of(desk, una, kind)}/remove")
    [last] = desk.held(una)
    assert last.kind == "email"
    page = browser.post(f"/profile/security/methods/{last.id}/remove")
    assert len(desk.held(una)) == 1
    assert "It is required, so it cannot be turned off or its last method removed." in page.text
    assert "Acme Support requires it." in page.text
    desk.require(team=False)
    desk.change(una, chosen=True)
    browser.post(f"/profile/security/methods/{last.id}/remove")
    assert not desk.held(una)
    elsewhere = desk.browser()
    desk.present_password(elsewhere, una)
    assert is_signed_in(elsewhere)


@pytest.mark.behaviour("B48", "B55")
def test_removing_one_of_several_names_what_goes_and_what_stays(desk: Desk, browser: Browser, una: Somebody) -> None:
    desk.sign_in(una, browser)
    page = browser.get("/profile/security")
    assert not [form for form in page.forms if form.action.endswith("/remove")], "asked first"
    browser.click("Remove Text messages to •••• 4567")
    page = browser.page
    assert "Remove: Text messages to •••• 4567?" in page.text
    for stays in ("app “una@acme.example”", "mail to u•••@a…", "10 recovery codes"):
        assert f"<li>{stays}</li>" in page.html
    assert "Only one way is left then." not in page.text
    browser.click("Keep it")
    assert browser.page.path == "/profile/security"
    assert len(desk.held(una)) == 3

    # The question is no proof: that is asked for where it is old, and then the method goes.
    desk.forward(minutes=6)
    browser.click("Remove Text messages to •••• 4567")
    browser.submit()
    assert len(desk.held(una)) == 3
    browser.submit({"proof_passcode": una.app.next_code()})
    assert browser.page.path == "/profile/security"
    assert "The method is removed." in browser.page.text
    assert sorted(one.kind for one in desk.held(una)) == ["email", "totp"]


def test_the_question_says_when_one_way_is_left(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True, codes_too=False)
    desk.give_app(ann, codes_too=False)
    desk.sign_in(ann, browser)
    first, second = desk.held(ann)
    url = "/profile/security/methods/{}/remove"
    assert "Only one way is left then." in browser.get(url.format(first.id)).text
    browser.submit()
    # The last one is another question.
    assert browser.get(url.format(second.id)).path == "/profile/security/turn-off"
    assert browser.get(url.format(first.id)).status == 404
    desk.require()
    assert "It is required" in browser.get(url.format(second.id)).text


@pytest.mark.behaviour("B48")
def test_after_a_recovery_code_only_what_is_lost_goes(desk: Desk, browser: Browser, una: Somebody) -> None:
    desk.present_password(browser, una)
    browser.submit({"passcode": una.recovery_codes[0]})
    assert browser.page.path == "/sign-in/after-recovery"
    assert "What is lost?" in browser.page.text
    page = browser.submit(press="phone=lost")
    assert "Tick what is lost." in page.text
    ids = {one.kind: one.id for one in desk.held(una)}
    browser.submit({f"lost_{ids['totp']}": "1", f"lost_{ids['sms']}": "1"}, press="phone=lost")
    codes.to_choices(desk, browser, una)
    browser.submit({"thing": "app"})
    browser.submit()
    assert len(desk.held(una)) == 3, "nothing goes before the new one is confirmed"
    desk.connect(una, browser)
    assert sorted(one.kind for one in desk.held(una)) == ["email", "totp"]
    assert ids["email"] in {one.id for one in desk.held(una)}
    assert ids["totp"] not in {one.id for one in desk.held(una)}
    assert not desk.mails("factor_set_up", to=una.email), "it is no first set-up"
    (mail,) = desk.mails("factor_replaced", to=una.email)
    assert mail.subject == f"Your second factor at {desk.account.name} was replaced"
    assert f"no longer works:\n- Authenticator app “{una.email}”\n- Text messages to •••• 4567\n" in mail.text
    assert "This stays as it was:\n- Codes by mail to u•••@a…\n" in mail.text
    assert "also undoes" not in mail.text
    assert "until then the new second factor stays" in mail.text
    # What the mail says of its link holds: the new one is still there, and a helper has to take it away.
    link = urlsplit(str(mail.params["freeze_url"]))
    browser.get(f"{link.path}?{link.query}")
    browser.submit()
    assert len(desk.held(una)) == 2
    assert desk.events("sign_in.frozen", of=una)[-1].detail["about"] == "factor_replaced"


def test_what_was_set_up_in_place_of_a_first_one_is_undone_as_long_as_the_mail_says(
    desk: Desk, browser: Browser
) -> None:
    dora = desk.add("dora@acme.example", app=True, chosen=True, enrolled_at=desk.clock.now() - timedelta(hours=10))
    desk.present_password(browser, dora)
    browser.submit({"passcode": dora.recovery_codes[0]})
    browser.submit(press="phone=lost")
    codes.to_choices(desk, browser, dora)
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(dora, browser)
    (mail,) = desk.mails("factor_replaced", to=dora.email)
    assert "until 6 May 2026, 23:00 BST it also undoes what was set up" in mail.text
    assert "for a reset" not in mail.text
    link = urlsplit(str(mail.params["freeze_url"]))
    desk.forward(hours=61)
    browser.get(f"{link.path}?{link.query}")
    browser.submit()
    assert not desk.held(dora)


@pytest.mark.parametrize(
    ("kind", "question", "lost"),
    [("sms", "Where is your phone?", "or the number is another"), ("email", "Can you read your mail?", "Not any more")],
)
def test_after_a_recovery_code_the_question_fits_the_only_way(
    desk: Desk, browser: Browser, kind: str, question: str, lost: str
) -> None:
    codes.texts_go_to(desk, "AT")
    dora = desk.add("dora@acme.example", app=True, chosen=True)
    {"sms": codes.give_phone, "email": codes.give_mailbox}[kind](desk, dora)
    desk.services.enrolments.remove(desk.account.id, dora.id, [one.id for one in desk.held(dora) if one.kind == "totp"])
    desk.present_password(browser, dora)
    browser.submit({"passcode": dora.recovery_codes[0]})
    assert question in browser.page.text
    assert lost in browser.page.text
    browser.submit(press="phone=lost")
    codes.to_choices(desk, browser, dora)


def test_the_last_page_of_set_up_offers_a_second_way(desk: Desk, browser: Browser) -> None:
    codes.texts_go_to(desk, "AT")
    desk.require()
    dora = desk.add("dora@acme.example")
    desk.present_password(browser, dora, to="/profile/details")
    codes.to_choices(desk, browser, dora)
    browser.submit({"thing": "texts"})
    browser.submit({"number": NUMBER})
    browser.submit({"passcode": code(desk)}, having="passcode")
    browser.submit(having="saved")
    assert "Add a second way" in browser.page.text
    browser.submit(press="second")
    codes.to_choices(desk, browser, dora)
    browser.submit({"thing": "mail"})
    browser.submit({"passcode": code(desk, dora.email)}, having="passcode")
    assert sorted(one.kind for one in desk.held(dora)) == ["email", "sms"]
    assert "Add a second way" not in browser.page.text
    browser.submit()
    assert browser.page.path == "/profile/details"
