"""Before people are put into a group or taken out, the page counts whom that touches and who is left without a way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.group_kit import APP_ONLY, LIST, PAGE, change, id_of, make, put_in, select, take_out, where
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

pytestmark = pytest.mark.usefixtures("texts_leave")


def members(desk: Desk, group: str) -> int:
    return sum(count for of, count in desk.services.groups.sizes(desk.account.id).items() if of == id_of(group))


def pressed(browser: Browser) -> str:
    """Go on from what it does, and return what became of it."""
    return browser.submit(press="go=save").text


@pytest.mark.behaviour("B60")
def test_before_people_are_put_in_it_is_counted_what_becomes_of_them(desk: Desk, as_owner: Browser) -> None:
    bare, app = desk.add("bare@acme.example"), desk.add("apps@acme.example", app=True)
    texts = desk.add("texts@acme.example", chosen=True)
    codes.give_phone(desk, texts)
    both = desk.add("both@acme.example", app=True, chosen=True)
    codes.give_phone(desk, both)
    group = make(as_owner, group_require="1", group_starts="at", group_starts_at="2026-05-06T09:00", **APP_ONLY).path
    page = select(as_owner, group, bare, app, texts, both)
    assert "Putting people into “Night shift”" in page.text
    assert "A second factor is required from Wednesday 6 May 2026, 09:00 (Europe/London) on." in page.text
    facts = page.text.partition("What becomes of them")[2]
    for words in (
        "People4",
        "Notice the change4",
        "Hold something that no longer counts2",
        "Asked for the code they have2",
        "Set up another way, with what they have1",
        "Led through set-up1",
    ):
        assert words in facts
    for name, sentence in (
        ("Bare", "Has nothing set up, and must set one up. It begins on Wednesday 6 May 2026, 09:00"),
        ("Apps", "Has set one up that counts, and is asked for it. It begins on Wednesday 6 May 2026, 09:00"),
        ("Texts", "What they have no longer counts: they must set up another at the next sign-in."),
        ("Both", "Of what they have, this counts no longer: Text messages."),
    ):
        assert sentence in facts.rpartition(name)[2][:170], name
    assert members(desk, group) == 0, "nothing happened so far"
    assert "4 people were put in." in pressed(as_owner)
    assert members(desk, group) == 4
    assert where(desk, texts) == "/sign-in/passcode"


@pytest.mark.behaviour("B50", "B60")
def test_whom_a_group_would_leave_without_a_way_is_named(desk: Desk, as_owner: Browser) -> None:
    texts = [desk.add(f"texts{number:02}@acme.example", name=f"Texts {number:02}", chosen=True) for number in range(12)]
    for one in texts:
        codes.give_phone(desk, one, f"+4479460000{texts.index(one):02}")
    group = make(as_owner, **APP_ONLY).path
    assert "left without a way" not in select(as_owner, group, *texts).text
    desk.forward(days=15)
    as_owner.post("/sign-out")
    olive = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    page = select(olive, group, *texts)
    assert "12 people would be left without a way to sign in, and need help. Texts 00, Texts 01" in page.text
    assert "Texts 09 and 2 more" in page.text
    assert page.text.count("no way left") == 12


@pytest.mark.behaviour("B60")
def test_taking_out_says_what_it_weakens(desk: Desk, as_owner: Browser) -> None:
    app, bare = desk.add("apps@acme.example", app=True), desk.add("bare@acme.example")
    group = make(as_owner, group_require="1").path
    put_in(as_owner, group, app, bare)
    as_owner.get(group)
    page = as_owner.submit({"everybody_here": "1"}, having="everybody_here")
    assert "Taking people out of “Night shift”" in page.text
    assert "This asks for less than before" in page.text
    assert "Apps: a second factor is no longer required." in page.text
    assert "No longer asked2" in page.text
    assert members(desk, group) == 2
    assert not desk.mails("policy_weakened")
    assert "2 people were taken out." in pressed(as_owner)
    assert members(desk, group) == 0
    assert len(desk.mails("policy_weakened")) == 1


def test_where_nobody_notices_anything_there_is_no_step_before_it(desk: Desk, as_owner: Browser) -> None:
    ann, ben = desk.add("ann@acme.example", app=True, chosen=True), desk.add("ben@acme.example")
    idle, strict = make(as_owner, "Idle").path, make(as_owner, "Strict", group_require="1").path
    page = select(as_owner, idle, ann, ben)
    assert "2 people were put in. Nothing that is asked of these people changes by it." in page.text
    assert (
        "1 person was put in. Nothing that is asked of this person changes by it." in select(as_owner, strict, ann).text
    )
    assert "It was so already." in select(as_owner, idle, ann).text
    assert "Nothing that is asked" not in as_owner.page.text
    assert "2 people were taken out. Nothing that is asked" in take_out(as_owner, idle).text


@pytest.mark.parametrize("is_in", [True, False])
def test_what_was_selected_outlasts_the_fresh_proof(
    desk: Desk, olive: Somebody, as_owner: Browser, is_in: bool
) -> None:
    ann, ben = desk.add("ann@acme.example"), desk.add("ben@acme.example")
    group = make(as_owner, group_require="1").path
    if not is_in:
        put_in(as_owner, group, ann, ben)
    desk.forward(minutes=6)
    if is_in:
        select(as_owner, group, ann, ben)
    else:
        as_owner.get(group)
        as_owner.submit({"everybody_here": "1"}, having="everybody_here")
    assert "What becomes of them" in as_owner.page.text, "looking needs no proof"
    as_owner.submit(press="go=save")
    assert "proof_passcode" in as_owner.page.html
    assert olive.app is not None
    as_owner.submit({"proof_passcode": olive.app.next_code()}, having="proof_passcode")
    assert f"2 people were {'put in' if is_in else 'taken out'}." in as_owner.page.text
    assert members(desk, group) == (2 if is_in else 0)


@pytest.mark.parametrize("how", ["rule", "method", "member"])
def test_what_changed_meanwhile_is_noticed_and_shown(
    desk: Desk, as_owner: Browser, as_admin: Browser, how: str
) -> None:
    ann = desk.add("ann@acme.example")
    group = make(as_owner, group_require="1").path
    select(as_admin, group, ann)
    if how == "rule":
        change(as_owner, group, group_grace_days="7")
    elif how == "method":
        desk.give_app(ann)
    else:
        put_in(as_owner, group, ann)
    page = as_admin.submit(press="go=save")
    assert "Something changed since you looked, so nobody was moved." in page.text
    assert members(desk, group) == (how == "member")
    if how == "member":
        assert "It was so already." in page.text
        assert not page.form("seen").buttons
    else:
        expected = {"rule": "Who has none may wait for 7 days", "method": "Has set one up that counts"}[how]
        assert expected in page.text
        assert "1 person was put in." in pressed(as_admin)


def test_the_list_knows_for_which_group_people_are_selected(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.add("ben@acme.example")
    make(as_owner, "Day shift")
    group = make(as_owner, group_require="1").path
    page = as_owner.click("Select people to put in")
    assert page.url.startswith(LIST)
    assert "Select whom to put into “Night shift”." in page.text
    assert f'value="{id_of(group)}" selected' in page.html
    page = as_owner.submit({"search": "ann"}, having="search")
    assert f'value="{id_of(group)}" selected' in page.html, "the group outlasts a search"
    page = as_owner.post(f"{PAGE}/put-in", {f"pick_{ann.id}": "1", "group": id_of(group)})
    page = as_owner.click("Back to the list")
    assert page.html.count(" checked") == 1
    assert dict(page.form("everybody_here").fields)[f"pick_{ann.id}"] == "1"
    assert 'value="ann"' in page.html, "the search is there"
    assert "Back to the group" in page.text
    assert "Select whom" not in as_owner.get(f"{LIST}?group={'0' * 26}&picked=x,{ann.id}'").text
