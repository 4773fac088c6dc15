"""While no mail leaves the server, every page that asks for a second factor says so before Save; else none does."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.walks import group_kit
from tests.walks.helping import help_page
from tests.walks.import_kit import HEAD, read
from tests.walks.kit import is_signed_in
from tests.walks.mail_kit import name_server
from tests.walks.rule_kit import make_rule
from twofold.core.roles import Role
from twofold.flows import mail_settings
from twofold.flows.barriers import Barrier
from twofold.flows.explain import explain
from twofold.services import build_services, install
from twofold.settings import DEMO_MARK, settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

POLICY: Final = "/admin/account/security/advanced/authentication"
MAIL: Final = "/admin/account/mail"
WARNED: Final = (
    "No mail server is set yet. Whoever sets up for the first time is asked for a code by mail: until there is a "
    "server, it lies in a file that only the operator reads, and a code from an admin works in its place."
)


def _policy(_: Desk, browser: Browser) -> Page:
    return browser.get(POLICY)


def _policy_foreseen(_: Desk, browser: Browser) -> Page:
    browser.get(POLICY)
    return browser.submit({"require_team_members": "1"}, press="go=preview", having="require_team_members")


def _group(_: Desk, browser: Browser) -> Page:
    return browser.get(f"{group_kit.PAGE}/add")


def _group_foreseen(_: Desk, browser: Browser) -> Page:
    return group_kit.make(browser, "Night shift", "go=preview", group_require="1")


def _person(desk: Desk, browser: Browser) -> Page:
    browser.get(f"/admin/people/{desk.add('ann@acme.example').id}")
    return browser.click("rule for this person alone")


def _person_foreseen(desk: Desk, browser: Browser) -> Page:
    return make_rule(browser, desk.add("ann@acme.example"), "go=preview", own_require="1")


PAGES: Final = (_policy, _policy_foreseen, _group, _group_foreseen, _person, _person_foreseen)


def _anyway(desk: Desk) -> None:
    """Have the environment name a server, or be a demo, whose mail is shown."""
    desk.services = replace(desk.services, mail_leaves_anyway=True)
    install(desk.services)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_asks_for_a_second_factor_warns_before_save(
    desk: Desk, as_owner: Browser, page: Callable[[Desk, Browser], Page]
) -> None:
    shown = page(desk, as_owner)
    assert WARNED in shown.text
    assert (MAIL, "Set up mail") in shown.links
    assert any(("go", "save", "Save") in form.buttons for form in shown.forms)


@pytest.mark.parametrize("leaves", [name_server, _anyway])
@pytest.mark.parametrize("page", PAGES)
def test_where_mail_leaves_no_page_warns(
    desk: Desk, as_owner: Browser, page: Callable[[Desk, Browser], Page], leaves: Callable[[Desk], None]
) -> None:
    leaves(desk)
    assert "No mail server" not in page(desk, as_owner).text


def test_an_admin_who_may_not_name_the_server_is_told_who_does(desk: Desk, adam: Somebody) -> None:
    page = desk.sign_in(adam).get(POLICY)
    assert WARNED in page.text
    assert "An owner names the server, under Account > Mail." in page.text
    assert (MAIL, "Set up mail") not in page.links


def test_what_the_operator_set_decides_before_what_an_admin_named(desk: Desk, tmp_path: Path) -> None:
    here, demo = settings(), tmp_path / "demo"
    shutil.copytree(here.data, demo)
    (demo / DEMO_MARK).touch()
    assert not build_services(here).mail_leaves_anyway
    assert build_services(here.model_copy(update={"smtp_host": "smtp.house.example"})).mail_leaves_anyway
    assert build_services(here.model_copy(update={"data": demo})).mail_leaves_anyway
    assert not mail_settings.leaves(desk.services, desk.account.id)
    name_server(desk)
    assert mail_settings.leaves(desk.services, desk.account.id)


def test_an_import_invites_nobody_until_there_is_a_mail_server(desk: Desk, as_owner: Browser) -> None:
    page = read(desk, as_owner, [HEAD, "ana@acme.example,Ana"])
    assert "No mail server is set yet, so nobody is invited." in page.text
    assert (MAIL, "Set up mail") in page.links
    assert not any(form.has("invite") for form in page.forms)
    # Whoever sends the tick nevertheless, from an old page, adds people and mails nobody.
    as_owner.post(f"{page.path}/confirm", {"invite": "1"})
    assert not desk.mails("invitation")
    page = as_owner.get(page.path)
    assert "Some were never invited. Once a mail server is set, you can invite them from here." in page.text
    page = as_owner.post(f"{page.path}/invite")
    assert page.status == 200
    assert "Once a mail server is set" in page.text
    assert not desk.events("import.invitations_begun")
    name_server(desk)
    as_owner.get(page.path)
    as_owner.post(f"{page.path}/invite")
    assert len(desk.mails("invitation", to="ana@acme.example")) == 1


def test_inviting_stops_where_the_mail_server_is_taken_away(desk: Desk, as_owner: Browser) -> None:
    name_server(desk)
    page = read(desk, as_owner, [HEAD, "ana@acme.example,Ana"])
    as_owner.submit({"invite": None}, having="invite")
    desk.mails()
    as_owner.get(page.path)
    as_owner.post(f"{page.path}/invite")
    _, version = desk.services.kept.load(desk.account.id, mail_settings.MAIL)
    assert desk.services.kept.replace(desk.account.id, mail_settings.MAIL, {"host": ""}, version=version)
    assert not desk.mails("invitation")
    [ended] = desk.events("import.invitations_ended")
    assert ended.detail["state"] == "stopped"


def test_the_help_page_and_explain_say_the_same(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    said = "No mail leaves this server at the moment."
    for has_server in (False, True):
        if has_server:
            name_server(desk)
        assert (said in as_owner.get(help_page(ann)).text) is not has_server
        found = explain(desk.services, desk.account, ann.email)
        assert found is not None
        assert (Barrier.NO_MAIL in {one.barrier for one in found.obstacles}) is not has_server


def test_a_first_set_up_without_a_mail_server_goes_by_the_file(desk: Desk) -> None:
    desk.require()
    ann = desk.add("ann@acme.example", Role.AGENT)
    browser = desk.browser()
    desk.present_password(browser, ann)
    desk.set_up(ann, browser)
    assert is_signed_in(browser)


def test_somebody_who_sets_up_is_told_where_the_mailed_code_lies(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.require()
    desk.present_password(browser, ann)
    page = browser.submit(press="go=set_up")
    assert page.path == "/sign-in/set-up/mailbox"
    assert "has no mail server yet, so no mail leaves" in page.text
    assert "We sent" not in page.text
    page = browser.submit({"mailbox_code": str(desk.mails("mailbox_code", to=ann.email)[-1].params["code"])})
    assert "codes by mail become files on the server" in page.text
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(ann, browser)
    page = browser.submit(having="saved")
    assert "Two-factor authentication works for you now." in page.text
    assert "mailed" not in page.text


def test_where_mail_leaves_it_is_said_to_be_sent(desk: Desk, browser: Browser) -> None:
    _anyway(desk)
    ann = desk.add("ann@acme.example")
    desk.require()
    desk.present_password(browser, ann)
    page = browser.submit(press="go=set_up")
    assert "We sent a code of eight digits to" in page.text
    page = browser.submit({"mailbox_code": str(desk.mails("mailbox_code", to=ann.email)[-1].params["code"])})
    assert "files on the server" not in page.text
