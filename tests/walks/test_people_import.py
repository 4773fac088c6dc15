"""Importing people: a file is read, shown and confirmed before anybody is added; wrong rows are told by line."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.walks.import_kit import HEAD, PAGE, emails_of, lease, read, send, wrong_rows
from tests.walks.kit import is_signed_in
from twofold.core.ids import PersonId
from twofold.core.people_csv import BYTES_MOST, LINES_IN_ALL, ROWS_MOST
from twofold.core.roles import Role
from twofold.delivery import people_import
from twofold.ports.jobs import READ_IMPORT
from twofold.store.housekeeping import sweep
from twofold.web import uploads
from twofold.web.request import Request

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

pytestmark = pytest.mark.usefixtures("mail_leaves")


@pytest.mark.security("SE12")
def test_a_file_is_shown_before_anybody_is_added(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    as_owner.get("/admin/people")
    as_owner.click("Import people")
    assert "Nobody who is here already is changed" in as_owner.page.text
    desk.add("here@acme.example", Role.AGENT, name="As before")

    send(
        as_owner, [HEAD, "ana@acme.example,Ana,Agent,", "OLIVE@acme.example,Other,end user,", "here@acme.example", "x"]
    )
    assert "The file is being read" in as_owner.page.text
    assert [form.action for form in as_owner.page.forms] == [f"{as_owner.page.path}/cancel"]
    desk.mails()
    page = as_owner.get(as_owner.page.path)

    assert "Nobody is added yet" in page.text
    assert "1 person is new." in page.text
    assert "2 people are here already and stay unchanged" in page.text
    assert "1 row has an error." in page.text
    assert wrong_rows(page) == {5: "This is no email address."}
    assert "Add 1 person" in page.text
    assert emails_of(desk) == {"olive@acme.example", "here@acme.example"}

    page = as_owner.submit(having="invite")
    assert "People are being added." in page.text
    desk.mails()
    page = as_owner.get(page.path)

    assert "Done, but not every row added somebody" in page.text
    assert "1 person was added by this import. Each is mailed an invitation." in page.text
    ana = desk.services.people.by_email(desk.account.id, "ana@acme.example")
    assert ana is not None
    assert (ana.name, ana.role, ana.invited_at) == ("Ana", Role.AGENT, desk.clock.now())
    before = desk.services.people.by_email(desk.account.id, "here@acme.example")
    assert before is not None
    assert before.name == "As before"
    [begun], [ended], [added] = (desk.events(kind) for kind in ("import.begun", "import.ended", "person.added"))
    import_id = page.path.rpartition("/")[2]
    assert (begun.actor_id, begun.detail) == (olive.id, {"import": import_id, "people": 1, "invited": True})
    assert ended.detail == {"import": import_id, "state": "done", "added": 1, "met": 0, "because": ""}
    assert (added.actor_id, added.person_id, added.address) == (olive.id, ana.id, "127.0.0.1")
    assert added.detail == {"role": "agent", "invited": True, "import": import_id}

    [mail] = desk.mails("invitation", to="ana@acme.example")
    browser = desk.browser()
    browser.get(str(mail.params["url"]))
    browser.submit()
    browser.submit({"name": "Ana", "new_password": "a long enough secret"})
    assert is_signed_in(browser)


def test_without_the_tick_nobody_is_mailed(desk: Desk, as_owner: Browser) -> None:
    read(desk, as_owner, [HEAD, "ana@acme.example"])
    as_owner.submit({"invite": None}, having="invite")
    assert not desk.mails("invitation")
    ana = desk.services.people.by_email(desk.account.id, "ana@acme.example")
    assert ana is not None
    assert (ana.name, ana.role, ana.invited_at) == ("", Role.END_USER, None)


@pytest.mark.parametrize(
    "content",
    [
        "email;name\r\nana@acme.example;Žofie\r\n".encode("utf-8-sig"),
        "email\tname\nana@acme.example\tŽofie".encode("utf-16"),
        "sep=;\r\nName;E-Mail;EMAIL\r\nŽofie;x;ana@acme.example".encode(),
        'name,"email"\r"Žofie","ana@acme.example"\r'.encode(),
    ],
)
def test_files_as_spreadsheets_write_them(desk: Desk, as_owner: Browser, content: bytes) -> None:
    page = read(desk, as_owner, content)
    assert "1 person is new." in page.text
    assert "Žofie" in page.text
    as_owner.submit(having="invite")
    desk.mails()
    ana = desk.services.people.by_email(desk.account.id, "ana@acme.example")
    assert ana is not None
    assert ana.name == "Žofie"


def test_another_encoding_is_said_and_columns_that_are_not_read_are_named(desk: Desk, as_owner: Browser) -> None:
    page = read(desk, as_owner, "email;name;phone\na@b.example;Jörg;+43 1".encode("cp1252"))
    assert "it was read as Windows-1252" in page.text
    assert "Jörg" in page.text
    assert "These columns are not read: “phone”." in page.text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty."),
        (b"\r\n \r\n", "This file is empty."),
        (b"PK\x03\x04\x00\x00 a spreadsheet", "This is no CSV file."),
        (b"name;phone\r\nAna;1", "It names: “name”, “phone”."),
        (b"ana@acme.example\r\nbo@acme.example", "It names: “ana@acme.example”."),
        (b"email,EMAIL\r\na@b.example,c@d.example", "A column is there twice."),
        (b"email\r\n" + b"x" * BYTES_MOST, "larger than 16 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_once(desk: Desk, as_owner: Browser, content: bytes, says: str) -> None:
    page = send(as_owner, content)
    assert page.status == 400
    assert says in page.text
    assert page.form("file").attributes("file")["aria-invalid"] == "true"
    assert not desk.services.imports.newest(desk.account.id, size=1).rows
    # Nothing of it keeps the next one out.
    assert "1 person is new." in read(desk, as_owner, "email\nana@acme.example").text


def test_a_file_with_nothing_below_its_head_is_no_import(desk: Desk, as_owner: Browser) -> None:
    page = read(desk, as_owner, "email,name\r\n\r\n , \r\n")
    assert "There is nothing below the first line." in page.text
    assert not page.forms
    assert "1 person is new." in read(desk, as_owner, "email\nana@acme.example").text


def test_too_many_rows_are_refused_whole(desk: Desk, as_owner: Browser) -> None:
    lines = ["email", *(f"p{number}@acme.example" for number in range(ROWS_MOST + 1))]
    page = read(desk, as_owner, "\n".join(lines))
    assert "The file has more than 200,000 rows." in page.text
    assert not page.forms
    assert emails_of(desk) == {"olive@acme.example"}
    [one] = desk.services.imports.newest(desk.account.id, size=1).rows
    assert desk.services.imports.part(desk.account.id, one.id, 0) is None, "the file is thrown away"


@pytest.mark.security("SC10")
def test_a_file_of_nothing_but_lines_keeps_the_worker_from_nothing(desk: Desk, as_owner: Browser) -> None:
    page = read(desk, as_owner, "email\n" + "\n" * LINES_IN_ALL)
    assert "The file has more than 2,000,000 lines, empty ones counted." in page.text
    assert not page.forms


def test_every_wrong_row_is_told_by_its_line(desk: Desk, as_owner: Browser) -> None:
    page = read(
        desk,
        as_owner,
        [
            HEAD,
            ",No address",
            "nobody,",
            "a@b.example c@d.example,",
            f"long@acme.example,{'x' * 121}",
            "two@acme.example,\u202eevil",
            "three@acme.example,A,boss",
            "four@acme.example,A,agent,Nowhere",
            "five@acme.example,Five",
            "Five@Acme.example,Other",
            "six@acme.example,A,agent,,more",
            'seven@acme.example,"open',
            "eight@acme.example,Eight",
            'nine@acme.example,"two\r\nlines"',
        ],
    )
    assert wrong_rows(page) == {
        2: "There is no email address.",
        3: "This is no email address.",
        4: "This is no email address.",
        5: "The name is too long: 120 characters at most.",
        6: "The name holds characters that nobody can read, or several lines.",
        7: "There is no such role. There are: owner, admin, auditor, agent, end user.",
        8: "No group has this name, or more than one has.",
        10: "Line 9 has the same address.",
        11: "The row has more values than the first line has columns.",
        12: "A quotation mark is missing or stands in the wrong place.",
        14: "The name holds characters that nobody can read, or several lines.",
    }
    assert "2 people are new." in page.text
    as_owner.submit(having="invite")
    desk.mails()
    assert emails_of(desk) == {"olive@acme.example", "five@acme.example", "eight@acme.example"}


@pytest.mark.security("SJ5")
def test_hostile_names_stay_names_and_run_in_no_spreadsheet(desk: Desk, as_owner: Browser) -> None:
    hostile = ['=HYPERLINK("http://evil.example")', "<script>alert(1)</script>", "@SUM(A1)", "{{ 7*7 }}"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["email", "name", "role"])
    for number, name in enumerate(hostile):
        writer.writerow([f"good{number}@acme.example", name, ""])
        writer.writerow([f"bad{number}@acme.example", name, "boss"])
    writer.writerow(["=cmd|' /C calc'!A0", "", ""])
    page = read(desk, as_owner, out.getvalue())
    assert "<script>alert" not in page.html
    assert "{{ 7*7 }}" in page.text

    as_owner.get(f"{page.path}/errors")
    assert as_owner.page.headers["Content-Disposition"].startswith('attachment; filename="rows-with-errors-')
    text = as_owner.page.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["line"] for row in rows] == ["3", "5", "7", "9", "10"]
    assert {row["problem"] for row in rows[:4]} == {
        "There is no such role. There are: owner, admin, auditor, agent, end user."
    }
    for row in rows:
        for value in row.values():
            assert not value.startswith(("=", "@", "+", "-")), value
    # What was downloaded can be mended and sent.
    as_owner.get(page.path)
    as_owner.submit(having="invite")
    desk.mails()
    again = read(desk, as_owner, text.replace(",boss,", ",agent,"))
    assert "4 people are new." in again.text
    assert "These columns are not read: “line”, “problem”." in again.text
    good = desk.services.people.by_email(desk.account.id, "good0@acme.example")
    assert good is not None
    assert good.name == hostile[0]


def test_errors_come_a_page_at_a_time(desk: Desk, as_owner: Browser) -> None:
    page = read(desk, as_owner, [HEAD, *(f"nobody{number}" for number in range(120))])
    assert "No row adds anybody." in page.text
    assert list(wrong_rows(page)) == list(range(2, 52))
    second = as_owner.click("Next")
    assert list(wrong_rows(second)) == list(range(52, 102))
    third = as_owner.click("Next")
    assert list(wrong_rows(third)) == list(range(102, 122))
    assert "Next" not in third.text
    assert list(wrong_rows(as_owner.click("Previous"))) == list(range(52, 102))
    assert list(wrong_rows(as_owner.click("Previous"))) == list(range(2, 52))
    assert "Previous" not in as_owner.page.text
    for nonsense in ("x", "-1", "9" * 30, "\u0665"):
        assert as_owner.get(f"{page.path}?after={nonsense}").status == 200


def test_what_nobody_confirms_goes_after_a_day(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    path = read(desk, as_owner, [HEAD, "ana@acme.example", "nobody"]).path
    desk.forward(hours=24, seconds=1)
    as_owner = desk.sign_in(olive)
    page = as_owner.get(path)
    assert "Nobody confirmed it within 24 hours" in page.text
    assert "ana@acme.example" not in page.text
    assert not page.forms
    assert as_owner.get(f"{path}/errors").status == 404
    assert as_owner.post(f"{path}/confirm").status == 403
    while sweep(desk.clock.now()):
        pass
    assert "1 person is new." in read(desk, as_owner, "email\nana@acme.example").text
    assert "not confirmed in time" in as_owner.get(path).text or "It stopped" in as_owner.page.text


def test_a_file_that_was_broken_off_can_be_cancelled(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_owner.show_failures()
    with monkeypatch.context() as broken:
        broken.setattr(type(desk.services.imports), "add_part", _fail)
        assert send(as_owner, "email\nana@acme.example").status == 500
    as_owner.get(PAGE)
    as_owner.click("people.csv")
    assert "The file did not arrive whole" in as_owner.page.text
    as_owner.submit()
    assert "1 person is new." in read(desk, as_owner, "email\nana@acme.example").text


def _fail(*_: object) -> None:
    raise OSError("the disk is full")


def test_an_import_that_fails_again_and_again_stops_and_says_so(desk: Desk, as_owner: Browser) -> None:
    path = send(as_owner, "email\nana@acme.example").path
    people_import.give_up(desk.worker_needs(), lease(desk, READ_IMPORT))
    page = as_owner.get(path)
    assert "It stopped" in page.text
    assert "Something went wrong on the server" in page.text
    assert "1 person is new." in read(desk, as_owner, "email\nana@acme.example").text


@pytest.mark.security("SC10")
def test_nobody_but_admins_has_a_large_file_read(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    load = Request._load_post_and_files

    def loaded(request: Request) -> None:
        taken.append(request.path_info)
        load(request)

    stranger, ann, udo = desk.browser(), desk.add("ann@acme.example"), desk.add("udo@acme.example", Role.AUDITOR)
    stranger.get("/sign-in")
    visitors = [(stranger, 303), (desk.sign_in(ann), 403), (desk.sign_in(udo), 403)]
    monkeypatch.setattr(Request, "_load_post_and_files", loaded)
    for browser, status in visitors:
        file = io.BytesIO(b"email\n" + b"a@b.example\n" * 300_000)
        file.name = "people.csv"
        answer = browser.post(PAGE, {"file": file}, follow=False)
        assert answer.status == status
        assert PAGE not in taken
    assert "Auditors change nothing" in answer.text
    # One at a time, and whoever comes second is told.
    slow = desk.add("slow@acme.example", Role.OWNER)
    assert uploads._TURNS.take(slow.id, now=desk.clock.now())
    assert send(as_owner, "email\na@b.example").status == 503
    assert "Another file is being sent" in as_owner.page.text
    assert as_owner.page.headers["Retry-After"] == "30"
    # Whoever sends slowly bars nobody for longer than that.
    desk.forward(minutes=5)
    assert PAGE not in taken
    assert send(as_owner, "email\na@b.example").status == 200
    assert PAGE in taken
    uploads._TURNS.give_back(slow.id)


def test_a_slow_sender_has_one_turn_and_bars_nobody_for_long() -> None:
    turns, now = uploads.Turns(), START
    senders = [PersonId(str(number)) for number in range(uploads.SENDERS_MOST + 1)]
    for sender in senders[:-1]:
        assert turns.take(sender, now=now)
        assert not turns.take(senders[-1], now=now + uploads.LONGEST_TURN / 2)
        now += uploads.LONGEST_TURN
        assert not turns.take(sender, now=now), "the same person's other file"
    assert not turns.take(senders[-1], now=now), "so many are still being read"
    turns.give_back(senders[0])
    assert turns.take(senders[-1], now=now)


@pytest.mark.security("SC10")
def test_more_than_may_be_is_refused_unread(as_owner: Browser) -> None:
    as_owner.get(PAGE)
    page = as_owner.post_raw(PAGE, bytes(BYTES_MOST + 100_000), content_type="multipart/form-data; boundary=x")
    assert page.status == 413
    assert "16 MiB" in page.text
    assert as_owner.post_raw("/admin/people/add", bytes(100_000)).status == 413
    assert as_owner.post_raw(f"{PAGE}/{'0' * 26}/confirm", bytes(100_000)).status == 413


def test_a_post_without_a_file_is_told(as_owner: Browser) -> None:
    as_owner.get(PAGE)
    page = as_owner.post(PAGE)
    assert page.status == 400
    assert "Choose a file first." in page.text
    assert as_owner.post(PAGE, token=False).status == 403


@pytest.mark.security("SJ5")
def test_a_hostile_file_name_is_text(desk: Desk, as_owner: Browser) -> None:
    page = read(desk, as_owner, "email\nana@acme.example", name='<img src=x onerror=alert(1)>".csv')
    assert "<img src=x" not in page.html
    assert "onerror" in page.text


def test_an_auditor_reads_imports_and_their_errors(desk: Desk, as_owner: Browser) -> None:
    path = read(desk, as_owner, [HEAD, "ana@acme.example", "nobody"]).path
    auditor = desk.sign_in(desk.add("udo@acme.example", Role.AUDITOR))
    assert "people.csv" in auditor.get(PAGE).text
    assert not auditor.page.forms
    page = auditor.get(path)
    assert "1 person is new." in page.text
    assert not page.forms
    assert b"nobody" in auditor.get(f"{path}/errors").content
    for act in ("confirm", "cancel"):
        assert auditor.post(f"{path}/{act}").status == 403
    agent = desk.sign_in(desk.add("ann@acme.example"))
    for there in (PAGE, path, f"{path}/errors"):
        assert agent.get(there).status == 403
