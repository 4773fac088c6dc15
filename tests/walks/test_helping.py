"""Help NAME sign in: a code, a reset, a pass, an ended wait, and being let in; recorded with how it was checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.helping import REASON, answer, code_on, help_page, post_help
from tests.walks.kit import PASSWORD, is_signed_in, stored_bytes
from twofold.core.recovery import normalise
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


def with_code(desk: Desk, somebody: Somebody, code: str, browser: Browser | None = None) -> Browser:
    """Give the password, and type what a helper gave where the passcode is asked for."""
    browser = browser or desk.browser()
    desk.present_password(browser, somebody)
    assert browser.page.path == "/sign-in/passcode"
    browser.submit({"passcode": code}, having="passcode")
    return browser


def test_what_a_helper_did_to_others_is_no_history_of_their_own(desk: Desk, adam: Somebody, as_admin: Browser) -> None:
    lost = desk.add("lost@acme.example", Role.AGENT, app=True, chosen=True)
    answer(as_admin, lost, "lost")
    done = "A helper reset the second factor."

    assert done in as_admin.get(f"/admin/people/{lost.id}").text
    assert done not in as_admin.get(f"/admin/people/{adam.id}").text
    assert done not in as_admin.get("/profile/security").text


@pytest.mark.behaviour("A65")
@pytest.mark.behaviour("B11")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_an_admin_gives_one_code_that_works_once(desk: Desk, adam: Somebody, as_admin: Browser, role: Role) -> None:
    lost = desk.add("lost@acme.example", role, app=True, chosen=True)
    as_admin.get(f"/admin/people/{lost.id}")
    as_admin.click("Help Lost sign in")
    as_admin.submit({"what": "codes_gone"}, having="what")
    as_admin.submit({"check": "called_back"}, having="check")
    assert "Lost gets a code for one sign-in." in as_admin.page.text
    assert "Lost is mailed." in as_admin.page.text
    shown = as_admin.submit({"reason": REASON}, having="reason")
    code = code_on(shown)
    assert len(normalise(code)) == 16
    assert shown.headers["Cache-Control"] == "no-store"
    assert code not in as_admin.get(help_page(lost)).html, "shown once"

    browser = with_code(desk, lost, code.lower().replace("-", " "))
    assert is_signed_in(browser)
    again = with_code(desk, lost, code)
    assert not is_signed_in(again)
    assert "That code was used on" in again.page.text
    assert len(desk.held(lost)) == 1, "nothing was taken away"

    (mail,) = desk.mails("helped", to=lost.email)
    assert code not in mail.text
    assert "/links/freeze?link=" in mail.text
    assert ("Adam" in mail.text) == (role is Role.AGENT), "names of helpers are for team members"
    assert "works no more" in desk.mails("helpers_code_used", to=lost.email)[0].text
    (event,) = desk.events("help.code_given", of=lost)
    assert event.actor_id == adam.id
    assert event.detail == {"what": "codes_gone", "check": "called_back", "reason": REASON}
    history = as_admin.get(f"/admin/people/{lost.id}").text
    assert f"A helper gave a code for one sign-in. Adam · called back on a known number · “{REASON}”" in history
    for secret in (code, normalise(code)):
        assert secret.encode() not in stored_bytes()


@pytest.mark.behaviour("A65")
def test_a_code_works_beside_the_password_only_for_a_day_and_the_next_one_voids_it(
    desk: Desk, as_admin: Browser, ann: Somebody
) -> None:
    first = code_on(answer(as_admin, ann, "elsewhere"))
    second = code_on(answer(as_admin, ann, "elsewhere"))
    assert not is_signed_in(with_code(desk, ann, first))
    other = desk.add("other@acme.example", app=True, chosen=True)
    assert not is_signed_in(with_code(desk, other, second)), "it is Ann's alone"
    desk.forward(hours=24)
    late = with_code(desk, ann, second)
    assert not is_signed_in(late)
    assert "That code is too old." in late.page.text
    third = code_on(
        answer(desk.sign_in(desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True)), ann, "elsewhere")
    )
    wrong = desk.browser()
    desk.present_password(wrong, ann, password="wrong wrong wrong")
    wrong.post("/sign-in/passcode", {"passcode": third})
    assert not is_signed_in(wrong)
    assert is_signed_in(with_code(desk, ann, third))


@pytest.mark.behaviour("A65")
def test_a_code_ends_a_wait(desk: Desk, as_admin: Browser, ann: Somebody) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann)
    for _ in range(6):
        browser.post("/sign-in/passcode", {"passcode": "000000"})
        desk.forward(seconds=17)
    code = code_on(answer(as_admin, ann, "elsewhere"))
    desk.present_password(browser, ann)
    assert "Too many wrong codes" in browser.page.title
    browser.post("/sign-in/passcode", {"passcode": code})
    assert is_signed_in(browser)
    browser.sign_out()
    assert is_signed_in(desk.sign_in(ann)), "codes from the app are looked at again"


@pytest.mark.behaviour("B11")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_agents_and_end_users_get_403(desk: Desk, ann: Somebody, role: Role) -> None:
    browser = desk.sign_in(desk.add("bob@acme.example", role, app=True, chosen=True))
    for path in (help_page(ann), "/admin/help", f"/admin/people/{ann.id}"):
        assert browser.get(path).status == 403
    assert post_help(browser, ann, "elsewhere").status == 403
    assert browser.post(f"{help_page(ann)}/words", {"what": "elsewhere", "channel": "email"}).status == 403
    assert not desk.events("help.code_given")
    assert not desk.mails()


@pytest.mark.behaviour("B12")
def test_a_code_lets_somebody_in_who_cannot_read_the_mailed_one(desk: Desk, as_admin: Browser) -> None:
    desk.for_both(lambda rules: replace(rules, checks_new_browsers=True))
    bare = desk.add("bare@acme.example")
    browser = desk.browser()
    desk.present_password(browser, bare)
    assert browser.page.path == "/sign-in/new-browser"
    code = code_on(answer(as_admin, bare, "new_browser"))
    browser.submit({"mailbox_code": code}, having="mailbox_code")
    assert is_signed_in(browser)
    again = desk.browser()
    desk.present_password(again, bare)
    again.submit({"mailbox_code": code}, having="mailbox_code")
    assert not is_signed_in(again), "once"


def test_an_access_pass_is_no_way_past_a_new_browser(desk: Desk, as_admin: Browser) -> None:
    newt = desk.add("newt@acme.example", must_set_up=True)
    made = code_on(answer(as_admin, newt, "no_mail"))
    desk.change(newt, must_set_up=False)
    desk.for_both(lambda rules: replace(rules, checks_new_browsers=True))
    browser = desk.browser()
    desk.present_password(browser, newt)
    browser.submit({"mailbox_code": made}, having="mailbox_code")
    assert not is_signed_in(browser)
    assert browser.page.path == "/sign-in/new-browser"


@pytest.mark.behaviour("B47")
def test_a_reset_ends_sessions_is_mailed_and_asks_for_set_up_next_time(
    desk: Desk, as_admin: Browser, ann: Somebody
) -> None:
    open_one = desk.sign_in(ann, trust=True)
    page = answer(as_admin, ann, "lost", check="vouched", vouched_by="Bea from the next desk")
    assert page.path == f"/admin/people/{ann.id}"
    assert "Reset." in page.text
    assert "vouched for by Bea from the next desk" in page.text
    assert not is_signed_in(open_one)
    assert desk.held(ann) == ()
    assert "set up a new one" in desk.mails("helped", to=ann.email)[0].text
    (event,) = desk.events("help.reset", of=ann)
    assert event.detail["vouched_by"] == "Bea from the next desk"

    old_code = ann.recovery_codes[0]
    desk.present_password(open_one, ann)
    assert open_one.page.path == "/sign-in/set-up", "trust ended as well, and nothing old is asked for"
    open_one.post("/sign-in/passcode", {"passcode": old_code})
    assert not is_signed_in(open_one)
    open_one.get("/sign-in/set-up")
    desk.set_up(ann, open_one)
    assert is_signed_in(open_one)
    assert len(desk.mails("mailbox_code", to=ann.email)) == 1, "the mailbox was proved first"
    open_one.sign_out()
    assert is_signed_in(desk.sign_in(ann))


@pytest.mark.behaviour("B47")
def test_helping_wants_the_helpers_own_fresh_second_factor(desk: Desk, adam: Somebody, ann: Somebody) -> None:
    as_admin = desk.sign_in(adam)
    desk.forward(minutes=6)
    page = answer(as_admin, ann, "lost")
    assert "Is it still you?" in page.text
    assert len(desk.held(ann)) == 1
    as_admin.submit({"proof_passcode": adam.app.next_code()}, having="proof_passcode")
    assert desk.held(ann) == (), "nothing that was typed was lost on the way"
    assert desk.events("help.reset", of=ann)[0].detail["reason"] == REASON

    bare = desk.sign_in(desk.add("bare@acme.example", Role.ADMIN))
    ben = desk.add("ben@acme.example", app=True, chosen=True)
    assert "Set up your own second factor first" in bare.get(help_page(ben)).text
    refused = post_help(bare, ben, "lost")
    assert refused.status == 403
    assert "Set up your own second factor first" in refused.text
    assert len(desk.held(ben)) == 1


@pytest.mark.behaviour("B47")
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"reason": "  "}, "Say in a few words why"),
        ({"reason": "x" * 501}, "too long"),
        ({"check": "vouched"}, "Say who vouches"),
        ({"check": ""}, "Say how you know who it is"),
        ({"check": "four_words", "words": "able acid acorn acre"}, "Send four words first"),
        ({"what": "not_today"}, "That does not fit any more"),
        ({"what": "waiting"}, "That does not fit any more"),
        ({"what": "no_mail", "how_long": "3600"}, "That does not fit any more"),
    ],
)
def test_answers_that_do_not_do_change_nothing(
    desk: Desk, as_admin: Browser, ann: Somebody, fields: dict[str, str], message: str
) -> None:
    page = as_admin.post(help_page(ann), {"what": "lost", "check": "video", "reason": REASON, **fields})
    assert page.status == 400
    assert message in page.text
    assert page.title.startswith("Error:")
    assert len(desk.held(ann)) == 1
    assert not desk.mails()


def test_what_no_page_of_ours_sends_is_refused_whole(as_admin: Browser, ann: Somebody) -> None:
    for fields in ({"what": "everything"}, {"what": "lost", "check": "hearsay"}):
        assert as_admin.post(help_page(ann), fields).status == 400
    assert as_admin.get(f"{help_page(ann)}?what=x&check=y&call=z").status == 200
    assert as_admin.get(f"/admin/people/{'0' * 26}/help").status == 404


def test_an_ended_wait_lets_codes_be_looked_at_again(desk: Desk, as_admin: Browser, ann: Somebody) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann)
    for _ in range(6):
        browser.post("/sign-in/passcode", {"passcode": "000000"})
        desk.forward(seconds=17)
    desk.present_password(browser, ann)
    assert "Too many wrong codes" in browser.page.title
    # The same moment on every page that says it, and none a moment too early.
    until = browser.page.text.partition("You can try again at ")[2][:5]
    assert f"waits until {until}." in as_admin.get(help_page(ann)).text
    assert f"waiting until {until}" in as_admin.get(f"/admin/people/{ann.id}").text
    page = answer(as_admin, ann, "waiting")
    assert "The wait is over." in page.text
    browser.get("/sign-in/passcode")
    browser.submit({"passcode": ann.app.next_code()}, having="passcode")
    assert is_signed_in(browser)
    assert desk.events("help.wait_ended", of=ann)
    assert desk.mails("helped", to=ann.email)


def test_an_access_pass_opens_set_up_and_replaces_what_was_there(desk: Desk, as_admin: Browser, ann: Somebody) -> None:
    desk.require()
    newt = desk.add("newt@acme.example")
    page = answer(as_admin, newt, "no_mail", how_long="600")
    made = code_on(page)
    assert len(normalise(made)) == 12
    assert "opens setting up" in page.text
    browser = desk.browser()
    desk.present_password(browser, newt)
    browser.submit(press="go=set_up")
    assert browser.page.path == "/sign-in/set-up/mailbox"
    browser.submit({"mailbox_code": made}, having="mailbox_code")
    assert browser.page.path == "/sign-in/set-up/choose"
    assert not is_signed_in(browser)
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(newt, browser)
    assert is_signed_in(browser)

    # Somebody who holds something types it where the passcode is asked for; what was there before goes.
    old = desk.held(newt)
    with desk.services.transactions.begin():
        desk.services.enrolments.remove(desk.account.id, newt.id, [old[0].id])
    desk.change(newt, must_set_up=True)
    second = code_on(answer(as_admin, newt, "no_mail", how_long="600"))
    desk.give_app(newt)
    desk.change(newt, must_set_up=False)
    other = with_code(desk, newt, second)
    assert other.page.path == "/sign-in/set-up"
    assert not is_signed_in(other)
    other.submit(press="go=set_up")
    other.submit({"thing": "app"})
    other.submit()
    desk.connect(newt, other)
    assert is_signed_in(other)
    assert len(desk.held(newt)) == 1
    assert desk.events("access_pass.used", of=newt)
    assert not is_signed_in(with_code(desk, newt, second)), "once"


def test_an_access_pass_lives_as_long_as_was_chosen_and_proves_nothing_in_a_session(
    desk: Desk, as_admin: Browser
) -> None:
    newt = desk.add("newt@acme.example", must_set_up=True)
    made = code_on(answer(as_admin, newt, "no_mail", how_long="600"))
    assert post_help(as_admin, newt, "no_mail", how_long="86401").status == 400
    assert post_help(as_admin, newt, "no_mail", how_long="").status == 400
    desk.give_app(newt)
    desk.change(newt, must_set_up=False, chosen=True)
    browser = desk.sign_in(newt)
    desk.forward(minutes=6)
    browser.post("/profile/security/recovery-codes", {"show": "1"})
    browser.submit({"proof_passcode": made}, having="proof_passcode")
    assert "That code is not right." in browser.page.text
    desk.forward(minutes=5)
    late = with_code(desk, newt, made)
    assert "That code is too old." in late.page.text
    assert not is_signed_in(late)


def test_somebody_never_set_up_is_let_in_for_a_while_twice_at_most(desk: Desk, adam: Somebody) -> None:
    desk.require()
    newt = desk.add("newt@acme.example")
    browser = desk.browser()
    for _ in range(2):
        desk.present_password(browser, newt)
        assert browser.page.path == "/sign-in/set-up"
        assert not is_signed_in(browser)
        page = answer(desk.sign_in(adam), newt, "not_today", how_long="14400")
        assert "Let in for a while." in page.text
        desk.present_password(browser, newt)
        assert is_signed_in(browser)
        desk.forward(hours=4)
    desk.present_password(browser, newt)
    assert not is_signed_in(browser)
    as_admin = desk.sign_in(adam)
    assert "They cannot set up today" not in as_admin.get(help_page(newt)).text
    assert post_help(as_admin, newt, "not_today", how_long="14400").status == 400
    assert len(desk.mails("helped", to=newt.email)) == 2
    assert [event.detail["seconds"] for event in desk.events("help.let_in")] == [14400, 14400]


@pytest.mark.parametrize("fact", ["must_set_up", "chosen"])
def test_somebody_who_was_reset_or_chose_it_is_not_let_in(desk: Desk, as_admin: Browser, fact: str) -> None:
    desk.require()
    newt = desk.add("newt@acme.example")
    desk.change(newt, **{fact: True})
    assert post_help(as_admin, newt, "not_today", how_long="14400").status == 400
    held = desk.add("held@acme.example", app=True)
    assert post_help(as_admin, held, "not_today", how_long="14400").status == 400


def test_ones_own_help_page_leads_to_ones_own_editor(desk: Desk, adam: Somebody, as_admin: Browser) -> None:
    assert as_admin.get(help_page(adam)).path == "/profile/security"
    assert as_admin.get(f"{help_page(adam)}?what=lost&check=video").path == "/profile/security"
    answered = post_help(as_admin, adam, "lost")
    assert (answered.status, answered.headers["Location"]) == (303, "/profile/security")
    assert len(desk.held(adam)) == 1
    assert "Help Adam sign in" not in as_admin.get(f"/admin/people/{adam.id}").text


def test_a_reset_voids_what_a_helper_gave_before(desk: Desk, as_admin: Browser, ann: Somebody) -> None:
    code = code_on(answer(as_admin, ann, "elsewhere"))
    answer(as_admin, ann, "lost")
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit(press="go=set_up")
    browser.submit({"mailbox_code": code}, having="mailbox_code")
    assert browser.page.path == "/sign-in/set-up/mailbox"
    assert not is_signed_in(browser)


def test_a_call_is_taken_off_the_list_by_helping(desk: Desk, as_admin: Browser, ann: Somebody) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann, password=PASSWORD)
    browser.click("I cannot get a code")
    browser.submit(press="ask")
    mail = desk.mails("help_called")[0]
    as_admin.get(str(mail.params["url"]).removeprefix(desk.account.base_url))
    assert f"Their screen shows {mail.params['number']}" in as_admin.page.text
    as_admin.submit({"what": "elsewhere"}, having="what")
    as_admin.submit({"check": "video"}, having="check")
    as_admin.submit({"reason": REASON}, having="reason")
    (event,) = desk.events("help.code_given", of=ann)
    assert isinstance(event.detail["call"], str)
    assert "Nobody is asking for help" in as_admin.get("/admin/help").text
    assert desk.clock.now() - event.at < timedelta(minutes=1)
