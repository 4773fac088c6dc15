"""One question to a provider over HTTP, and its answer: asked once, bounded in time and size.

What becomes of a text hangs on how a question fails. Before a connection stands, nothing was taken. After that only
the provider knows, and where it does not say, the text may have been sent.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from twofold.delivery.senders import NotSent
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.json import JsonObject

CONNECT_WITHIN: Final = 5.0
"""Seconds."""
ANSWER_WITHIN: Final = 20.0
"""Seconds for the whole of it, however slowly an answer trickles in."""
MOST: Final = 64 * 1024
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. `public_only`: the address must not lead to a network of our own."""

    method: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    public_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = field(repr=False)

    @property
    def is_yes(self) -> bool:
        """Say whether the status is one of success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> JsonObject | None:
        """Return the body as a JSON object; None where it is something else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def ask(question: Question) -> Answer:
    """Ask once, and return the answer whatever its status; NotSent when there is none."""
    # Imported here: a house that sends no texts should not carry an HTTP client in every process.
    from twofold.delivery.sms import wire  # noqa: PLC0415

    return wire.ask(question)


def ask_as(
    user: str, secret: str, method: str, address: str, *, form: bytes = b"", public_only: bool = False
) -> Answer:
    """Ask in somebody's name for JSON, with a form where there is one; NotSent when there is no answer."""
    headers = {"Authorization": f"Basic {basic(user, secret)}", "Accept": "application/json"}
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    return ask(Question(method=method, address=address, headers=headers, body=form, public_only=public_only))


def reach(address: str, *, public_only: bool) -> None:
    """Connect to the host of an address, over TLS where it says so, and hang up; NotSent when that fails."""
    from twofold.delivery.sms import wire  # noqa: PLC0415 -- see above

    wire.reach(address, public_only=public_only)


def basic(user: str, secret: str) -> str:
    """Return user and secret as RFC 7617 joins them."""
    return base64.b64encode(f"{user}:{secret}".encode()).decode()


def refused(provider: str, answer: Answer, code: str = "") -> NotSent:
    """Return what an answer means that does not say yes; `code` is the provider's own."""
    told = f"{provider} {code}" if code else f"http {answer.status}"
    if answer.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return NotSent(f"busy ({told})", why=Why.BUSY, code=told)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return NotSent(f"may have been sent ({told})", maybe_sent=True, why=Why.NO_ANSWER, code=told)
    return NotSent(f"refused ({told})", for_good=True, why=Why.REFUSED, code=told)


def unreadable(provider: str, answer: Answer) -> NotSent:
    """Return what it means that a provider says yes, and then nothing that can be understood."""
    told = f"{provider} http {answer.status}"
    return NotSent(f"may have been sent (unreadable answer, {told})", maybe_sent=True, why=Why.NO_ANSWER, code=told)
