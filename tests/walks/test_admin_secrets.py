"""No page of any role holds a secret of anybody, and hostile names stay names wherever they go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from twofold.core.links import Purpose
from twofold.core.roles import Role
from twofold.flows import links

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody
    from twofold.core.json import JsonObject

PAGES = (
    "/",
    "/profile",
    "/profile/security",
    "/profile/details",
    "/profile/password",
    "/profile/address",
    "/profile/security/recovery-codes",
    "/profile/security/turn-off",
    "/admin/first-steps",
    "/admin/people",
    "/admin/people/add",
    "/admin/account/appearance",
    "/admin/account/mail",
    "/admin/account/security",
    "/admin/account/security/advanced/authentication",
    "/guides/admins",
    "/appearance.css",
    "/healthz",
)
SMTP = "smtp words not for eyes"


def kept_secrets(desk: Desk, people: list[Somebody]) -> set[str]:
    """Return everything that is stored to prove or open something."""
    found = {SMTP}
    for somebody in people:
        row = desk.services.people.by_id(desk.account.id, somebody.id)
        assert row is not None
        assert row.password
        found |= {row.password, somebody.password, somebody.app.key, *somebody.recovery_codes}
        found |= {code.replace("-", "") for code in somebody.recovery_codes}
        found |= {str(value) for one in desk.held(somebody) for value in one.state.values() if len(str(value)) > 8}
    return found


@pytest.mark.security("SJ4")
@pytest.mark.parametrize("role", list(Role))
def test_no_page_of_any_role_holds_a_stored_secret(desk: Desk, role: Role) -> None:
    server: JsonObject = {
        "host": "smtp.acme.example",
        "port": 587,
        "security": "tls",
        "user": "u",
        "password": SMTP,
        "sender": "",
    }
    assert desk.services.kept.replace(desk.account.id, "mail", server, version=0)
    other = desk.add("other@acme.example", app=True, chosen=True)
    me = desk.add("me@acme.example", role, app=True, chosen=True)
    invited = desk.add("new@acme.example")
    link = links.make(desk.services, desk.account, Purpose.INVITATION, invited.id, now=desk.clock.now()).partition(
        "?link="
    )[2]
    theirs = desk.sign_in(other)
    browser = desk.sign_in(me)
    secrets = kept_secrets(desk, [other, me, invited]) | {link}
    secrets |= {value for name, value in theirs.cookies.items() if name != "twofold_csrf"}
    digests = {desk.services.digests.of_token(value) for value in {*theirs.cookies.values(), *browser.cookies.values()}}
    for path in (*PAGES, *(f"/admin/people/{one.id}" for one in (other, me, invited))):
        page = browser.get(path, follow=False)
        assert page.status in {200, 303, 403}
        said = page.html + "\n".join(f"{name}: {value}" for name, value in page.headers.items())
        assert not [secret for secret in secrets | digests if secret in said], path
        if "text/html" in page.headers.get("Content-Type", ""):
            assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.security("SJ5")
def test_hostile_names_stay_names_in_mail_and_in_the_app(desk: Desk) -> None:
    hostile = "<b>&Co%3Aevil?secret=AAAA"
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True, name="Olga\u2028Bcc: all@acme.example")
    browser = desk.sign_in(olga)
    browser.get("/admin/account/appearance")
    browser.submit({"name": hostile + "\u202e"}, having="colour")
    assert browser.page.status == 400, "nothing turns the direction of what follows"
    browser.submit({"name": hostile}, having="colour")
    assert "Saved." in browser.page.text
    browser.get("/admin/people/add")
    browser.submit({"email": "ann@acme.example", "name": hostile, "role": "agent", "invite": "1"}, having="email")
    (mail,) = desk.mails("invitation")
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert hostile in mail.text

    desk.require()
    ann = desk.add("bea@acme.example", name=hostile)
    agent: Browser = desk.browser()
    desk.present_password(agent, ann)
    agent.submit(press="go=set_up")
    if agent.page.path.endswith("/mailbox"):
        agent.submit({"mailbox_code": str(desk.mails("mailbox_code", to=ann.email)[-1].params["code"])})
    agent.submit({"thing": "app"})
    agent.submit()
    assert "<b>&Co" not in agent.page.html
    found = re.search(r'href="(otpauth://[^"]+)"', agent.page.html)
    assert found is not None
    uri = urlsplit(found[1].replace("&amp;", "&"))
    query = parse_qs(uri.query)
    assert len(query["secret"]) == 1
    assert query["secret"] != ["AAAA"]
    assert "%3Aevil" not in uri.path.replace("%253A", "")
