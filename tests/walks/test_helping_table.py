"""Who may help whom: every cell of the rules' table, by page; and the operator, by command."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.helping import code_on, help_page, post_help
from twofold.core.roles import Role
from twofold.core.throttle import Lane, Tries
from twofold.flows import rescue
from twofold.flows.rescue import Rescued

if TYPE_CHECKING:
    from tests.walks.kit import Desk, Somebody

DONE, ASKED, NO = "done", "asked", "no"
# The rows are who helps, the columns who is helped: the table of the rules, written out.
TABLE = {
    "owner": {Role.OWNER: DONE, Role.ADMIN: DONE, Role.AUDITOR: DONE, Role.AGENT: DONE, Role.END_USER: DONE},
    "admin": {Role.OWNER: ASKED, Role.ADMIN: ASKED, Role.AUDITOR: DONE, Role.AGENT: DONE, Role.END_USER: DONE},
    "auditor": dict.fromkeys(Role, NO),
    "agent": dict.fromkeys(Role, NO),
    "agent who may help": {**dict.fromkeys(Role, NO), Role.END_USER: DONE},
    "end user": dict.fromkeys(Role, NO),
}
ROLES = {
    "owner": Role.OWNER,
    "admin": Role.ADMIN,
    "auditor": Role.AUDITOR,
    "agent": Role.AGENT,
    "agent who may help": Role.AGENT,
    "end user": Role.END_USER,
}
ACTS = {
    "elsewhere": "help.code_given",
    "lost": "help.reset",
    "waiting": "help.wait_ended",
    "no_mail": "help.pass_given",
    "not_today": "help.let_in",
}


def somebody_for(desk: Desk, what: str, role: Role, number: int) -> Somebody:
    """Return somebody of a role to whom this happened."""
    email = f"{what.replace('_', '-')}{number}@acme.example"
    if what == "no_mail":
        return desk.add(email, role, must_set_up=True)
    if what == "not_today":
        return desk.add(email, role)
    somebody = desk.add(email, role, app=True, chosen=True)
    if what == "waiting":
        now = desk.clock.now()
        full = Tries(tuple(now - timedelta(seconds=n) for n in range(5, 0, -1)), 5)
        lane = Lane.UNKNOWN_BROWSERS.value
        assert desk.services.counters.replace(desk.account.id, lane, somebody.id, full.to_json(), version=0)
    return somebody


@pytest.mark.security("SE11")
@pytest.mark.parametrize("who", TABLE)
def test_every_cell_of_the_table(desk: Desk, who: str) -> None:
    desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    desk.require(team=True, end_users=True)
    since = desk.clock.now() if who == "agent who may help" else None
    helper = desk.add("helper@acme.example", ROLES[who], app=True, chosen=True, helps_since=since)
    browser = desk.sign_in(helper)
    for number, (role, expected) in enumerate(TABLE[who].items()):
        for what, kind in ACTS.items():
            somebody = somebody_for(desk, what, role, number)
            how_long = {"no_mail": "3600", "not_today": "14400"}.get(what, "")
            page = post_help(browser, somebody, what, how_long=how_long)
            cell = (who, role, what, page.status, page.text)
            done, asked = desk.events(kind, of=somebody), desk.events("help.asked", of=somebody)
            assert bool(done) == (expected == DONE), cell
            assert bool(asked) == (expected == ASKED), cell
            assert (page.status == 403) == (expected == NO), cell
            assert bool(code_on(page)) == (expected == DONE and what in {"elsewhere", "no_mail"}), cell
            told = {mail.to for mail in desk.mails() if mail.to == somebody.email}
            assert bool(told) == (expected != NO), cell
            # Auditors read what stands in somebody's way, and are offered nothing.
            may_look = expected != NO or who == "auditor"
            page = browser.get(help_page(somebody))
            assert (page.status == 200) == may_look, cell
            assert any(form.has("what") for form in page.forms) == (expected != NO), cell


@pytest.mark.security("SE11")
@pytest.mark.parametrize("role", Role)
def test_nobody_helps_themselves(desk: Desk, role: Role) -> None:
    desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    helper = desk.add("helper@acme.example", role, app=True, chosen=True, helps_since=desk.clock.now())
    browser = desk.sign_in(helper)
    for what, kind in ACTS.items():
        page = post_help(browser, helper, what, how_long="3600")
        assert page.status == 403 or page.headers["Location"] == "/profile/security"
        assert not desk.events(kind)
    assert len(desk.held(helper)) == 1


@pytest.mark.security("SE11")
@pytest.mark.parametrize("role", Role)
def test_the_operators_command_reaches_everybody_the_only_owner_too(desk: Desk, role: Role) -> None:
    somebody = desk.add("locked@acme.example", role, app=True, chosen=True)
    made = rescue.rescue(desk.services, desk.account, somebody.id)
    assert isinstance(made, Rescued)
    assert desk.events("person.rescued", of=somebody)[0].actor == "operator"
    owners = {person.email for person in desk.services.people.with_roles(desk.account.id, (Role.OWNER,))}
    assert {mail.to for mail in desk.mails("rescued")} == owners | {somebody.email}


@pytest.mark.security("SE11")
def test_an_agent_helps_ten_times_a_day_and_nobody_but_end_users(desk: Desk) -> None:
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    as_owner = desk.sign_in(olga)
    as_owner.get(f"/admin/people/{ann.id}")
    as_owner.submit(press="helps=on")
    assert "may help end users" in as_owner.page.text
    assert "lets you help end users" in desk.mails("help_right", to=ann.email)[0].text
    assert desk.events("help.right_given", of=ann)

    as_agent = desk.sign_in(ann)
    as_agent.get("/")
    as_agent.click("Help people sign in")
    assert as_agent.page.path == "/admin/help"
    assert not any(url.startswith("/admin/people") for url, _ in as_agent.page.links)
    callers = [desk.add(f"user{n}@globex.example", Role.END_USER, app=True, chosen=True) for n in range(11)]
    as_agent.submit({"search": "user1"}, having="search")
    assert "user1@globex.example" in as_agent.page.text
    assert "ann@acme.example" not in as_agent.submit({"search": "ann"}, having="search").html.partition("<main")[2]
    for somebody in callers[:10]:
        assert code_on(post_help(as_agent, somebody, "elsewhere"))
    page = post_help(as_agent, callers[10], "elsewhere")
    assert not code_on(page)
    assert "You have helped as often as an agent may in a day." in page.text
    assert len(desk.events("help.code_given")) == 10
    assert "You can help 0 times more today." in as_agent.get(help_page(callers[10])).text
    assert post_help(as_agent, callers[10], "elsewhere", check="vouched", vouched_by="Bea").status == 400
    assert "Vouched for" not in as_agent.get(f"{help_page(callers[10])}?what=elsewhere").text

    # Whoever helps the agent sign in does not give them ten more.
    desk.services.counters.forget(desk.account.id, ann.id)
    assert not code_on(post_help(as_agent, callers[10], "elsewhere"))
    desk.forward(hours=24)
    as_agent = desk.sign_in(ann)
    assert code_on(post_help(as_agent, callers[10], "elsewhere"))
    for path in ("/admin/people", f"/admin/people/{callers[0].id}", "/admin/first-steps", "/admin/account/security"):
        assert as_agent.get(path).status == 403

    as_owner = desk.sign_in(olga)
    as_owner.get(f"/admin/people/{ann.id}")
    as_owner.submit(press="helps=off")
    assert as_agent.get("/admin/help").status == 403
    assert post_help(as_agent, callers[0], "elsewhere").status == 403


@pytest.mark.security("SE11")
def test_the_right_to_help_goes_with_another_role_and_only_helpers_give_it(desk: Desk) -> None:
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    user = desk.add("user@globex.example", Role.END_USER, app=True, chosen=True)
    as_agent = desk.sign_in(ann)
    assert as_agent.post(f"/admin/people/{ann.id}/helps", {"helps": "on"}).status == 403
    as_owner = desk.sign_in(olga)
    for whom in (user, olga):
        assert as_owner.post(f"/admin/people/{whom.id}/helps", {"helps": "on"}).status == 403
    as_owner.post(f"/admin/people/{ann.id}/helps", {"helps": "on"})
    assert desk.person(ann).helps_since is not None
    as_owner.post(f"/admin/people/{ann.id}/role", {"role": "end_user"})
    assert desk.person(ann).helps_since is None
    as_owner.post(f"/admin/people/{ann.id}/role", {"role": "agent"})
    assert desk.sign_in(ann).get("/admin/help").status == 403
