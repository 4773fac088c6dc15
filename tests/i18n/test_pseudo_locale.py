"""In a language that somebody adds by a file of messages alone, no page and no mail says a word of English."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone, translation

from tests.delivery.test_words import NAMES, PARAMS, message
from tests.fakes import START
from tests.i18n.pseudo import LANGUAGE, accented, messages
from tests.i18n.reading import english_in, english_on
from tests.walks.routes import PUBLIC_FILES, all_paths
from twofold.core.reasons import Because, Reason
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Role
from twofold.core.sign_up import SignUp
from twofold.delivery.words import Words
from twofold.flows import owner
from twofold.settings import settings
from twofold.web import told, words
from twofold.web.profile import events

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

pytestmark = pytest.mark.usefixtures("spoken")

# Names of things, whoever speaks of them.
NAMES_OF_THINGS = {
    str(settings().mail_path),
    "Acme Support",
    "Europe/London",
    "UTC",
    "Firefox on Linux",
    "English",
    "Pseudo",
    "127.0.0.1",
    "Twilio",
    "Vonage",
}
GREETING = accented("Sign in")


def data_of(desk: Desk, *people: Somebody) -> set[str]:
    return NAMES_OF_THINGS | {each for one in people for each in (one.email, desk.person(one).name) if each}


def said_in_english(seen: Iterable[Page], data: set[str]) -> dict[str, list[str]]:
    return {page.url: found for page in seen if (found := english_on(page, data))}


def speaking(desk: Desk) -> Browser:
    """Return a browser whose owner prefers the language, as its settings tell every site."""
    browser = desk.browser()
    browser.extra = {"HTTP_ACCEPT_LANGUAGE": f"{LANGUAGE},en;q=0.5"}
    return browser


def test_there_are_messages() -> None:
    found = messages()
    assert len(found) > 500
    assert any(isinstance(each.id, tuple) for each in found)


def test_a_message_is_accented_bracketed_and_longer() -> None:
    text = "You have %(left)d codes, see <a href='/x'>Security</a>."
    said = accented(text)
    assert said.startswith("⟦Ýóú ħáṽé %(left)d çóđéš, šéé <a href='/x'>Šéçúŕíţý</a>.")
    assert said.endswith("⟧")
    assert len(said) > 1.2 * len(text)


def test_what_nobody_translated_is_found() -> None:
    assert english_in(f"{accented('Save it')} Save this for Ann at https://acme.example", {"Ann"}) == "Save this for at"
    assert not english_in(accented("You have %(left)d codes") % {"left": 3}, set())


# --- Choosing a language ------------------------------------------------------------------------------


def test_a_stranger_is_spoken_to_in_the_language_of_their_browser(desk: Desk) -> None:
    assert GREETING in speaking(desk).get("/sign-in").text
    assert "Sign in" in desk.browser().get("/sign-in").text


def test_a_stranger_can_choose_a_language_and_it_is_kept(desk: Desk) -> None:
    browser = desk.browser()
    links = [url for url, _ in browser.get("/sign-in").links if f"language={LANGUAGE}" in url]
    assert GREETING in browser.get(f"/sign-in{links[0]}").text
    assert GREETING in browser.get("/sign-in").text


def test_a_person_chooses_it_in_their_details(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)
    browser.get("/profile/details")
    browser.submit({"locale": LANGUAGE})
    assert desk.person(ann).locale == LANGUAGE
    assert accented("Security settings") in browser.get("/profile/security").text


def test_an_account_speaks_it_to_people_without_a_choice_of_their_own(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    assert desk.services.accounts.replace(desk.account, replace(desk.account, locale=LANGUAGE))
    assert accented("Security settings") in desk.sign_in(ann).get("/profile/security").text


# --- Pages --------------------------------------------------------------------------------------------


def test_every_page_of_a_signed_in_owner(desk: Desk) -> None:
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True, locale=LANGUAGE)
    ann = desk.add("ann@acme.example")
    gus = desk.add("gus@globex.example", Role.END_USER, app=True, must_set_up=True)
    browser = desk.sign_in(olive, speaking(desk))
    paths = [path for path in all_paths() if path not in PUBLIC_FILES]
    for path in [*paths, *(f"/admin/people/{one.id}" for one in (olive, ann, gus)), "/nothing-here"]:
        browser.get(path)
    for guide in ("agents", "end-users", "admins"):
        browser.get(f"/guides/{guide}")
    assert not said_in_english(browser.seen, data_of(desk, olive, ann, gus))


def test_policy_people_and_proof(desk: Desk) -> None:
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True, locale=LANGUAGE)
    ann = desk.add("ann@acme.example", app=True)
    browser = desk.sign_in(olive, speaking(desk))
    authentication = "/admin/account/security/advanced/authentication"
    browser.get(authentication)
    browser.submit({"require_team_members": "1", "team_trust_days": "x", "team_grace_days": "9999"}, press="go=preview")
    browser.get(authentication)
    browser.submit({"require_team_members": "1"}, press="go=preview")
    desk.forward(minutes=6)
    browser.get(authentication)
    browser.submit({"require_team_members": "1"}, press="go=save")
    browser.submit({"proof_passcode": "000000"})
    desk.forward(minutes=1)
    browser.submit({"proof_passcode": olive.app.next_code()})
    browser.get("/admin/people/add")
    browser.submit({"email": "not an address"})
    browser.submit({"email": "ben@acme.example", "role": "agent"})
    for act in ("suspend", "unsuspend", "end-sessions", "invite"):
        browser.post(f"/admin/people/{ann.id}/{act}")
    browser.get("/admin/people?search=zz")
    browser.get("/admin/account/appearance")
    browser.submit({"name": "", "colour": "green", "privacy_url": "x"})
    browser.get("/admin/account/mail")
    browser.submit({"host": "a b", "port": "x", "sender": "x"}, having="host")
    browser.get("/profile/security")
    data = {*data_of(desk, olive, ann), "ben@acme.example", "STARTTLS", "TLS", "not an address", "green"}
    assert not said_in_english(browser.seen, data)


def test_the_whole_way_in(desk: Desk) -> None:
    desk.add("olive@acme.example", Role.OWNER)
    cleo = desk.add("cleo@acme.example", locale=LANGUAGE)
    desk.require()
    browser = speaking(desk)
    browser.get("/sign-in")
    browser.submit({"email": "", "password": ""})
    browser.submit({"email": cleo.email, "password": "wrong horse battery"})
    browser.get("/forgot-password")
    browser.submit({"email": cleo.email})
    desk.rules(lambda rules: replace(rules, sign_up=SignUp(is_open=True)))
    browser.get("/sign-up")
    browser.submit({"email": "", "name": ""})
    browser.submit({"email": cleo.email, "name": "Cleo"})
    desk.present_password(browser, cleo)
    browser.get("/sign-in/set-up/cannot-now")
    browser.get("/sign-in/set-up")
    desk.set_up(cleo, browser)
    browser.get("/profile/security")
    browser.sign_out()
    browser.drop_cookies()
    desk.present_password(browser, cleo)
    for path in ("/sign-in/cannot-get-a-code", "/sign-in/why", "/sign-in/passcode?with=recovery-code"):
        browser.get(path)
    browser.get("/sign-in/passcode")
    for typed in ("000000", "hello", "1" * 200, cleo.app.code(ahead=timedelta(minutes=-4)), cleo.recovery_codes[0]):
        browser.post("/sign-in/passcode", {"passcode": typed})
        desk.forward(seconds=40)
    assert browser.page.path == "/sign-in/after-recovery"
    browser.submit(press="phone=lost")
    keys = {group for page in browser.seen for group in re.findall(r"<span>([A-Z2-7]{4})</span>", page.html)}
    assert not said_in_english(browser.seen, data_of(desk, cleo) | {"Olive", "hello"} | keys)


def test_waiting_and_ended(desk: Desk) -> None:
    ben = desk.add("ben@acme.example", app=True, chosen=True, locale=LANGUAGE)
    browser = speaking(desk)
    desk.present_password(browser, ben)
    for _ in range(6):
        browser.post("/sign-in/passcode", {"passcode": "000000"})
        desk.forward(seconds=40)
    desk.forward(hours=1)
    browser.get("/sign-in/passcode")
    assert not said_in_english(browser.seen, data_of(desk, ben))


def test_the_first_owners_way(desk: Desk) -> None:
    assert desk.services.accounts.replace(desk.account, replace(desk.account, locale=LANGUAGE))
    url = owner.link(desk.services, desk.account)
    assert url is not None
    browser = speaking(desk)
    browser.get(url)
    browser.submit()
    browser.submit({"desk_name": ""})
    browser.submit({"desk_name": "Ivy", "time_zone": "Europe/Vienna"})
    browser.submit({"name": "", "email": "x", "new_password": "short"})
    browser.submit({"name": "Olga", "email": "olga@acme.example", "new_password": "a long enough secret"})
    browser.get("/sign-in/set-up")
    assert not said_in_english(browser.seen, {*NAMES_OF_THINGS, "Ivy", "Olga", "olga@acme.example"})


# --- Sentences that few pages show ---------------------------------------------------------------------


@pytest.mark.parametrize("template", NAMES)
def test_every_mail(template: str) -> None:
    letter = Words().of(replace(message(template), locale=LANGUAGE))
    data = {str(value) for value in PARAMS.values()} | {"Subject:", "CEST", "CET"}
    assert "⟦" in letter.subject
    assert not english_in(letter.subject, data)
    assert not english_in(letter.text, data)


@pytest.mark.parametrize("no", No)
def test_every_refusal(no: No) -> None:
    with translation.override(LANGUAGE), timezone.override("UTC"):
        refused = Refusal(no, at=START, other_at=START, left=2)
        said = [words.refusal(refused, now=START), words.sign_in_refusal(refused, now=START)]
        said.append(words.mailbox_refusal(refused, now=START))
    assert not english_in(" ".join(said), set())


@pytest.mark.parametrize("reason", Reason)
def test_every_reason(reason: Reason) -> None:
    with translation.override(LANGUAGE), timezone.override("UTC"):
        said = [words.reason(Because(reason, at=at, detail="7"), account_name="7", now=START) for at in (None, START)]
    assert not english_in(" ".join(said), set())


def test_every_event_and_everything_that_is_said_once() -> None:
    with translation.override(LANGUAGE):
        texts = [str(text) for text in events.WORDS.values()]
        texts += [str(text) for one in told._DECLARED.values() for text in (one.text, one.link_text)]
    assert not english_in(" ".join(texts), set())
