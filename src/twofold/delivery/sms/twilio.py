"""Twilio's Messages resource, version 2010-04-01.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from twofold.core import texts
from twofold.delivery.senders import NotSent
from twofold.delivery.sms.line import ask_as, reach, refused, unreadable
from twofold.delivery.sms.words_told import code_in, word_in
from twofold.ports.outbox import Why
from twofold.ports.texts import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.json import JsonValue
    from twofold.core.texts import Sender
    from twofold.delivery.sms.contract import Text
    from twofold.delivery.sms.question import Answer

NAME: Final = "twilio"
_ACCOUNTS: Final = "/2010-04-01/Accounts/"
_SERVICE: Final = "MG"
"""What the id of a messaging service begins with."""
_LONGEST_LIFE: Final = 36_000
"""Seconds that Twilio keeps a text waiting at most."""
_TAKEN: Final = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "delivered"})
_LOST: Final = frozenset({"undelivered", "failed", "canceled"})


class Twilio:
    """An account (`user` is its SID, `secret` its auth token), or an API key of it in the form SID/KEY."""

    def __init__(self, sender: Sender, *, public_only: bool) -> None:
        self._sender = sender
        self._public_only = public_only

    def send(self, text: Text) -> str:
        """Create a message, and return its SID; NotSent."""
        who = "MessagingServiceSid" if self._sender.sender.startswith(_SERVICE) else "From"
        form = {"To": text.to, who: self._sender.sender, "Body": text.words, "StatusCallback": text.callback}
        if text.lives_for is not None:
            form["ValidityPeriod"] = str(min(_LONGEST_LIFE, max(1, int(text.lives_for.total_seconds()))))
        answer = self._ask("POST", "/Messages.json", urlencode(form).encode())
        told = answer.json
        if not answer.is_yes:
            raise refused(NAME, answer, _code(told and told.get("code")))
        # A message that exists may have failed already: then it has a status and a code that say so.
        sid, status = (told.get("sid"), told.get("status")) if told else (None, None)
        if told is None or not isinstance(sid, str) or not isinstance(status, str):
            raise unreadable(NAME, answer)
        if status in _LOST:
            code = f"{NAME} {_code(told.get('error_code'))}".strip()
            raise NotSent(f"refused ({code})", for_good=True, why=Why.REFUSED, code=code)
        if status not in _TAKEN:
            raise unreadable(NAME, answer)
        return f"{NAME} {sid[:40]}" if sid.isalnum() else NAME

    def check(self) -> str:
        """Ask for the account itself: address, SID and token are right. A key of it may not ask that."""
        if "/" in self._sender.user:
            reach(texts.address_of(self._sender), public_only=self._public_only)
            return "answers; whether it knows the key shows with a test text"
        answer = self._ask("GET", ".json")
        told = answer.json
        if not answer.is_yes:
            raise refused(NAME, answer, _code(told and told.get("code")))
        if told is None or told.get("status") != "active":
            raise NotSent("the account is not active", for_good=True, why=Why.REFUSED, code=NAME)
        return "knows the account"

    def _ask(self, method: str, path: str, form: bytes = b"") -> Answer:
        account, _, key = self._sender.user.partition("/")
        return ask_as(
            key or account,
            self._sender.secret,
            method,
            f"{texts.address_of(self._sender)}{_ACCOUNTS}{quote(account, safe='')}{path}",
            form=form,
            public_only=self._public_only,
        )


def build(sender: Sender, *, public_only: bool) -> Twilio:
    """Return the account that a sender names."""
    return Twilio(sender, public_only=public_only)


def receipt(told: Mapping[str, str]) -> Receipt | None:
    """Read a status callback: `MessageStatus`, and `ErrorCode` where it failed."""
    word = word_in(told, "MessageStatus")
    if word in {"delivered", "read"}:
        return Receipt(arrived=True)
    return Receipt(arrived=False, code=code_in(NAME, told, "ErrorCode")) if word in _LOST else None


def _code(value: JsonValue) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
