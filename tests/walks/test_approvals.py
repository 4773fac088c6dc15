"""What one admin may not do alone: asked for, agreed to, waited for, stopped, and done by whoever asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.helping import REASON, answer, code_on, post_help
from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody


def an_admin(desk: Desk, name: str) -> Somebody:
    return desk.add(f"{name}@acme.example", Role.ADMIN, app=True, chosen=True)


@pytest.fixture
def olga(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def adam(desk: Desk) -> Somebody:
    return an_admin(desk, "adam")


@pytest.fixture
def ada(desk: Desk) -> Somebody:
    return an_admin(desk, "ada")


@pytest.fixture
def aki(desk: Desk) -> Somebody:
    return an_admin(desk, "aki")


def asked_of(desk: Desk, helper: Browser, somebody: Somebody, what: str = "lost") -> str:
    """Ask for an act on somebody, and return the path of the request."""
    page = answer(helper, somebody, what)
    assert page.path.startswith("/admin/help/"), page.text
    assert "Asked." in page.text
    return page.path


def decide(browser: Browser, path: str, act: str) -> Page:
    return browser.post(f"{path}/{act}", {"go": act})


def stop_link(desk: Desk, somebody: Somebody) -> str:
    url = str(desk.mails("help_to_come", to=somebody.email)[-1].params["stop_url"])
    return url.removeprefix(desk.account.base_url)


@pytest.mark.security("SE11")
def test_two_admins_help_an_admin(desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody, aki: Somebody) -> None:
    as_adam, as_ada = desk.sign_in(adam), desk.sign_in(ada)
    path = asked_of(desk, as_adam, aki, "elsewhere")
    assert "One of these has to agree first" in as_adam.get(f"/admin/people/{aki.id}/help?what=lost&check=video").text
    assert {mail.to for mail in desk.mails("help_asked")} == {olga.email, ada.email}
    assert "asks for this" in desk.mails("help_to_come", to=aki.email)[0].text
    assert not desk.events("help.code_given")

    as_adam.get(path)
    assert not any(form.has("go") and form.action.endswith(("approve", "do")) for form in as_adam.page.forms)
    assert decide(as_adam, path, "approve").status == 403, "not by whoever asked"
    assert decide(as_adam, path, "do").status == 403, "not before somebody agreed"
    assert decide(desk.sign_in(aki), path, "approve").status == 403, "not by the person it is about"

    mail = desk.mails("help_asked", to=ada.email)[0]
    as_ada.get(str(mail.params["url"]).removeprefix(desk.account.base_url))
    assert REASON in as_ada.page.text
    assert "seen on video" in as_ada.page.text
    assert "Agreed." in decide(as_ada, path, "approve").text
    assert "agreed to this" in desk.mails("help_decided", to=adam.email)[0].text
    assert decide(as_ada, path, "do").status == 403, "only whoever asked does it"

    code = code_on(decide(as_adam, path, "do"))
    assert code
    assert decide(as_adam, path, "do").status == 403, "once"
    browser = desk.browser()
    desk.present_password(browser, aki)
    browser.submit({"passcode": code}, having="passcode")
    assert is_signed_in(browser)
    (event,) = desk.events("help.code_given", of=aki)
    assert (event.actor_id, event.detail["approved_by"]) == (adam.id, ada.id)
    assert "Ada agreed" in as_adam.get(f"/admin/people/{aki.id}").text
    assert [mail.to for mail in desk.mails("helped_told")] == [olga.email]


@pytest.mark.security("SE11")
def test_an_owner_helps_an_admin_and_another_owner_alone(desk: Desk, olga: Somebody, adam: Somebody) -> None:
    otto = desk.add("otto@acme.example", Role.OWNER, app=True, chosen=True)
    as_owner = desk.sign_in(olga)
    for somebody in (adam, otto):
        answer(as_owner, somebody, "lost")
        assert desk.held(somebody) == ()
    assert not desk.events("help.asked")


@pytest.mark.security("SE11")
def test_two_admins_help_an_owner_after_24_hours(desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody) -> None:
    as_adam = desk.sign_in(adam)
    path = asked_of(desk, as_adam, olga)
    as_ada = desk.sign_in(ada)
    assert "has 24 hours to stop it" in as_adam.get(f"/admin/people/{olga.id}/help?what=lost&check=video").text
    assert "Agreed." in decide(as_ada, path, "approve").text
    assert [mail.params["stage"] for mail in desk.mails("help_to_come", to=olga.email)] == ["asked", "approved"]
    assert decide(as_adam, path, "do").status == 403
    desk.forward(hours=23, minutes=58)
    assert decide(desk.sign_in(adam), path, "do").status == 403
    assert len(desk.held(olga)) == 1
    desk.forward(minutes=5)
    as_adam = desk.sign_in(adam)
    assert decide(as_adam, path, "do").path == f"/admin/people/{olga.id}"
    assert desk.held(olga) == ()


@pytest.mark.security("SE11")
@pytest.mark.parametrize("when", ["asked", "approved"])
def test_an_owner_stops_it_from_a_mail(desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody, when: str) -> None:
    path = asked_of(desk, desk.sign_in(adam), olga)
    if when == "approved":
        decide(desk.sign_in(ada), path, "approve")
        desk.forward(hours=23)
    browser = desk.browser()
    browser.get(stop_link(desk, olga))
    assert desk.events("help.stopped") == [], "a mail scanner opens links too"
    assert "Adam asked for something" in browser.page.text
    browser.submit()
    assert "It is stopped" in browser.page.text
    assert not is_signed_in(browser)
    assert "The person it was about stopped this" in desk.mails("help_decided", to=adam.email)[-1].text
    desk.forward(hours=25)
    as_adam = desk.sign_in(adam)
    assert decide(as_adam, path, "do").status == 403
    assert "stopped by the person" in as_adam.get(path).text
    assert len(desk.held(olga)) == 1
    assert browser.get(stop_link(desk, olga)).status == 404


def test_a_stop_link_outlives_what_a_thief_ends_and_is_no_other_link(
    desk: Desk, olga: Somebody, adam: Somebody
) -> None:
    asked_of(desk, desk.sign_in(adam), olga)
    desk.sign_in(olga).post("/profile/security/sessions/end-all")
    browser = desk.browser()
    link = stop_link(desk, olga)
    for other in ("freeze", "password_reset", "rescue", "invitation"):
        assert browser.get(link.replace("stop_help", other)).status == 404
    assert browser.get("/links/stop_help?link=x").status == 404
    assert browser.get(link).status == 200
    browser.submit()
    assert desk.events("help.stopped")
    assert not desk.events("sign_in.frozen")


@pytest.mark.security("SE11")
def test_an_owners_yes_spares_the_waiting(desk: Desk, olga: Somebody, adam: Somebody) -> None:
    otto = desk.add("otto@acme.example", Role.OWNER, app=True, chosen=True)
    as_adam = desk.sign_in(adam)
    path = asked_of(desk, as_adam, olga)
    assert "Agreed." in decide(desk.sign_in(otto), path, "approve").text
    assert decide(as_adam, path, "do").path == f"/admin/people/{olga.id}"
    assert desk.held(olga) == ()


@pytest.mark.security("SE11")
def test_the_only_owner_does_not_agree_to_what_is_done_to_them(desk: Desk, olga: Somebody, adam: Somebody) -> None:
    path = asked_of(desk, desk.sign_in(adam), olga)
    as_owner = desk.sign_in(olga)
    assert decide(as_owner, path, "approve").status == 403
    assert "Refused." in decide(as_owner, path, "refuse").text
    assert "stopped by the person" in as_owner.get(path).text


def test_a_request_runs_out_and_so_does_a_yes(
    desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody, aki: Somebody
) -> None:
    path = asked_of(desk, desk.sign_in(adam), aki)
    desk.forward(hours=72)
    late = decide(desk.sign_in(ada), path, "approve")
    assert late.status == 403
    assert "ran out" in late.text
    second = asked_of(desk, desk.sign_in(adam), aki)
    assert second != path
    decide(desk.sign_in(ada), second, "approve")
    desk.forward(hours=24)
    assert decide(desk.sign_in(adam), second, "do").status == 403
    assert len(desk.held(aki)) == 1
    assert "Nothing is waiting." in desk.sign_in(adam).get("/admin/help").text


def test_asking_twice_is_one_request_and_it_can_be_taken_back_or_refused(
    desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody, aki: Somebody
) -> None:
    as_adam, as_ada = desk.sign_in(adam), desk.sign_in(ada)
    path = asked_of(desk, as_adam, aki)
    assert asked_of(desk, as_adam, aki) == path
    assert len(desk.events("help.asked")) == 1
    assert "Reset the second factor of Aki" in as_ada.get("/admin/help").text
    assert decide(as_ada, path, "withdraw").status == 403
    assert "Taken back." in decide(as_adam, path, "withdraw").text
    assert decide(as_ada, path, "approve").status == 403
    again = asked_of(desk, as_adam, aki)
    decide(as_ada, again, "approve")
    assert "Refused." in decide(as_ada, again, "refuse").text, "a yes can be taken back before it was done"
    assert decide(as_adam, again, "do").status == 403
    assert "This was refused" in desk.mails("help_decided", to=adam.email)[-1].text
    assert len(desk.held(aki)) == 1


@pytest.mark.security("SE11")
def test_everything_is_judged_again_when_it_is_done(
    desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody, aki: Somebody
) -> None:
    as_adam = desk.sign_in(adam)
    path = asked_of(desk, as_adam, aki)
    decide(desk.sign_in(ada), path, "approve")
    for somebody, facts in ((ada, {"suspended_at": desk.clock.now()}), (ada, {"role": Role.AGENT})):
        desk.change(somebody, **facts)
        assert decide(as_adam, path, "do").status == 403, "whoever agreed is no helper any more"
        desk.change(somebody, suspended_at=None, role=Role.ADMIN)
    desk.change(aki, role=Role.OWNER)
    assert decide(as_adam, path, "do").status == 403, "an owner has 24 hours"
    desk.change(aki, role=Role.ADMIN)
    desk.change(adam, role=Role.AGENT)
    assert decide(as_adam, path, "do").status == 403
    desk.change(adam, role=Role.ADMIN)
    assert len(desk.held(aki)) == 1
    assert decide(as_adam, path, "do").path == f"/admin/people/{aki.id}"
    assert desk.held(aki) == ()


@pytest.mark.security("SE11")
def test_agreeing_and_doing_want_fresh_second_factors(
    desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody, aki: Somebody
) -> None:
    bare = desk.add("bare@acme.example", Role.ADMIN)
    as_adam, as_ada, as_bare = desk.sign_in(adam), desk.sign_in(ada), desk.sign_in(bare)
    path = asked_of(desk, as_adam, aki)
    assert "Set up your own second factor first" in decide(as_bare, path, "approve").text
    desk.forward(minutes=6)
    assert "Is it still you?" in decide(as_ada, path, "approve").text
    as_ada.submit({"proof_passcode": ada.app.next_code()}, having="proof_passcode")
    assert "Agreed." in as_ada.page.text
    assert "Is it still you?" in decide(as_adam, path, "do").text
    as_adam.submit({"proof_passcode": adam.app.next_code()}, having="proof_passcode")
    assert desk.held(aki) == ()


@pytest.mark.security("SE11")
def test_who_else_may_look_at_requests(desk: Desk, olga: Somebody, adam: Somebody, aki: Somebody) -> None:
    path = asked_of(desk, desk.sign_in(adam), aki)
    auditor = desk.sign_in(desk.add("audrey@acme.example", Role.AUDITOR))
    assert auditor.get(path).status == 200
    assert REASON in auditor.page.text
    helping = desk.add("ann@acme.example", app=True, chosen=True, helps_since=desk.clock.now())
    for browser in (auditor, desk.sign_in(helping), desk.sign_in(desk.add("bob@acme.example"))):
        for act in ("approve", "refuse", "withdraw", "do"):
            assert decide(browser, path, act).status == 403
    assert desk.sign_in(helping).get(path).status == 403
    assert desk.sign_in(adam).get(f"/admin/help/{'0' * 26}").status == 404


@pytest.mark.security("SE11")
def test_roles_removals_and_suspensions_are_asked_for_from_the_persons_page(
    desk: Desk, olga: Somebody, adam: Somebody, ada: Somebody
) -> None:
    desk.add("otto@acme.example", Role.OWNER, app=True, chosen=True)
    ann = desk.add("ann@acme.example")
    as_adam, as_ada = desk.sign_in(adam), desk.sign_in(ada)
    as_adam.get(f"/admin/people/{ann.id}")
    as_adam.submit({"wanted": "set_role:admin", "reason": "She runs the desk now."}, having="wanted")
    path = as_adam.page.path
    assert "Change the role of Ann to Admin" in as_adam.page.text
    assert desk.person(ann).role is Role.AGENT
    decide(as_ada, path, "approve")
    decide(as_adam, path, "do")
    assert desk.person(ann).role is Role.ADMIN
    (event,) = desk.events("person.role_changed", of=ann)
    assert event.detail["approved_by"] == ada.id
    assert "Make Ann an admin" in desk.mails("help_asked", to=ada.email)[0].text

    as_adam.get(f"/admin/people/{ann.id}")
    as_adam.submit({"wanted": "remove", "reason": "She left."}, having="wanted")
    path = as_adam.page.path
    decide(as_ada, path, "approve")
    assert decide(as_adam, path, "do").path == "/admin/people"
    assert desk.services.people.by_id(desk.account.id, ann.id) is None
    assert as_adam.get(path).status == 404, "what was asked about somebody goes with them"

    as_adam.get(f"/admin/people/{olga.id}")
    as_adam.submit({"wanted": "suspend", "reason": "Her laptop was stolen."}, having="wanted")
    path = as_adam.page.path
    decide(as_ada, path, "approve")
    assert decide(as_adam, path, "do").status == 403
    desk.forward(hours=24)
    decide(desk.sign_in(adam), path, "do")
    assert desk.person(olga).suspended_at is not None


def test_what_cannot_be_asked_for(desk: Desk, olga: Somebody, adam: Somebody, aki: Somebody) -> None:
    as_adam = desk.sign_in(adam)
    for fields, status in (
        ({"wanted": "remove", "reason": ""}, 400),
        ({"wanted": "", "reason": REASON}, 400),
        ({"wanted": "code", "reason": REASON}, 400),
        ({"wanted": "set_role", "reason": REASON}, 400),
        ({"wanted": "set_role:king", "reason": REASON}, 400),
        ({"wanted": "remove:admin", "reason": REASON}, 400),
    ):
        assert as_adam.post(f"/admin/people/{aki.id}/ask", fields).status == status, fields
    assert as_adam.post(f"/admin/people/{adam.id}/ask", {"wanted": "set_role:owner", "reason": REASON}).status == 403
    assert as_adam.post(f"/admin/people/{olga.id}/ask", {"wanted": "remove", "reason": REASON}).status == 403
    assert not desk.events("help.asked")
    # What needs nobody is done at once.
    ann = desk.add("ann@acme.example")
    as_adam.post(f"/admin/people/{ann.id}/ask", {"wanted": "suspend", "reason": REASON})
    assert desk.person(ann).suspended_at is not None


@pytest.mark.security("SE11")
def test_a_script_that_skips_the_pages_asks_all_the_same(desk: Desk, olga: Somebody, adam: Somebody) -> None:
    answered = post_help(desk.sign_in(adam), olga, "elsewhere")
    assert answered.status == 303
    assert answered.headers["Location"].startswith("/admin/help/")
    assert not desk.events("help.code_given")
