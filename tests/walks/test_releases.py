"""A new release: the changelog says what changed, Admin Center leads to it, and owners and admins hear of it once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twofold import __version__
from twofold.core.roles import Role
from twofold.delivery.worker import Worker
from twofold.web import changelog

if TYPE_CHECKING:
    from tests.walks.kit import Desk, Somebody


def work(desk: Desk) -> None:
    """Let a worker that has just started do everything; what it mails is left for the test to read."""
    desk.mails()
    worker = Worker(desk.worker_needs())
    # Sweeping comes when nothing else is due.
    assert not worker.step()


@pytest.fixture
def olive(desk: Desk) -> Somebody:
    return desk.add("olive@acme.example", Role.OWNER)


@pytest.mark.behaviour("A74")
def test_a_new_release_is_told_once_and_its_page_says_what_changed(desk: Desk, olive: Somebody) -> None:
    for email, role in (("adam", Role.ADMIN), ("ann", Role.AGENT), ("udo", Role.AUDITOR), ("emil", Role.END_USER)):
        desk.add(f"{email}@acme.example", role)
    assert desk.services.kept.replace(desk.account.id, "release", {"version": "0.0.9"}, version=0)
    work(desk)
    told = desk.mails("new_release")
    assert sorted(mail.to for mail in told) == ["adam@acme.example", "olive@acme.example"]
    assert "Twofold 0.1.0" in told[0].text
    assert "before it was 0.0.9" in told[0].text
    [event] = desk.events("release.announced")
    assert (event.actor, event.detail) == ("system", {"before": "0.0.9", "after": __version__})
    work(desk)
    work(desk)
    assert len(desk.mails("new_release")) == 2

    url = next(line for line in told[0].text.splitlines() if line.startswith(desk.account.base_url))
    browser = desk.sign_in(olive, to=url.removeprefix(desk.account.base_url))
    assert browser.page.path == "/admin/whats-new"
    browser.get("/admin/first-steps")
    page = browser.click("What is new")
    release = changelog.releases()[0]
    assert release.version == __version__
    assert {"New", "Updating"} <= {part.title for part in release.parts}
    for part in release.parts:
        for line in part.lines:
            assert " ".join("".join(piece.text for piece in line).split()) in page.text


def test_a_first_start_announces_nothing(desk: Desk, olive: Somebody) -> None:
    work(desk)
    assert not desk.mails("new_release")
    assert not desk.events("release.announced")


def test_what_is_new_is_not_for_agents(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    assert desk.sign_in(ann).get("/admin/whats-new").status == 403


def test_a_changelog_is_read_in_pieces() -> None:
    [newest, older] = changelog.read(
        "# Changelog\n\nWords.\n\n## 0.2.0, 3 May 2027\n\nA sentence.\n\n**New**\n\n- One `./run`\n  line, see"
        " [here](docs/x.md).\n- Two\n\n## 0.1.0\n\n**Updating**\n\n- Nothing to do.\n"
    )
    assert (newest.version, newest.note, older.version) == ("0.2.0", "3 May 2027", "0.1.0")
    [new] = newest.parts
    assert [[(piece.text, piece.is_code) for piece in line] for line in new.lines] == [
        [("One ", False), ("./run", True), (" line, see here.", False)],
        [("Two", False)],
    ]
