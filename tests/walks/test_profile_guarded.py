"""What stands before a change of one's own sign-in: fresh proof, a POST of our own, and the right person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.kit import Desk

HERE = "/profile/security"
BOTH = [Role.AGENT, Role.END_USER]
OLD_ENOUGH = {"minutes": 6}


@pytest.mark.behaviour("B55")
def test_with_a_factor_the_proof_is_a_passcode_and_nothing_typed_is_lost(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann)
    (held,) = desk.held(ann)
    desk.forward(**OLD_ENOUGH)
    for url in ("set-up", "turn-off", "recovery-codes", f"methods/{held.id}/remove", f"methods/{held.id}/replace"):
        browser.get(HERE)
        page = browser.post(f"{HERE}/{url}")
        assert page.form().has("proof_passcode"), url
        assert not page.form().has("proof_password"), url
    # The password is no proof for somebody who holds a factor, however it is sent.
    browser.post(f"{HERE}/turn-off", {"proof_password": ann.password})
    assert browser.page.title.startswith("Error:")
    assert len(desk.held(ann)) == 1

    browser.get("/profile/password")
    browser.submit({"new_password": "seven lamps on a wall"})
    browser.submit({"proof_passcode": "000000"})
    assert browser.page.title.startswith("Error:")
    desk.forward(seconds=2)
    browser.submit({"proof_passcode": ann.app.next_code()})
    assert "The new password is saved." in browser.page.text
    ann.password = "seven lamps on a wall"
    desk.sign_in(ann)


@pytest.mark.behaviour("B55")
def test_without_a_factor_the_proof_is_the_password(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)
    desk.forward(**OLD_ENOUGH)
    browser.get(HERE)
    page = browser.post(f"{HERE}/set-up")
    assert page.form().has("proof_password")
    browser.submit({"proof_password": "not it at all"})
    assert "That password is not right." in browser.page.text
    browser.submit({"proof_password": ann.password})
    assert browser.page.path == "/sign-in/set-up"


@pytest.mark.behaviour("B55")
def test_a_trusted_device_is_no_proof(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann, trust=True)
    browser.sign_out()
    desk.forward(days=1)
    desk.present_password(browser, ann)
    assert is_signed_in(browser)

    browser.get(HERE)
    assert browser.post(f"{HERE}/turn-off").form().has("proof_passcode")


@pytest.mark.security("SE2", "SE3")
def test_a_further_or_another_method_takes_the_existing_factor(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    (held,) = desk.held(ann)
    pending = desk.browser()
    desk.present_password(pending, ann)
    for url in (f"{HERE}/set-up", f"{HERE}/methods/{held.id}/replace", f"{HERE}/recovery-codes"):
        pending.post(url, follow=False)
        assert pending.page.status == 303
        assert pending.page.headers["Location"] == "/sign-in/passcode"
    browser = desk.sign_in(ann)
    desk.forward(**OLD_ENOUGH)
    browser.get(HERE)
    browser.post(f"{HERE}/set-up")
    assert browser.page.form().has("proof_passcode")
    browser.get("/sign-in/set-up/connect")
    browser.post("/sign-in/set-up/connect", {"show": "1"})
    assert 'id="key"' not in browser.page.html
    assert [one.id for one in desk.held(ann)] == [held.id]


@pytest.mark.security("SE3")
def test_whoever_holds_a_dormant_factor_proves_it_before_a_further_one(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True)
    browser = desk.sign_in(ann)
    assert "Set up, not asked" in browser.get(HERE).text
    assert browser.post(f"{HERE}/set-up").form().has("proof_passcode")


@pytest.mark.security("SE8")
def test_no_get_changes_anything_and_no_post_without_token_or_from_elsewhere(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann)
    (held,) = desk.held(ann)
    before = (desk.person(ann), desk.held(ann), desk.sessions(ann), len(desk.events()))
    urls = [
        f"{HERE}/{each}"
        for each in (
            "turn-off",
            "set-up",
            "recovery-codes",
            "how-often",
            "keep-asking",
            "not-me",
            "sessions/end-all",
            "sessions/end-others",
            "browsers/forget-all",
            f"methods/{held.id}/remove",
            f"methods/{held.id}/rename",
            f"methods/{held.id}/replace",
        )
    ]
    for url in [*urls, "/profile/password", "/profile/address", "/profile/details"]:
        assert browser.get(url, follow=False).status in {200, 303}
        assert browser.post(url, {"new_password": "x" * 12}, token=False).status == 403
        browser.get(HERE)
        browser.extra = {"HTTP_ORIGIN": "https://evil.example"}
        assert browser.post(url).status == 403
        browser.extra = {}
    assert (desk.person(ann), desk.held(ann), desk.sessions(ann), len(desk.events())) == before
    page = browser.get(HERE)
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.behaviour("A12")
@pytest.mark.security("SE3", "SI6")
def test_the_profile_manages_nobody_else(desk: Desk) -> None:
    boss = desk.add("boss@acme.example", Role.OWNER, app=True, chosen=True)
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    (hers,) = desk.held(ann)
    browser = desk.sign_in(boss)
    for act in ("rename", "remove", "prefer"):
        browser.get(HERE)
        assert browser.post(f"{HERE}/methods/{hers.id}/{act}", {"method_name": "mine"}).status == 404
    browser.get(HERE)
    browser.post(f"{HERE}/methods/{hers.id}/replace")
    browser.submit(press="go=set_up")
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(boss, browser)
    assert desk.held(ann) == (hers,)
    page = browser.get(f"/admin/people/{ann.id}")
    assert "secret" not in page.html.casefold().replace("secrets", "")
    assert str(hers.state["key"]) not in page.html
    assert not [form for form in page.forms if "set-up" in form.action]


def test_replacing_keeps_the_old_one_until_the_new_one_works(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    (old,) = desk.held(ann)
    elsewhere = desk.sign_in(ann)
    browser = desk.sign_in(ann)
    browser.get(HERE)
    browser.post(f"{HERE}/methods/{old.id}/replace")
    browser.submit(press="go=set_up")
    browser.submit({"thing": "app"})
    browser.submit()
    assert [one.id for one in desk.held(ann)] == [old.id]
    desk.connect(ann, browser)

    (new,) = desk.held(ann)
    assert new.id != old.id
    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    desk.sign_in(ann)


@pytest.mark.behaviour("A48")
def test_people_leads_an_admin_to_their_own_editor(desk: Desk) -> None:
    boss = desk.add("boss@acme.example", Role.ADMIN, app=True, chosen=True)
    browser = desk.sign_in(boss)
    browser.get("/admin/people")
    browser.click("Boss")
    assert not [form for form in browser.page.forms if "/methods/" in form.action]
    page = browser.click("Open your own security settings")
    assert page.path == HERE
    assert "Authenticator app" in page.text
