"""Any provider or gateway that takes texts over HTTP: address, headers and body are templates.

Placeholders are written as the place wants it: percent-encoded in the address, escaped in JSON and XML, form-encoded in
a form. A status of 2xx says that the text was taken, and where `says` is set, an answer that holds it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

from twofold.core import texts
from twofold.delivery.senders import NotSent
from twofold.delivery.sms.line import ask, basic, reach, refused
from twofold.delivery.sms.question import Question
from twofold.delivery.sms.words_told import code_in, word_in
from twofold.ports.outbox import Why
from twofold.ports.texts import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twofold.core.texts import Sender
    from twofold.delivery.sms.contract import Text

NAME: Final = "http"
_FORM: Final = "application/x-www-form-urlencoded"
_GONE_AFTER: Final = 60
"""Minutes that a text without an end is tried for."""
# Kannel's numbers are those of its `%d`: 1 delivered to the phone, 2 not delivered, 16 refused by the message centre.
_ARRIVED: Final = frozenset({"delivered", "delivrd", "1"})
_LOST: Final = frozenset(
    {"undelivered", "undeliv", "failed", "rejected", "rejectd", "expired", "undeliverable", "2", "16"}
)


class Http:
    """A gateway as templates describe it."""

    def __init__(self, sender: Sender, *, public_only: bool) -> None:
        self._sender = sender
        self._public_only = public_only

    def send(self, text: Text) -> str:
        """Ask the gateway to take a text; NotSent."""
        answer = ask(self._question(text))
        if not answer.is_yes:
            raise refused(NAME, answer)
        if self._sender.says not in answer.text:
            code = f"{NAME} {answer.status}"
            raise NotSent("the answer does not say that it was taken", for_good=True, why=Why.REFUSED, code=code)
        return f"{NAME} {answer.status}"

    def check(self) -> str:
        """Connect to the gateway; what it would say to a text is not known by that."""
        reach(_bare(self._sender.address), public_only=self._public_only)
        return "answers; whether it takes texts shows with a test text"

    def _question(self, text: Text) -> Question:
        sender = self._sender
        values = _values(sender, text)
        headers = {name: texts.filled(value, values) for name, value in texts.header_lines(sender.headers)}
        body = b""
        if sender.body:
            kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
            if not kind:
                headers["Content-Type"] = kind = _FORM
            body = texts.filled(sender.body, _written(values, _how(kind))).encode()
        return Question(
            method=sender.method,
            address=texts.filled(sender.address, _written(values, lambda value: quote(value, safe=""))),
            headers=headers,
            body=body,
            public_only=self._public_only,
        )


def build(sender: Sender, *, public_only: bool) -> Http:
    """Return the gateway that a sender describes."""
    return Http(sender, public_only=public_only)


def receipt(told: Mapping[str, str]) -> Receipt | None:
    """Read the field `status`: the usual words, or Kannel's numbers; `reason` is the gateway's own code."""
    word = word_in(told, "status")
    if word in _ARRIVED:
        return Receipt(arrived=True)
    return Receipt(arrived=False, code=code_in(NAME, told, "reason")) if word in _LOST else None


def _values(sender: Sender, text: Text) -> dict[str, str]:
    return {
        "to": text.to,
        "number": text.to.removeprefix("+"),
        "text": text.words,
        "from": sender.sender,
        "id": text.id,
        "receipt": text.callback,
        "user": sender.user,
        "secret": sender.secret,
        "basic": basic(sender.user, sender.secret),
        "minutes": str(max(1, int(text.lives_for.total_seconds()) // 60) if text.lives_for else _GONE_AFTER),
        "coding": "0" if texts.is_gsm(text.words) else "2",
    }


def _written(values: Mapping[str, str], how: Callable[[str], str]) -> dict[str, str]:
    return {name: how(value) for name, value in values.items()}


def _how(content_type: str) -> Callable[[str], str]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _FORM:
        return quote_plus
    if kind.endswith("json"):
        return lambda value: json.dumps(value)[1:-1]
    if kind.endswith("xml"):
        return lambda value: escape(value, {'"': "&quot;", "'": "&apos;"})
    return lambda value: value


def _bare(address: str) -> str:
    """Return scheme, host and port of a template's address."""
    scheme, _, rest = address.partition("://")
    host = rest.partition("/")[0].partition("?")[0]
    return f"{scheme}://{host}"
