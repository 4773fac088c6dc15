"""Vonage's SMS API.

https://developer.vonage.com/en/api/sms
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from twofold.core import texts
from twofold.delivery.senders import NotSent
from twofold.delivery.sms.line import ask_as, refused, unreadable
from twofold.delivery.sms.words_told import code_in, word_in
from twofold.ports.outbox import Why
from twofold.ports.texts import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.json import JsonObject
    from twofold.core.texts import Sender
    from twofold.delivery.sms.contract import Text
    from twofold.delivery.sms.question import Answer

NAME: Final = "vonage"
_SHORTEST_LIFE: Final = 20_000
_LONGEST_LIFE: Final = 604_800_000
"""Milliseconds that Vonage tries a text for."""
_TAKEN: Final = "0"
_THROTTLED: Final = frozenset({"1", "10"})
"""Faster than the account may, or too many connections: nothing was taken."""
_INTERNAL: Final = "5"
_LOST: Final = frozenset({"failed", "expired", "rejected"})


class Vonage:
    """An account: `user` is its API key, `secret` its API secret."""

    def __init__(self, sender: Sender, *, public_only: bool) -> None:
        self._sender = sender
        self._public_only = public_only

    def send(self, text: Text) -> str:
        """Send an SMS, and return the id of its first part; NotSent. An answer of 200 may well say no."""
        form = {
            "to": text.to.removeprefix("+"),
            "from": self._sender.sender.removeprefix("+"),
            "text": text.words,
            "type": "text" if texts.is_gsm(text.words) else "unicode",
            "callback": text.callback,
            "client-ref": text.id,
        }
        if text.lives_for is not None:
            life = int(text.lives_for.total_seconds() * 1000)
            form["ttl"] = str(min(_LONGEST_LIFE, max(_SHORTEST_LIFE, life)))
        answer = self._ask("POST", "/sms/json", urlencode(form).encode())
        if not answer.is_yes:
            raise refused(NAME, answer)
        parts = _parts(answer)
        said = [part.get("status") for part in parts]
        if not parts or not all(isinstance(word, str) and word.isdecimal() for word in said):
            raise unreadable(NAME, answer)
        no = [str(word) for word in said if word != _TAKEN]
        if not no:
            reference = parts[0].get("message-id")
            return f"{NAME} {reference[:40]}" if isinstance(reference, str) and reference.isalnum() else NAME
        code = f"{NAME} {no[0][:8]}"
        if len(no) < len(said) or no[0] == _INTERNAL:
            # Some of it is on its way, or they do not know themselves.
            raise NotSent(f"may have been sent ({code})", maybe_sent=True, why=Why.NO_ANSWER, code=code)
        if no[0] in _THROTTLED:
            raise NotSent(f"busy ({code})", why=Why.BUSY, code=code)
        raise NotSent(f"refused ({code})", for_good=True, why=Why.REFUSED, code=code)

    def check(self) -> str:
        """Ask for the balance: the address, the key and the secret are right."""
        answer = self._ask("GET", "/account/get-balance")
        if not answer.is_yes:
            raise refused(NAME, answer)
        if answer.json is None or "value" not in answer.json:
            raise NotSent("the answer is none of Vonage's", for_good=True, why=Why.REFUSED, code=NAME)
        return "knows the account"

    def _ask(self, method: str, path: str, form: bytes = b"") -> Answer:
        sender = self._sender
        address = f"{texts.address_of(sender)}{path}"
        return ask_as(sender.user, sender.secret, method, address, form=form, public_only=self._public_only)


def build(sender: Sender, *, public_only: bool) -> Vonage:
    """Return the account that a sender names."""
    return Vonage(sender, public_only=public_only)


def receipt(told: Mapping[str, str]) -> Receipt | None:
    """Read a delivery receipt: `status` beside `messageId`, and `err-code` where it did not arrive."""
    if not told.get("messageId"):
        return None
    word = word_in(told, "status")
    if word == "delivered":
        return Receipt(arrived=True)
    return Receipt(arrived=False, code=code_in(NAME, told, "err-code")) if word in _LOST else None


def _parts(answer: Answer) -> list[JsonObject]:
    found = answer.json
    parts = found.get("messages") if found else None
    if not isinstance(parts, list):
        return []
    objects = [part for part in parts if isinstance(part, dict)]
    return objects if len(objects) == len(parts) else []
