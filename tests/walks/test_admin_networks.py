"""From which networks team members may come: beside the second factor, for sign-ins and open sessions alike."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role
from twofold.flows import rescue
from twofold.flows.rescue import Rescued
from twofold.settings import settings

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

PAGE = "/admin/account/security/networks"
INSIDE, OUTSIDE = "192.0.2.7", "203.0.113.7"
OFFICE = "192.0.2.0/24\n2001:db8:1::/48"


@pytest.fixture
def owner(desk: Desk, olive: Somebody) -> Browser:
    return desk.sign_in(olive, desk.browser(address=INSIDE))


def restrict(browser: Browser, typed: str = OFFICE) -> Page:
    browser.get(PAGE)
    return browser.submit({"networks": typed}, having="networks")


def named(desk: Desk) -> tuple[str, ...]:
    return desk.services.policy.current(desk.account.id).rules.networks


@pytest.mark.behaviour("B46")
@pytest.mark.parametrize(
    ("address", "is_inside"),
    [
        (INSIDE, True),
        ("2001:db8:1::99", True),
        ("::ffff:192.0.2.99", True),
        (OUTSIDE, False),
        ("2001:db8:2::99", False),
        ("127.0.0.1", False),
    ],
)
def test_an_outside_address_is_refused_with_a_valid_second_factor(
    desk: Desk, owner: Browser, ann: Somebody, address: str, is_inside: bool
) -> None:
    # Begun while anybody may come from anywhere, so that the right code is typed from outside.
    browser = desk.browser(address=address)
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"
    assert "Saved." in restrict(owner).text
    browser.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(browser) == is_inside
    if not is_inside:
        assert browser.page.status == 403
        assert f"you come from {address}." in browser.page.text
        assert desk.events("sign_in.denied", of=ann)[0].detail == {"reason": "outside_networks"}
        # From the beginning, too; and without the password nobody learns of it.
        again = desk.browser(address=address)
        desk.present_password(again, ann)
        assert again.page.status == 403
        desk.present_password(again, ann, password="wrong horse battery")
        assert "do not fit together" in again.page.text


@pytest.mark.behaviour("B46")
def test_open_sessions_answer_from_inside_alone(desk: Desk, owner: Browser, ann: Somebody) -> None:
    laptop = desk.sign_in(ann, desk.browser(address=INSIDE))
    restrict(owner)
    assert is_signed_in(laptop)
    laptop.address = OUTSIDE
    assert not is_signed_in(laptop)
    assert laptop.get("/profile/security").path == "/sign-in"


def test_end_users_come_from_anywhere(desk: Desk, owner: Browser) -> None:
    restrict(owner)
    eve = desk.add("eve@customer.example", Role.END_USER)
    assert is_signed_in(desk.sign_in(eve, desk.browser(address=OUTSIDE)))


@pytest.mark.behaviour("B46")
@pytest.mark.parametrize("typed", ["203.0.113.0/24", "192.0.3.0/24", "2001:db8::/32", "192.0.2.8"])
def test_nobody_shuts_themselves_out(desk: Desk, owner: Browser, typed: str) -> None:
    page = restrict(owner, typed)
    assert page.status == 400
    assert "you would shut yourself out" in page.text
    assert f"You come from {INSIDE}." in page.text
    assert typed in page.html
    assert named(desk) == ()
    assert is_signed_in(owner)


def test_putting_an_earlier_version_back_shuts_nobody_out_either(desk: Desk, owner: Browser) -> None:
    restrict(owner)
    restrict(owner, "")
    owner.address = OUTSIDE
    page = owner.get("/admin/account/security/advanced/authentication")
    owner.post(f"{page.path}/restore", {"back_to": "1", "number": "2", "go": "save"})
    assert "you would shut yourself out" in owner.page.text
    assert named(desk) == ()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("192.0.2.7/24", "Did you mean 192.0.2.0/24?"),
        ("office", "“office” is no network"),
        (f"{INSIDE}\n999.1.1.1", "“999.1.1.1” is no network"),
        (f"{INSIDE}/32/32", "is no network"),
        ("2001:db8::7/32", "Did you mean 2001:db8::/32?"),
        ("\n".join([INSIDE, *(f"10.0.{number}.0/24" for number in range(101))]), "100 networks at most"),
        ("<script>", "is no network"),
    ],
)
def test_what_is_no_network_is_said_and_nothing_is_saved(desk: Desk, owner: Browser, typed: str, says: str) -> None:
    page = restrict(owner, typed)
    assert page.status == 400
    assert says in page.text
    assert "<script>" not in page.html
    assert named(desk) == ()


def test_they_are_part_of_the_policy(desk: Desk, owner: Browser, olive: Somebody) -> None:
    desk.add("adam@acme.example", Role.ADMIN)
    restrict(owner, f"{INSIDE}\n2001:DB8:1::/48\n{INSIDE}")
    assert named(desk) == (f"{INSIDE}/32", "2001:db8:1::/48")
    assert not desk.mails("policy_weakened")
    # Saving other rules leaves them alone.
    owner.get("/admin/account/security/advanced/authentication")
    owner.submit({"require_team_members": "1"}, press="go=save", having="require_team_members")
    assert named(desk) == (f"{INSIDE}/32", "2001:db8:1::/48")
    restrict(owner, OFFICE)
    told = desk.mails("policy_weakened")
    assert sorted(mail.to for mail in told) == ["adam@acme.example", "olive@acme.example"]
    assert "Team members may come from more networks." in told[0].text
    assert f"{desk.account.base_url}{PAGE}" in told[0].text
    page = owner.get("/admin/account/audit?kind=policy.changed")
    assert (
        f"Networks that team members come from {INSIDE}/32, 2001:db8:1::/48 192.0.2.0/24, 2001:db8:1::/48" in page.text
    )
    restrict(owner, "")
    assert named(desk) == ()
    assert len(desk.mails("policy_weakened")) == 4


def test_fresh_proof_is_asked_for(desk: Desk, owner: Browser, olive: Somebody) -> None:
    desk.forward(minutes=6)
    restrict(owner)
    assert owner.page.title.startswith("Is it still you?")
    owner.submit({"proof_passcode": olive.app.next_code()})
    assert "Saved." in owner.page.text
    assert named(desk)


@pytest.mark.behaviour("B46")
@pytest.mark.security("SF5")
@pytest.mark.parametrize(
    "header", ["garbage", "192.0.2.7, garbage", "", ",", "192.0.2.999", "192.0.2.7:443", "_hidden"]
)
def test_an_address_that_cannot_be_read_lies_outside(
    desk: Desk, owner: Browser, ann: Somebody, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = settings().model_copy(update={"proxies": (ip_network("127.0.0.0/8"),)})
    for room in ("middleware", "request"):
        monkeypatch.setattr(f"twofold.web.{room}.settings", lambda: behind)
    # Both the office and the proxy before it are named: what cannot be read must not count as the proxy's own.
    restrict(owner, f"{OFFICE}\n127.0.0.0/8")
    browser = desk.browser(address="127.0.0.1")
    browser.extra = {"HTTP_X_FORWARDED_FOR": header}
    desk.present_password(browser, ann)
    assert browser.page.status == 403
    assert not is_signed_in(browser)
    browser.extra = {"HTTP_X_FORWARDED_FOR": INSIDE}
    assert is_signed_in(desk.sign_in(ann, browser))


@pytest.mark.security("SF5")
def test_what_is_stored_and_cannot_be_read_lets_nobody_in(desk: Desk, ann: Somebody) -> None:
    desk.rules(lambda rules: replace(rules, networks=("nonsense",)))
    browser = desk.browser(address=INSIDE)
    desk.present_password(browser, ann)
    assert browser.page.status == 403


def test_the_operators_link_lets_an_owner_in_from_anywhere(desk: Desk, owner: Browser, olive: Somebody) -> None:
    restrict(owner)
    elsewhere = desk.browser(address=OUTSIDE)
    desk.present_password(elsewhere, olive)
    assert elsewhere.page.status == 403
    made = rescue.rescue(desk.services, desk.account, olive.id)
    assert isinstance(made, Rescued)
    elsewhere.get(made.url.removeprefix(desk.account.base_url))
    elsewhere.submit({"new_password": "another horse battery"})
    assert elsewhere.page.path == "/sign-in/set-up", elsewhere.page.text
    desk.set_up(olive, elsewhere)
    assert is_signed_in(elsewhere)
    assert restrict(elsewhere, OUTSIDE).status == 200
    assert named(desk) == (f"{OUTSIDE}/32",)
