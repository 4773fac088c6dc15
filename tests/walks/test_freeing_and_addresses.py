"""Freeing somebody of a second factor through a group, and changing their address: never both by one helper alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.walks.group_kit import PAGE, change, put_in
from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.core.wanted import Accepts, Requirement
from twofold.flows import recent_acts

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

EXEMPT: Final = GroupId("0123456789abcdefghjkmnpqrs")
STRICT: Final = GroupId("1123456789abcdefghjkmnpqrs")
BY_DOMAIN: Final = GroupId("2123456789abcdefghjkmnpqrs")
POLICY: Final = "/admin/account/security/advanced/authentication"


@pytest.fixture
def adam(desk: Desk) -> Somebody:
    """Return an admin of an account with three groups: an exempt one, one that asks, one of a domain that asks."""
    now = desk.clock.now()
    wanted = Requirement(starts_at=now)
    free = Extra(exempt_until=now + timedelta(days=90), exempt_because="No phones in there")
    groups = {
        EXEMPT: Group(name="Clean room", extra=free),
        STRICT: Group(name="Night shift", extra=Extra(required=wanted)),
        BY_DOMAIN: Group(name="Partners", domains=frozenset({"partner.example"}), extra=Extra(required=wanted)),
    }
    desk.rules(lambda rules: replace(rules, groups=groups))
    desk.add("bea@acme.example", Role.ADMIN, app=True, chosen=True)
    return desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)


@pytest.fixture
def as_admin(desk: Desk, adam: Somebody) -> Browser:
    return desk.sign_in(adam)


def propose(helper: Browser, ann: Somebody) -> Page:
    """Enter another address for her."""
    fields = {"new_address": f"new.{ann.email}", "check": "video", "reason": "She lost the mailbox"}
    return helper.post(f"/admin/people/{ann.id}/address", fields)


def take_out(helper: Browser, group: GroupId, ann: Somebody) -> Page:
    return helper.post(f"{PAGE}/{group}/take-out", {f"pick_{ann.id}": "1", "go": "save"})


def until(desk: Desk) -> str:
    return (desk.clock.now() + timedelta(days=20)).date().isoformat()


@pytest.mark.security("SE11")
def test_whoever_is_put_into_an_exempt_group_is_exempted_by_that_helper(
    desk: Desk, adam: Somebody, as_admin: Browser
) -> None:
    desk.require()
    ann = desk.add("ann@acme.example")
    assert "1 person was put in." in put_in(as_admin, f"{PAGE}/{EXEMPT}", ann).text
    assert is_signed_in(desk.sign_in(ann))
    (mail,) = desk.mails("exempted", to=ann.email)
    assert "No phones in there" in mail.text

    assert propose(as_admin, ann).path.startswith("/admin/help/"), "asked for, not done"
    assert not desk.mails("address_proposed")
    desk.forward(hours=72, minutes=1)
    propose(desk.sign_in(adam), ann)
    assert len(desk.mails("address_proposed")) == 1


@pytest.mark.security("SE11")
@pytest.mark.parametrize("how", ["put_in", "take_out"])
def test_whose_address_somebody_changed_they_free_through_no_group(
    desk: Desk, adam: Somebody, as_admin: Browser, how: str
) -> None:
    if how == "put_in":
        desk.require()
    ann, bob = desk.add("ann@acme.example"), desk.add("bob@acme.example")
    if how == "take_out":
        put_in(as_admin, f"{PAGE}/{STRICT}", ann, bob)
    propose(as_admin, ann)

    def free(helper: Browser, somebody: Somebody) -> Page:
        return put_in(helper, f"{PAGE}/{EXEMPT}", somebody) if how == "put_in" else take_out(helper, STRICT, somebody)

    page = free(as_admin, ann)
    assert "You changed their address or password in the last three days." in page.text
    assert not desk.services.groups.sizes(desk.account.id).get(EXEMPT)
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/set-up"
    assert "1 person was" in free(as_admin, bob).text, "others are freed as before"
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    assert "1 person was" in free(desk.sign_in(olga), ann).text, "another helper may"
    assert propose(desk.sign_in(olga), ann).path.startswith("/admin/help/")
    assert not propose(desk.sign_in(olga), desk.add("cy@acme.example")).path.startswith("/admin/help/")


@pytest.mark.security("SE11")
@pytest.mark.parametrize("how", ["put_in", "take_out"])
def test_a_group_is_judged_as_it_is_when_somebody_is_moved(
    desk: Desk, adam: Somebody, as_admin: Browser, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second browser of the same helper saves the group while this one waits for its turn."""
    ann = desk.add("ann@acme.example")
    free, strict = (desk.services.policy.current(desk.account.id).rules.groups[one] for one in (EXEMPT, STRICT))
    before, after = (Extra(), free.extra) if how == "put_in" else (Extra(), strict.extra)
    group = EXEMPT if how == "put_in" else STRICT

    def let(extra: Extra) -> None:
        changed = Group(name="Room", extra=extra)
        desk.rules(lambda rules: replace(rules, groups={**rules.groups, group: changed}))

    if how == "put_in":
        desk.require()
    let(before)
    if how == "take_out":
        put_in(as_admin, f"{PAGE}/{group}", ann)
    propose(as_admin, ann)
    alone, turns = recent_acts.alone, [after]

    def wait(*given: object) -> None:
        if turns:
            let(turns.pop())
        alone(*given)  # type: ignore[arg-type]  # handed on as they come

    monkeypatch.setattr(recent_acts, "alone", wait)
    page = put_in(as_admin, f"{PAGE}/{group}", ann) if how == "put_in" else take_out(as_admin, group, ann)
    assert "You changed their address or password in the last three days." in page.text
    assert desk.services.groups.sizes(desk.account.id).get(group, 0) == (how == "take_out")


@pytest.mark.security("SE11")
def test_a_request_that_needs_nobody_any_more_waits_for_its_turn(
    desk: Desk, adam: Somebody, as_admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second browser of the same helper frees her while this one does what needed nobody any more."""
    desk.require()
    ann = desk.add("ann@acme.example")
    put_in(as_admin, f"{PAGE}/{EXEMPT}", ann)
    desk.forward(hours=1)
    as_admin = desk.sign_in(adam)
    request = propose(as_admin, ann).path
    desk.forward(hours=71, minutes=30)
    as_admin = desk.sign_in(adam)
    alone = recent_acts.alone

    def wait(*given: object) -> None:
        before = desk.services.policy.current(desk.account.id)
        group = before.rules.groups[EXEMPT]
        longer = replace(group.extra, exempt_until=desk.clock.now() + timedelta(days=200))
        rules = replace(before.rules, groups={**before.rules.groups, EXEMPT: replace(group, extra=longer)})
        saved = replace(before, number=before.number + 1, rules=rules, saved_at=desk.clock.now(), saved_by=adam.id)
        desk.services.policy.add(desk.account.id, saved)
        alone(*given)  # type: ignore[arg-type]  # handed on as they come

    monkeypatch.setattr(recent_acts, "alone", wait)
    as_admin.post(f"{request}/do", {"go": "do"})
    assert not desk.mails("address_proposed")


@pytest.mark.security("SE11")
def test_an_exempted_group_counts_as_an_act_on_each_of_its_people(
    desk: Desk, adam: Somebody, as_admin: Browser
) -> None:
    ann, bob, out = (desk.add(email) for email in ("ann@partner.example", "bob@acme.example", "out@acme.example"))
    put_in(as_admin, f"{PAGE}/{BY_DOMAIN}", bob)
    as_admin.get(f"{PAGE}/{BY_DOMAIN}/exempt")
    as_admin.submit({"until": until(desk), "reason": "Audit week"}, having="until")
    assert "The group is exempted." in as_admin.page.text

    for somebody in (ann, bob):
        assert propose(as_admin, somebody).path.startswith("/admin/help/")
    propose(as_admin, out)
    assert len(desk.mails("address_proposed")) == 1
    olga = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    propose(olga, ann)
    assert len(desk.mails("address_proposed")) == 2, "she exempted nobody"
    desk.forward(hours=72, minutes=1)
    propose(desk.sign_in(adam), bob)
    assert len(desk.mails("address_proposed")) == 3


@pytest.mark.security("SE11")
@pytest.mark.parametrize("how", ["exempt", "rule", "remove", "everybody"])
def test_whoever_changed_an_address_saves_nothing_that_frees_that_person(
    desk: Desk, adam: Somebody, as_admin: Browser, how: str
) -> None:
    ann, other = desk.add("ann@partner.example"), desk.add("other@acme.example")
    propose(as_admin, other if how == "everybody" else ann)
    if how == "everybody":
        desk.require()
    number = desk.services.policy.current(desk.account.id).number
    group = f"{PAGE}/{BY_DOMAIN}"

    def save(helper: Browser) -> Page:
        match how:
            case "exempt":
                helper.get(f"{group}/exempt")
                return helper.submit({"until": until(desk), "reason": "Audit week"}, having="until")
            case "rule":
                return change(helper, group, group_require=None)
            case "remove":
                helper.get(group)
                helper.submit(press="go=preview", having="number")
                return helper.submit(press="go=save")
            case _:
                helper.get(POLICY)
                return helper.submit({"require_team_members": None}, having="require_team_members", press="go=save")

    page = save(as_admin)
    assert "in the last three days, and this would free them" in page.text
    assert (other if how == "everybody" else ann).email.split("@")[0].title() in page.text
    assert desk.services.policy.current(desk.account.id).number == number
    save(desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)))
    assert desk.services.policy.current(desk.account.id).number == number + 1


def test_whoever_is_alone_may_require_less_at_any_hour(desk: Desk) -> None:
    desk.require()
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    invited = desk.add("otto@acme.example", Role.OWNER)
    desk.change(invited, password=None)
    as_owner = desk.sign_in(olga)
    propose(as_owner, desk.add("ann@acme.example"))
    as_owner.get(POLICY)
    as_owner.submit({"require_team_members": None}, having="require_team_members", press="go=save")
    assert desk.services.policy.current(desk.account.id).rules.team.required is None
    desk.require()
    desk.change(invited, password=desk.person(olga).password)
    as_owner.get(POLICY)
    page = as_owner.submit({"require_team_members": None}, having="require_team_members", press="go=save")
    assert "in the last three days, and this would free them" in page.text


def test_what_frees_nobody_whom_they_helped_is_saved(desk: Desk, adam: Somebody, as_admin: Browser) -> None:
    propose(as_admin, desk.add("ann@acme.example"))
    desk.add("pat@partner.example")
    as_admin.get(f"{PAGE}/{BY_DOMAIN}/exempt")
    as_admin.submit({"until": until(desk), "reason": "Audit week"}, having="until")
    assert "The group is exempted." in as_admin.page.text


@pytest.mark.security("SE11")
def test_the_rule_of_one_person_that_is_taken_back_counts_as_well(
    desk: Desk, adam: Somebody, as_admin: Browser
) -> None:
    ann = desk.add("ann@acme.example")
    only_app = Extra(accepts=Accepts(kinds=frozenset({"totp"})))
    desk.change(ann, own_rule=only_app)
    propose(as_admin, ann)
    fields = {"picked": ann.id, "go": "remove"}
    page = as_admin.post("/admin/people/rule", fields)
    assert "You changed their address or password in the last three days." in page.text
    assert desk.person(ann).own_rule == only_app
    bob = desk.add("bob@acme.example")
    desk.change(bob, own_rule=only_app)
    as_admin.post("/admin/people/rule", {**fields, "picked": bob.id})
    assert desk.person(bob).own_rule is None
    assert propose(as_admin, bob).path.startswith("/admin/help/")


def confirm(desk: Desk, ann: Somebody, address: str) -> Page:
    """Press the button of the link that was mailed to a new address."""
    mailbox = desk.browser()
    url = str(desk.mails("address_proposed", to=address)[-1].params["url"])
    mailbox.get(url.removeprefix(desk.account.base_url))
    page = mailbox.submit()
    ann.email = desk.person(ann).email
    return page


def exempt_domain(desk: Desk) -> None:
    """Let the exempt group take a domain, as somebody else may have done."""
    desk.rules(
        lambda rules: replace(
            rules, groups={**rules.groups, EXEMPT: replace(rules.groups[EXEMPT], domains=frozenset({"clean.example"}))}
        )
    )


@pytest.mark.security("SE11")
@pytest.mark.parametrize("where", ["into an exempt domain", "out of a strict one"])
def test_an_address_that_frees_somebody_is_both_acts_at_once(
    desk: Desk, adam: Somebody, as_admin: Browser, where: str
) -> None:
    if where == "into an exempt domain":
        desk.require()
        exempt_domain(desk)
        ann, new = desk.add("ann@acme.example", app=True), "ann@clean.example"
    else:
        ann, new = desk.add("ann@partner.example", app=True), "ann@acme.example"
    fields = {"new_address": new, "check": "video", "reason": "She lost the mailbox"}
    page = as_admin.post(f"/admin/people/{ann.id}/address", fields)
    assert page.path.startswith("/admin/help/"), "asked for, not done"
    assert not desk.mails("address_proposed")
    as_cleo = desk.sign_in(desk.add("cleo@acme.example", Role.ADMIN, app=True, chosen=True))
    assert as_cleo.post(f"{page.path}/approve", {"go": "approve"}).status == 200
    as_admin.post(f"{page.path}/do", {"go": "do"})
    confirm(desk, ann, new)
    assert ann.email == new, "another helper agreed"


@pytest.mark.security("SE11")
def test_an_address_is_judged_again_when_it_is_confirmed(desk: Desk, adam: Somebody, as_admin: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example", app=True)
    fields = {"new_address": "ann@clean.example", "check": "video", "reason": "She lost the mailbox"}
    as_admin.post(f"/admin/people/{ann.id}/address", fields)
    exempt_domain(desk)
    page = confirm(desk, ann, "ann@clean.example")
    assert page.status == 403
    assert "This address does not count yet" in page.text
    assert "a second helper has to agree" in page.text
    assert ann.email == "ann@acme.example"


@pytest.mark.security("SE11")
def test_an_address_and_a_role_of_which_less_is_asked_need_a_second_helper(
    desk: Desk, adam: Somebody, as_admin: Browser
) -> None:
    desk.require()
    ann, bob = desk.add("ann@acme.example", app=True), desk.add("bob@acme.example", app=True)
    propose(as_admin, ann)
    confirm(desk, ann, f"new.{ann.email}")
    page = as_admin.post(f"/admin/people/{ann.id}/role", {"role": "end_user"})
    assert desk.person(ann).role is Role.AGENT
    assert "less would be asked of them at sign-in" in page.text
    # What was chosen is chosen already: only the reason is missing.
    page = as_admin.submit({"reason": ""}, having="wanted")
    assert "Say in a few words why" in page.text
    page = as_admin.submit({"reason": "She left the team"}, having="wanted")
    assert page.path.startswith("/admin/help/")
    as_cleo = desk.sign_in(desk.add("cleo@acme.example", Role.ADMIN, app=True, chosen=True))
    assert as_cleo.post(f"{page.path}/approve", {"go": "approve"}).status == 200
    as_admin.post(f"{page.path}/do", {"go": "do"})
    assert desk.person(ann).role is Role.END_USER
    as_admin.post(f"/admin/people/{bob.id}/role", {"role": "end_user"})
    assert desk.person(bob).role is Role.END_USER
    assert propose(as_admin, bob).path.startswith("/admin/help/"), "the other way round as well"


def test_who_leads_themselves_where_less_is_asked_is_told_of(desk: Desk, adam: Somebody) -> None:
    desk.require()
    exempt_domain(desk)
    ann = desk.add("ann@acme.example", app=True)
    as_ann = desk.sign_in(ann)
    as_ann.get("/profile/address")
    as_ann.submit({"new_address": "ann@clean.example"})
    code = desk.mails("address_code", to="ann@clean.example")[-1].params["code"]
    as_ann.submit({"address_code": str(code)}, having="address_code")
    assert desk.person(ann).email == "ann@clean.example"
    assert "Ann is exempted from what is required." in desk.mails("policy_weakened", to=adam.email)[-1].text
