"""Text messages as an owner sets them up: a real provider, the worker, the code that came back, and what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.delivery.gateway import Gateway, running
from tests.walks.kit import stored_bytes
from twofold.core.roles import Role
from twofold.delivery.worker import Worker
from twofold.flows.sms_settings import KEPT
from twofold.settings import settings
from twofold.web.admin import texts as texts_page
from twofold.web.admin import texts_shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

TEXTS = "/admin/account/texts"
SECRET = "lamp-gravel-otter"
PHONE = "+43 664 155 4711"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running() as found:
        yield found.answers(201, {"sid": "SM1", "status": "queued", "error_code": None})


@pytest.fixture
def owner(desk: Desk) -> Browser:
    return desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))


def twilio_at(gateway: Gateway, **fields: object) -> dict[str, object]:
    return {
        "provider": "twilio",
        "twilio_user": "AC0123",
        "twilio_secret": SECRET,
        "twilio_sender": "+43155500",
        "twilio_address": gateway.address,
        "country_AT": "1",
        **fields,
    }


def save(owner: Browser, fields: Mapping[str, object]) -> None:
    owner.get(TEXTS)
    owner.submit(fields, having="provider")


def work(desk: Desk) -> None:
    worker = Worker(desk.worker_needs())
    while worker.step():
        pass


def code_in(gateway: Gateway) -> str:
    found = re.search(r"Its code is (\d{6})\.", gateway.asked[-1].form["Body"])
    assert found is not None
    return found[1]


def test_the_code_of_a_test_text_that_went_through_the_provider_is_typed_back(
    desk: Desk, owner: Browser, gateway: Gateway
) -> None:
    assert "No provider is named yet" in owner.get(TEXTS).text
    save(owner, twilio_at(gateway))
    assert "Saved." in owner.page.text
    owner.submit({"test_number": PHONE}, having="test_number")
    assert "A test text for •••• 4711 was made at" in owner.page.text
    assert "It has not left us yet." in owner.page.text
    work(desk)
    [asked] = gateway.asked
    assert asked.form["To"] == "+436641554711"
    assert asked.basic == f"AC0123:{SECRET}"
    assert "The provider took it" in owner.get(TEXTS).text
    callback = asked.form["StatusCallback"].removeprefix(desk.account.base_url)
    assert desk.browser().post_raw(callback, b"MessageSid=SM1&MessageStatus=delivered").status == 204
    assert "The provider says that it arrived." in owner.get(TEXTS).text
    owner.submit({"test_code": code_in(gateway)}, having="test_code")
    assert "Texts arrive." in owner.page.text
    assert "A test text arrived" in owner.get(TEXTS).text
    kinds = [event.kind for event in desk.events()]
    assert [kind for kind in kinds if kind.startswith("sms.")] == ["sms.changed", "sms.test_sent", "sms.proved"]


def test_a_failure_is_told_with_the_providers_code_and_without_the_number(
    desk: Desk, owner: Browser, gateway: Gateway
) -> None:
    save(owner, twilio_at(gateway))
    gateway.answers(400, {"code": 21211, "message": "The 'To' number +436641554711 is not valid."})
    owner.submit({"test_number": PHONE}, having="test_number")
    work(desk)
    page = owner.get(TEXTS)
    assert "It could not be sent." in page.text
    assert "1 message: the provider refused it: Twilio 21211." in page.text
    overview = owner.get("/admin/account/security")
    assert "the provider refused it: Twilio 21211" in overview.text
    for shown in (page, overview):
        assert "15547" not in shown.html
        assert "6641554711" not in shown.html
    desk.forward(hours=25)
    assert "twilio 21211" not in desk.sign_in(desk.add("otto@acme.example", Role.OWNER)).get(TEXTS).text


def test_the_secret_is_sealed_and_never_shown_again(desk: Desk, owner: Browser, gateway: Gateway) -> None:
    save(owner, twilio_at(gateway))
    assert SECRET not in owner.get(TEXTS).html
    assert "Leave empty to keep the present one." in owner.page.text
    assert SECRET.encode() not in stored_bytes()
    assert SECRET not in str(desk.events())
    save(owner, {"twilio_sender": "+43155501"})
    assert "Saved." in owner.page.text
    assert desk.services.kept.load(desk.account.id, KEPT)[0]["secret"] == SECRET


@pytest.mark.parametrize(
    "change",
    [
        {"twilio_address": "https://twilio.evil.example"},
        {"twilio_user": "AC9999"},
        {
            "provider": "http",
            "http_address": "https://gateway.evil.example/?to={to}&text={text}",
            "http_headers": "Authorization: {secret}",
        },
    ],
)
def test_the_stored_secret_goes_nowhere_but_where_it_was_typed_for(
    desk: Desk, owner: Browser, gateway: Gateway, change: dict[str, object]
) -> None:
    save(owner, twilio_at(gateway))
    before = desk.services.kept.load(desk.account.id, KEPT)
    save(owner, change)
    assert owner.page.status == 400
    assert "Type the secret again" in owner.page.text
    assert desk.services.kept.load(desk.account.id, KEPT) == before


def test_no_template_may_send_the_stored_secret_as_the_text(desk: Desk, owner: Browser, gateway: Gateway) -> None:
    gateway.answers(200)
    fields = {
        "provider": "http",
        "http_address": f"{gateway.address}/send",
        "http_body": "to={to}&text={text}&key={secret}",
        "http_secret": SECRET,
        "country_AT": "1",
    }
    save(owner, fields)
    assert "Saved." in owner.page.text
    save(owner, {"http_body": "to={to}&text={text} {secret}"})
    assert owner.page.status == 400
    assert "Type the secret again" in owner.page.text


def test_a_sender_that_asks_for_no_secret_keeps_none(desk: Desk, owner: Browser, gateway: Gateway) -> None:
    save(owner, twilio_at(gateway))
    save(owner, {"provider": "http", "http_address": f"{gateway.address}/?to={{to}}&text={{text}}"})
    assert "Saved." in owner.page.text
    assert desk.services.kept.load(desk.account.id, KEPT)[0]["secret"] == ""
    save(owner, {"provider": "none"})
    assert "No provider is named yet" in owner.page.text
    assert not desk.services.outbox.can_send(desk.account.id, "sms")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"twilio_user": ""}, "Fill this in"),
        ({"twilio_secret": ""}, "Fill this in"),
        ({"twilio_sender": "A name that is too long"}, "Type a number with + and country code"),
        ({"twilio_address": "http://api.twilio.example"}, "Without TLS everybody on the way could read the codes"),
        ({"twilio_address": "https://a:b@api.twilio.example"}, "Type an address that begins with https://"),
        ({"budget": "0"}, "Type a whole number from 1 to 100000"),
        ({"budget": "many"}, "Type a whole number from 1 to 100000"),
        ({"provider": "http", "http_address": "https://g.example/?t={words}"}, "none of the words that are replaced"),
        ({"provider": "http", "http_address": "https://g.example/"}, "where the number goes"),
        (
            {"provider": "http", "http_address": "https://g.example/{to}{text}", "http_headers": "nonsense"},
            "Write one header on each line",
        ),
        ({"provider": "http", "http_address": "https://g.example/{to}{text}" + "x" * 2000}, "This is too long"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    desk: Desk, owner: Browser, gateway: Gateway, fields: dict[str, object], said: str
) -> None:
    save(owner, twilio_at(gateway, **fields))
    assert owner.page.status == 400
    assert said in owner.page.text
    assert SECRET not in owner.page.html
    assert "checked" in owner.page.form("provider").attributes("country_AT")
    assert desk.services.kept.load(desk.account.id, KEPT) == ({}, 0)


@pytest.mark.parametrize("fields", [{"provider": "pigeon"}, {"provider": "http", "http_method": "DELETE"}])
def test_what_no_page_of_ours_sends_is_refused(
    desk: Desk, owner: Browser, gateway: Gateway, fields: dict[str, object]
) -> None:
    owner.get(TEXTS)
    assert owner.post(TEXTS, {"budget": "200", "version": "0", **fields}).status == 400
    assert desk.services.kept.load(desk.account.id, KEPT) == ({}, 0)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AGENT, Role.END_USER])
def test_owners_alone_name_who_reads_every_code(desk: Desk, role: Role, gateway: Gateway) -> None:
    browser = desk.sign_in(desk.add("ann@acme.example", role, app=True, chosen=True))
    for path, fields in (
        (TEXTS, twilio_at(gateway, budget="200", version="0")),
        (f"{TEXTS}/test", {"test_number": PHONE}),
        (f"{TEXTS}/test/confirm", {"test_code": "123456"}),
    ):
        assert browser.post(path, fields).status == 403
    assert browser.get(TEXTS).status == 403
    assert "Text messages" not in browser.get("/").text
    assert desk.services.kept.load(desk.account.id, KEPT) == ({}, 0)


def test_naming_a_provider_asks_for_fresh_proof_and_loses_nothing(desk: Desk, gateway: Gateway) -> None:
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    owner = desk.sign_in(olga)
    desk.forward(minutes=6)
    save(owner, twilio_at(gateway))
    assert desk.services.kept.load(desk.account.id, KEPT) == ({}, 0)
    owner.submit({"proof_passcode": olga.app.next_code()})
    assert "Saved." in owner.page.text
    assert desk.services.kept.load(desk.account.id, KEPT)[0]["secret"] == SECRET


def test_two_owners_do_not_undo_each_other(desk: Desk, owner: Browser, gateway: Gateway) -> None:
    other = desk.sign_in(desk.add("otto@acme.example", Role.OWNER, app=True, chosen=True))
    other.get(TEXTS)
    save(owner, twilio_at(gateway))
    other.submit({"provider": "none"}, having="provider")
    assert "Something else changed meanwhile." in other.page.text
    assert desk.services.kept.load(desk.account.id, KEPT)[0]["provider"] == "twilio"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "plus sign and country code"),
        ("0664 155 4711", "plus sign and country code"),
        ("+43 664", "plus sign and country code"),
        ("+49 1512 3456789", "Tick the country of this number first"),
        ("+43 900 123456", ""),
        ("x" * 200, "This is too long"),
    ],
)
def test_a_test_goes_to_a_number_that_texts_go_to(
    desk: Desk, owner: Browser, gateway: Gateway, number: str, said: str
) -> None:
    save(owner, twilio_at(gateway))
    owner.submit({"test_number": number}, having="test_number")
    assert owner.page.status == 400
    assert said in owner.page.text
    work(desk)
    assert gateway.asked == []


@pytest.mark.security("SC9")
def test_test_texts_obey_every_limit(desk: Desk, owner: Browser, gateway: Gateway) -> None:
    # Of four a day two go to numbers that nobody has proved, and a test's is such a one.
    save(owner, twilio_at(gateway, budget="4"))
    owner.submit({"test_number": PHONE}, having="test_number")
    # A second one at once; the same from another tab or session meets the same wait.
    assert owner.post(f"{TEXTS}/test", {"test_number": PHONE}).status == 429
    work(desk)
    desk.forward(minutes=2)
    owner.post(f"{TEXTS}/test", {"test_number": PHONE})
    work(desk)
    desk.forward(minutes=2)
    page = owner.post(f"{TEXTS}/test", {"test_number": PHONE})
    assert page.status == 429
    assert "2 texts were sent today." in owner.get(TEXTS).text
    save(owner, twilio_at(gateway, budget="2"))
    assert "used up for today" in owner.get("/admin/account/security").text
    work(desk)
    assert len(gateway.asked) == 2


def test_without_a_provider_no_test_is_sent(desk: Desk, owner: Browser) -> None:
    owner.get(TEXTS)
    owner.submit({"test_number": PHONE}, having="test_number")
    assert "Name a provider first." in owner.page.text
    assert desk.events("sms.test_sent") == []


def test_an_old_or_wrong_code_proves_nothing(desk: Desk, owner: Browser, gateway: Gateway) -> None:
    save(owner, twilio_at(gateway))
    owner.submit({"test_number": PHONE}, having="test_number")
    work(desk)
    first = code_in(gateway)
    for typed in ("", "x", "12", "000000" if first != "000000" else "111111", "9" * 200):
        assert owner.post(f"{TEXTS}/test/confirm", {"test_code": typed}).status == 400
    desk.forward(minutes=2)
    owner.post(f"{TEXTS}/test", {"test_number": PHONE})
    work(desk)
    assert "Use the one we sent at" in owner.post(f"{TEXTS}/test/confirm", {"test_code": first}).text
    desk.forward(minutes=6)
    assert owner.post(f"{TEXTS}/test/confirm", {"test_code": code_in(gateway)}).status == 400
    assert "A test text arrived" not in owner.get(TEXTS).text


def test_another_provider_has_to_be_proved_anew_and_another_budget_has_not(
    desk: Desk, owner: Browser, gateway: Gateway
) -> None:
    save(owner, twilio_at(gateway))
    owner.submit({"test_number": PHONE}, having="test_number")
    work(desk)
    owner.post(f"{TEXTS}/test/confirm", {"test_code": code_in(gateway)})
    save(owner, {"budget": "50"})
    assert "A test text arrived" in owner.get(TEXTS).text
    save(owner, {"twilio_user": "AC9", "twilio_secret": SECRET})
    assert "A test text arrived" not in owner.get(TEXTS).text


def test_nobody_is_sent_to_ticks_that_the_environment_stands_in_for(
    owner: Browser, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(owner, twilio_at(gateway))
    from_environment = settings().model_copy(update={"sms_countries": "AT"})
    monkeypatch.setattr(texts_page, "settings", lambda: from_environment)
    page = owner.post(f"{TEXTS}/test", {"test_number": "+49 1512 3456789"})
    assert "The server's environment says which countries texts go to, and this number is of another." in page.text
    assert "Tick the country" not in page.text


def test_what_the_environment_says_is_only_shown(desk: Desk, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from_environment = settings().model_copy(
        update={
            "sms_provider": "vonage",
            "sms_user": "abcd1234",
            "sms_from": "ACME",
            "sms_countries": "AT,DE",
            "sms_budget": 7,
        }
    )
    monkeypatch.setattr(texts_page, "settings", lambda: from_environment)
    monkeypatch.setattr(texts_shown, "settings", lambda: from_environment)
    page = owner.get(TEXTS)
    for shown in ("Vonage", "rest.nexmo.com", "ACME", "AT,DE", "At most 7 texts a day"):
        assert shown in page.text
    assert not any(form.has("provider") or form.has("country_AT") or form.has("budget") for form in page.forms)
    owner.post(TEXTS, {"provider": "twilio", "twilio_user": "AC1", "country_US": "1", "budget": "9", "version": "0"})
    kept, _ = desk.services.kept.load(desk.account.id, KEPT)
    assert kept["provider"] == ""
    assert kept["countries"] == []
