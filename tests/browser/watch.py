"""What a browser complains about while a test walks through pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

# Chromium also reports a page of ours that answers with an error, which is what it should do.
_ANSWERED = "Failed to load resource: the server responded with a status of"


class Watch:
    """Collects what scripts, the console, and requests for parts of pages had to complain about."""

    def __init__(self, context: BrowserContext) -> None:
        self.troubles: list[str] = []
        context.on("page", self._page)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.troubles.append(f"script: {error.error}"))
        context.on("response", self._response)

    def _page(self, page: Page) -> None:
        page.on("crash", lambda _: self.troubles.append("the page crashed"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_ANSWERED):
            self.troubles.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        is_page = response.request.is_navigation_request()
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
            response.status >= HTTPStatus.BAD_REQUEST and not is_page
        ):
            self.troubles.append(f"{response.status} for {response.url}")
