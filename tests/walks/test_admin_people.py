"""People in Admin Center: the list, inviting, roles, suspending, erasing, and who may do it to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Alone, Role, may_remove, may_set_role, may_suspend
from twofold.flows import mail_settings

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

LIST = "/admin/people"


@pytest.fixture
def owner(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def as_owner(desk: Desk, owner: Somebody) -> Browser:
    return desk.sign_in(owner)


def page_of(somebody: Somebody) -> str:
    return f"{LIST}/{somebody.id}"


def test_the_list_finds_and_pages(desk: Desk, as_owner: Browser) -> None:
    for number in range(60):
        desk.add(f"agent{number:02}@acme.example", name=f"Agent {number:02}")
    desk.add("zoe@example.org", Role.END_USER, app=True, chosen=True, name="Zoe Quick")
    first = as_owner.get(LIST)
    assert "agent00@acme.example" in first.text
    assert "zoe@example.org" not in first.text
    assert "zoe@example.org" in as_owner.click("Next").text
    assert "agent00@acme.example" in as_owner.click("Previous").text
    found = as_owner.get(f"{LIST}?search=quick").text
    assert "zoe@example.org" in found
    assert "On, by choice" in found
    assert "agent00" not in found
    assert "agent00" not in as_owner.get(f"{LIST}?role=owner").text
    assert "Nobody fits" in as_owner.get(f"{LIST}?search=nobody%27").text
    assert as_owner.get(f"{LIST}?after=not-a-cursor").status == 200


@pytest.mark.security("SI4")
def test_an_invitation_leads_in_and_its_link_is_the_accounts(desk: Desk, as_owner: Browser) -> None:
    as_owner.extra = {"HTTP_X_FORWARDED_HOST": "evil.example"}
    as_owner.get(LIST)
    as_owner.click("Add somebody")
    as_owner.submit({"email": " New@Acme.Example ", "name": "Newt", "role": "agent", "invite": "1"}, having="email")
    assert as_owner.page.status == 200
    assert "the mail is a file in the folder “mail” of the data folder. Make a link to hand over" in as_owner.page.text
    assert "This sign-in was added, and an invitation was mailed." in as_owner.page.text
    (mail,) = desk.mails("invitation", to="new@acme.example")
    url = str(mail.params["url"])
    assert url.startswith(f"{desk.account.base_url}/links/invitation?link=")
    assert "evil.example" not in mail.text
    browser = desk.browser()
    browser.get(url)
    browser.submit()
    browser.submit({"name": "Newt", "new_password": "a long enough secret"})
    assert is_signed_in(browser)
    kinds = {event.kind for event in desk.events() if event.kind.startswith(("person.", "invitation."))}
    assert kinds == {"person.added", "invitation.accepted"}


def test_an_owner_copies_the_link_of_somebody_who_never_signed_in(desk: Desk, as_owner: Browser) -> None:
    as_owner.get(f"{LIST}/add")
    as_owner.submit({"email": "new@acme.example", "role": "agent", "invite": None}, having="email")
    assert "No invitation was mailed." in as_owner.page.text
    assert not desk.mails("invitation")
    page = as_owner.page.path
    as_owner.post(f"{page}/invitation-link")
    assert as_owner.page.headers["Cache-Control"] == "no-store"
    first = as_owner.page.html.partition('id="invitation">')[2].partition("<")[0]
    assert first.startswith(desk.account.base_url)
    as_owner.post(f"{page}/invitation-link")
    second = as_owner.page.html.partition('id="invitation">')[2].partition("<")[0]
    assert "/links/invitation" not in as_owner.get(page).html, "shown once"

    void = desk.browser()
    void.get(first)
    assert not any(form.has("new_password") for form in void.page.forms)
    browser = desk.browser()
    browser.get(second)
    browser.submit()
    browser.submit({"name": "Newt", "new_password": "a long enough secret"})
    assert is_signed_in(browser)
    assert as_owner.post(f"{page}/invitation-link").status == 403, "they have signed in"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": "nobody"}, "Type one email address"),
        ({"email": ""}, "Type the email address"),
        ({"email": "a@acme.example,b@acme.example"}, "Type one email address"),
        ({"email": "OLGA@acme.example"}, "there already"),
        ({"email": "new@acme.example", "name": "x" * 121}, "too long"),
    ],
)
def test_details_that_cannot_be(desk: Desk, as_owner: Browser, fields: dict[str, str], message: str) -> None:
    as_owner.get(f"{LIST}/add")
    as_owner.submit(fields, having="email")
    assert as_owner.page.status == 400
    assert message in as_owner.page.text
    assert not desk.events("person.added")


@pytest.mark.behaviour("A12")
@pytest.mark.security("SJ4")
def test_nobody_sets_anything_up_for_somebody_else_and_no_secret_is_shown(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    desk.sign_in(ann)
    bare = desk.add("bare@acme.example")
    for somebody in (ann, bare):
        page = as_owner.get(page_of(somebody))
        assert page.status == 200
        assert not any("set-up" in form.action or "set_up" in form.action for form in page.forms)
        assert not any("set-up" in url or "/profile/security" in url for url, _ in page.links if url not in OWN_MENU)
        (row,) = [one for one in (desk.services.people.by_id(desk.account.id, somebody.id),) if one is not None]
        for secret in (ann.app.key, *ann.recovery_codes, row.password or "-"):
            assert secret not in page.html
    assert "10 recovery codes left" in as_owner.get(page_of(ann)).text


OWN_MENU = {"/profile/security"}


@pytest.mark.behaviour("A48")
def test_ones_own_page_leads_to_ones_own_editor(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    as_owner.get(LIST)
    as_owner.click("Olga")
    assert as_owner.page.path == page_of(owner)
    as_owner.click("Open your own security settings")
    assert as_owner.page.path == "/profile/security"
    assert "On, by choice" in as_owner.page.text


def may(actor: Role, act: str, target: Role) -> bool:
    match act:
        case "suspend":
            return may_suspend(actor=actor, target=target, is_self=False, other_active_owners=1) == Alone()
        case "remove":
            return may_remove(actor=actor, target=target, is_self=False, other_active_owners=1) == Alone()
        case _:
            new = Role(act)
            return may_set_role(actor=actor, is_self=False, old=target, new=new, other_active_owners=1) == Alone()


def did(desk: Desk, act: str, somebody: Somebody) -> bool:
    person = desk.services.people.by_id(desk.account.id, somebody.id)
    if act == "remove":
        return person is None
    assert person is not None
    return person.suspended_at is not None if act == "suspend" else person.role == act


# What the rules' table "Who may help whom" says of these acts when done alone, written out.
OWNERS_ALONE = [(Role.OWNER, act, target) for act in ("suspend", "remove") for target in Role]
ADMINS_ALONE = [
    *((Role.ADMIN, "suspend", target) for target in (Role.ADMIN, Role.AGENT, Role.END_USER)),
    *((Role.ADMIN, "remove", target) for target in (Role.AGENT, Role.END_USER)),
    (Role.ADMIN, "agent", Role.END_USER),
    (Role.ADMIN, "end_user", Role.AGENT),
]


@pytest.mark.security("SE11")
@pytest.mark.parametrize("actor", list(Role))
def test_who_may_do_what_to_whom(desk: Desk, owner: Somebody, actor: Role) -> None:
    helper = desk.add("helper@acme.example", actor, app=True, chosen=True)
    browser = desk.sign_in(helper)
    number = 0
    for target in Role:
        for act in ("suspend", "remove", *(role.value for role in Role)):
            number += 1
            somebody = desk.add(f"target{number}@acme.example", target)
            path = f"{page_of(somebody)}/{act if act in {'suspend', 'remove'} else 'role'}"
            before = did(desk, act, somebody)
            answer = browser.post(path, {"role": act} if path.endswith("/role") else {}, follow=False)
            allowed = may(actor, act, target)
            if before:
                continue
            assert did(desk, act, somebody) is allowed, (actor, act, target, answer.text)
            assert answer.status == (303 if allowed else 403), (actor, act, target)
            if (actor, act, target) in OWNERS_ALONE + ADMINS_ALONE:
                assert allowed


@pytest.mark.security("SE11")
def test_nobody_raises_themselves_and_the_last_owner_stays(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    admin = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    as_admin = desk.sign_in(admin)
    assert as_admin.post(f"{page_of(admin)}/role", {"role": "owner"}).status == 403
    for act, fields in (("suspend", {}), ("remove", {}), ("role", {"role": "agent"})):
        answer = as_owner.post(f"{page_of(owner)}/{act}", fields)
        assert answer.status == 403
    person = desk.services.people.by_id(desk.account.id, owner.id)
    assert person is not None
    assert person.role is Role.OWNER
    assert person.suspended_at is None
    # An admin makes no accomplice owner either.
    as_admin.get(f"{LIST}/add")
    as_admin.submit({"email": "evil@acme.example", "role": "owner"}, having="email")
    assert "An owner can." in as_admin.page.text
    assert desk.services.people.by_email(desk.account.id, "evil@acme.example") is None


def test_no_choice_changes_no_role(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", Role.ADMIN)
    as_owner.get(page_of(ann))
    as_owner.submit(having="role")
    assert as_owner.page.status == 400
    assert "Choose a role first." in as_owner.page.text
    assert did(desk, "admin", ann)


def test_acts_ask_for_a_fresh_code(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.forward(minutes=6)
    as_owner.get(page_of(ann))
    as_owner.submit({"role": "admin"}, having="role")
    assert as_owner.page.form().has("proof_passcode")
    assert not did(desk, "admin", ann)
    as_owner.submit({"proof_passcode": owner.app.next_code()})
    assert did(desk, "admin", ann)
    (event,) = desk.events("person.role_changed")
    assert (event.detail["before"], event.detail["after"]) == ("agent", "admin")
    assert event.actor_id == owner.id
    assert [mail.to for mail in desk.mails("role_changed")] == [ann.email]


@pytest.mark.security("SF6")
def test_somebody_suspended_in_the_middle_is_out_everywhere(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    open_session = desk.sign_in(ann)
    half_way = desk.browser()
    desk.present_password(half_way, ann)
    assert half_way.page.path == "/sign-in/passcode"

    as_owner.post(f"{page_of(ann)}/suspend")
    assert "Suspended" in as_owner.page.text
    assert not is_signed_in(open_session)
    half_way.submit({"passcode": ann.app.next_code()})
    assert not is_signed_in(half_way)
    assert desk.sessions(ann) == 0
    again = desk.browser()
    desk.present_password(again, ann)
    assert not is_signed_in(again)

    as_owner.post(f"{page_of(ann)}/unsuspend")
    assert not is_signed_in(open_session), "nothing that ended comes back"
    desk.forward(minutes=1)
    desk.sign_in(ann)


def test_removing_erases(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    session = desk.sign_in(ann)
    as_owner.post(f"{page_of(ann)}/remove")
    assert as_owner.page.path == LIST
    assert "Removed and erased." in as_owner.page.text
    assert not is_signed_in(session)
    assert as_owner.get(page_of(ann)).status == 404
    assert "ann@acme.example" not in as_owner.get(LIST).text
    assert not desk.held(ann)
    (event,) = desk.events("person.removed")
    assert event.person_id == ann.id
    assert "ann" not in str(event.detail)
    back = desk.add("ann@acme.example")
    assert back.id != ann.id


def test_unknown_people_are_not_there(desk: Desk, as_owner: Browser) -> None:
    for unknown in ("nobody", "0" * 26, "add%2f"):
        assert as_owner.get(f"{LIST}/{unknown}").status == 404
    for act in ("role", "suspend", "unsuspend", "remove", "invite", "invitation-link", "end-sessions"):
        assert as_owner.post(f"{LIST}/{'0' * 26}/{act}", {"role": "agent"}).status == 404
        assert as_owner.get(f"{LIST}/{'0' * 26}/{act}").status == 405


@pytest.mark.security("SJ5")
@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ settings.SECRET_KEY }}", "=HYPERLINK(1)"],
)
def test_hostile_names_stay_text(desk: Desk, as_owner: Browser, name: str) -> None:
    as_owner.get(f"{LIST}/add")
    as_owner.submit({"email": "new@acme.example", "name": name, "role": "agent", "invite": "1"}, having="email")
    pages = [as_owner.page, as_owner.get(LIST)]
    for page in pages:
        assert name in page.text
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html
    account = desk.account.name
    as_owner.get("/admin/account/appearance")
    as_owner.submit({"name": name}, having="colour")
    assert "Saved." in as_owner.page.text
    assert account != name
    stranger = desk.browser().get("/sign-in")
    assert name in stranger.text
    assert "<script>alert" not in stranger.html


@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_nobody_else_sees_people(desk: Desk, owner: Somebody, role: Role) -> None:
    browser = desk.sign_in(desk.add("nosy@acme.example", role))
    for path in (LIST, f"{LIST}/add", page_of(owner), "/admin/first-steps", "/admin/account/appearance"):
        assert browser.get(path).status == 403
    assert browser.post(f"{page_of(owner)}/suspend").status == 403
    assert not did(desk, "suspend", owner)


def test_signing_somebody_out_everywhere_ends_trust_too(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann, trust=True)
    as_owner.get(page_of(ann))
    assert "signed in" in as_owner.page.text
    as_owner.post(f"{page_of(ann)}/end-sessions")
    assert "Signed out everywhere." in as_owner.page.text
    assert not is_signed_in(browser)
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"


def test_a_new_invitation_is_mailed_and_the_earlier_one_is_void(desk: Desk, as_owner: Browser) -> None:
    as_owner.get(f"{LIST}/add")
    as_owner.submit({"email": "new@acme.example", "role": "end_user", "invite": "1"}, having="email")
    page = as_owner.page.path
    as_owner.post(f"{page}/invite")
    assert "Invited, but no mail server is set yet" in as_owner.page.text
    assert "An invitation was mailed." in as_owner.page.text.partition("History")[2]
    desk.services.kept.replace(desk.account.id, mail_settings.MAIL, {"host": "smtp.acme.example"}, version=0)
    as_owner.post(f"{page}/invite")
    assert "The invitation is on its way." in as_owner.page.text
    first, _, second = (str(mail.params["url"]) for mail in desk.mails("invitation"))
    browser = desk.browser()
    browser.get(first)
    assert not any(form.has("new_password") for form in browser.page.forms)
    desk.forward(days=8)
    assert "new_password" not in desk.browser().get(second).html, "seven days"
