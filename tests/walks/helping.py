"""What a helper does in the pages, for tests: the three questions answered, and the code that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

REASON = "The phone is on the kitchen table."


def help_page(somebody: Somebody) -> str:
    return f"/admin/people/{somebody.id}/help"


def answer(
    helper: Browser, somebody: Somebody, what: str, *, check: str = "video", reason: str = REASON, **more: str
) -> Page:
    """Answer the three questions in the pages, as a person does, and press the last button."""
    helper.get(help_page(somebody))
    helper.submit({"what": what}, having="what")
    helper.submit({"check": check}, having="check")
    return helper.submit({"reason": reason, **more}, having="reason")


def post_help(
    helper: Browser, somebody: Somebody, what: str, *, check: str = "video", reason: str = REASON, **more: str
) -> Page:
    """Send the last form without the pages before it, as a script or an attacker does."""
    fields = {"what": what, "check": check, "reason": reason, **more}
    return helper.post(help_page(somebody), fields, follow=False)


def code_on(page: Page) -> str:
    """Return the code or pass that the page shows once."""
    return page.html.partition('id="given"><strong>')[2].partition("<")[0]


def words_for(desk: Desk, to: str) -> str:
    """Return the newest four words that were sent there."""
    return str(desk.mails("four_words", to=to)[-1].params["words"])
