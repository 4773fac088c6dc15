"""Account > Security: every setting is rated with a reason and a way to mend it, and the unreachable are named."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest

from twofold.commands.checks import sealed
from twofold.commands.findings import Mark
from twofold.core.ids import JobId
from twofold.core.ratings import Finding, Subject
from twofold.core.roles import Role
from twofold.core.sign_up import SignUp
from twofold.settings import settings
from twofold.store.jobs import JobStore, Queue
from twofold.store.keys import HouseKeys
from twofold.store.sealing import Sealer, Unsealable
from twofold.store.system import SystemEntropy
from twofold.web.admin import rating_words
from twofold.web.kinds.registry import name_of

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

SECURITY = "/admin/account/security"


@pytest.fixture
def olive(desk: Desk) -> Somebody:
    return desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True, last_sign_in_at=desk.clock.now())


def rated(browser: Browser) -> dict[str, str]:
    """Return each rating with the words below it."""
    html = browser.get(SECURITY).html
    sections = re.findall(r'<section class="sheet" id="(critical|recommended|healthy)".*?</section>', html, re.DOTALL)
    bodies = re.findall(r'<section class="sheet" id="(?:critical|recommended|healthy)"(.*?)</section>', html, re.DOTALL)
    return {name: unescape(re.sub(r"<[^>]+>", " ", body)) for name, body in zip(sections, bodies, strict=True)}


@pytest.mark.behaviour("B45")
def test_not_required_is_critical_and_the_link_leads_to_where_it_is_required(desk: Desk, as_owner: Browser) -> None:
    assert list(rated(as_owner)) == ["critical", "recommended", "healthy"]
    assert "Two-factor authentication for team members" in rated(as_owner)["critical"]
    assert "one stolen password opens everything" in rated(as_owner)["critical"]
    assert "Two-factor authentication for end users" in rated(as_owner)["recommended"]

    as_owner.get(SECURITY)
    as_owner.click("Require it: Two-factor authentication for team members")
    assert as_owner.page.path == "/admin/account/security/advanced/authentication"
    as_owner.submit({"require_team_members": "1"}, press="go=save")

    assert "Two-factor authentication for team members" in rated(as_owner)["healthy"]
    assert "Two-factor authentication for team members" not in rated(as_owner).get("critical", "")


def test_an_only_owner_is_always_among_those_whom_nobody_could_get_back_in(
    desk: Desk, olive: Somebody, as_owner: Browser
) -> None:
    desk.add("ada@acme.example", Role.ADMIN, last_sign_in_at=desk.clock.now())
    desk.add("abe@acme.example", Role.ADMIN, last_sign_in_at=desk.clock.now())
    text = as_owner.get(SECURITY).text
    stranded = text.partition("People nobody could get back in")[2].partition("Add a second owner")[0]
    assert "Olive" in stranded
    assert "1 method, 10 recovery codes left" in stranded
    assert "Ada" not in stranded
    assert "There is one owner." in rated(as_owner)["critical"]

    # Somebody who was invited and never came cannot help.
    second = desk.add("otto@acme.example", Role.OWNER, password="never came 1234")
    desk.change(second, password=None)
    assert "People nobody could get back in" in as_owner.get(SECURITY).text
    desk.add("otis@acme.example", Role.OWNER, last_sign_in_at=desk.clock.now())
    assert "People nobody could get back in" not in as_owner.get(SECURITY).text
    assert "2 owners can help each other." in rated(as_owner)["healthy"]


def test_each_setting_is_rated_by_what_is_set(desk: Desk, as_owner: Browser) -> None:
    text = rated(as_owner)
    assert "A computer answers for 30 days." in text["healthy"]
    assert "There is no backup" in text["critical"]
    assert "No test mail came back yet" in text["critical"]
    assert "Only the computer it runs on reaches it so far." in text["recommended"]
    assert "Whoever knows a team member's password" in text["recommended"]
    assert f"talked out of somebody: {name_of('email')}." in text["recommended"]
    desk.for_both(
        lambda rules: replace(
            rules,
            trust_for=timedelta(days=60),
            idle_for=timedelta(hours=3),
            checks_new_browsers=True,
            accepts=replace(rules.accepts, needs_strong=True),
        )
    )
    desk.add("bob@acme.example", exempt_until=desk.clock.now() + timedelta(days=2), exempt_because="a new phone")

    text = rated(as_owner)
    assert "A computer answers for 60 days. 30 days at most are usual" in " ".join(text["recommended"].split())
    assert "Signed out after 180 minutes without a click" in text["recommended"]
    assert "1 team member is exempt from two-factor authentication." in text["healthy"]
    assert "Only ways count that are hard to steal." in text["healthy"]
    assert "A password alone opens nothing on a browser that nobody knows." in text["healthy"]
    desk.require(team=True)
    assert "1 team member is exempt" in rated(as_owner)["recommended"]
    as_owner.get(SECURITY)
    as_owner.click("See who is exempt")
    assert "bob@acme.example" in as_owner.page.text
    assert "olive@acme.example" not in as_owner.page.text.partition("2FA status report")[0].partition("Last sign-in")[2]


def test_who_may_sign_up_is_rated_and_leads_to_where_that_is_said(desk: Desk, as_owner: Browser) -> None:
    assert "Nobody makes a sign-in by themselves" in rated(as_owner)["healthy"]
    desk.rules(lambda rules: replace(rules, sign_up=SignUp(is_open=True)))
    assert "Anybody with a mailbox makes a sign-in as an end user." in rated(as_owner)["recommended"]
    as_owner.get(SECURITY)
    as_owner.click("Say who may sign up")
    as_owner.submit({"sign_up": "1", "domains": "customer.example"}, having="sign_up")
    assert "an address of 1 email domain sign up by themselves." in rated(as_owner)["healthy"]


def test_every_link_leads_to_a_page_that_has_what_it_names(desk: Desk, as_owner: Browser) -> None:
    for subject in Subject:
        _, url, _ = rating_words.SUBJECTS[subject]
        path, _, anchor = url.partition("#")
        page = as_owner.get(path)
        assert page.status == 200, url
        assert not anchor or f'id="{anchor}"' in page.html, url


def test_an_admin_is_led_to_the_guide_where_only_an_owner_may_go(desk: Desk) -> None:
    ada = desk.sign_in(desk.add("ada@acme.example", Role.ADMIN))
    assert "How an owner does it" in rated(ada)["critical"]
    ada.click("How an owner does it")
    assert ada.page.path == "/guides/admins"


def test_what_waits_for_a_key_is_told_here_and_by_doctor(desk: Desk, as_owner: Browser) -> None:
    entropy, now = SystemEntropy(), desk.clock.now()
    ring = HouseKeys.make(entropy).ring
    add = JobStore(Sealer(lambda: ring, entropy)).add
    add(desk.account.id, id=JobId(entropy.new_id()), kind="x", body={}, put_at=now, run_at=now - timedelta(days=1))
    with pytest.raises(Unsealable):
        desk.worker_needs().jobs.lease_next(now, timedelta(minutes=2), queue=Queue.WORK)
    text = as_owner.get(SECURITY).text
    assert "Other work" in text
    assert "sealed with a key that this server does not have" in text
    found = list(sealed(settings(), desk.account))
    assert [(one.mark, one.about) for one in found] == [(Mark.BAD, "keys")]
    assert "1 messages or tasks were sealed with a key that is not in" in found[0].text


def test_every_finding_has_words() -> None:
    counted = {Finding.TRUST_IS_LONG, Finding.TRUST_IS_SHORT, Finding.SOME_EXEMPT, Finding.SOME_SIGN_UP}
    counted |= {Finding.NONE_GO_OUT, Finding.SOME_FAILED}
    assert set(rating_words.WHY) | counted == set(Finding)
    assert set(rating_words.SUBJECTS) == set(Subject)


@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_agents_and_end_users_see_nothing_of_it(desk: Desk, role: Role) -> None:
    assert desk.sign_in(desk.add("ann@acme.example", role)).get(SECURITY).status == 403
