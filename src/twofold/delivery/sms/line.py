"""One question to a provider over HTTP, and its answer: asked once, bounded in time and size.

What becomes of a text hangs on how a question fails. Before a connection stands, nothing was taken. After that only
the provider knows, and where it does not say, the text may have been sent.
"""

from __future__ import annotations

import base64
from http import HTTPStatus

from twofold.delivery.senders import NotSent
from twofold.delivery.sms.question import Answer, Question
from twofold.ports.outbox import Why


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
