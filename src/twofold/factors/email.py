"""Codes by mail, to the address on file: weak, and worth nothing beside a password that came by mail itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core import emails
from twofold.core.assurance import Traits
from twofold.core.refusals import No, Refusal
from twofold.core.sent_codes import EMAIL as LIMITS
from twofold.factors.contract import EMAIL, Accepted, Refused, judge_code, send_code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.factors.contract import Ceremony, Challenge, Held, Random, Verdict


class Email:
    """Mail to the address on file at that moment. There is no state: the address is the person's, not this one's."""

    @property
    def kind(self) -> str:
        """The stored name of this factor."""
        return "email"

    @property
    def traits(self) -> Traits:
        """Weak, and out of the mailbox that also resets the password."""
        return Traits(amr=("otp",), phishing_resistant=False, strong=False, mailed=True)

    @property
    def makes_challenge(self) -> bool:
        """Yes: the code is sent."""
        return True

    @property
    def channel(self) -> str:
        """Mail."""
        return EMAIL

    @property
    def only_one(self) -> bool:
        """Yes: there is one address on file."""
        return True

    def offer(
        self,
        where: Ceremony,
        held: Sequence[Held],  # noqa: ARG002 -- there is one address, held or not
        asked: JsonObject,  # noqa: ARG002 -- and nothing to choose
        before: JsonObject,
        *,
        now: datetime,
        entropy: Random,
    ) -> Challenge | Refused:
        """Mail a code to the address on file; typing it proves the mailbox."""
        return _mail(where, before, now=now, entropy=entropy)

    def enrol(self, where: Ceremony, secret: JsonObject, answer: JsonObject, *, now: datetime) -> Verdict:
        """Accept the newest code, in time, if it went to the address that is on file now."""
        refusal = _judge(where, secret, answer, now=now)
        return Refused(because=refusal) if refusal else Accepted()

    def challenge(
        self,
        where: Ceremony,
        held: Sequence[Held],  # noqa: ARG002 -- the address is not kept there
        before: JsonObject,
        *,
        now: datetime,
        entropy: Random,
    ) -> Challenge | Refused:
        """Mail a code to the address on file, once that is proved."""
        if not where.email_proved:
            return Refused(because=Refusal(No.NEEDS_MAILBOX))
        return _mail(where, before, now=now, entropy=entropy)

    def verify(
        self,
        where: Ceremony,
        held: Sequence[Held],
        secret: JsonObject,
        answer: JsonObject,
        *,
        now: datetime,
    ) -> Verdict:
        """Accept the newest code, in time, if it went to the address that is on file now."""
        refusal = _judge(where, secret, answer, now=now)
        if refusal is not None or not held:
            return Refused(because=refusal or Refusal(No.WRONG))
        return Accepted(id=held[0].id)


def _mail(where: Ceremony, before: JsonObject, *, now: datetime, entropy: Random) -> Challenge:
    to = where.email
    return send_code(where, before, LIMITS, channel=EMAIL, to=to, masked=emails.mask(to), now=now, entropy=entropy)


def _judge(where: Ceremony, secret: JsonObject, answer: JsonObject, *, now: datetime) -> Refusal | None:
    if secret.get("to") != where.email:
        return Refusal(No.WRONG)
    return judge_code(where, secret, answer, now=now)
