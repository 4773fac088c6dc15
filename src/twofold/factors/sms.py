"""Codes by text message, to a number that its owner proved (NIST SP 800-63B-4, 3.1.3: a restricted authenticator)."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from twofold.core.assurance import Traits
from twofold.core.json import text_in
from twofold.core.refusals import No, Refusal
from twofold.core.sent_codes import SMS as LIMITS
from twofold.core.texts import mask
from twofold.factors.contract import SMS, Accepted, Challenge, Refused, judge_code, send_code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.factors.contract import Ceremony, Held, Random, Verdict

NUMBER: Final = "number"
"""The field that the first stage of an enrolment asks for."""
LONGEST_NUMBER: Final = 40
"""Characters of a number as it is typed: fifteen digits, and whatever people put between them."""
_NOWHERE: Final = "001"
_BETWEEN: Final = frozenset(" -./()")
# Whoever sends to any other sort pays for it (premium rate, shared cost, personal numbers), or nobody reads it (a plain
# fixed line). Some countries do not tell fixed lines and mobile phones apart.
_TAKE_TEXTS: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP})


class Sms:
    """Texts to a phone. The state is the number in E.164; it is kept nowhere else."""

    @property
    def kind(self) -> str:
        """The stored name of this factor."""
        return "sms"

    @property
    def traits(self) -> Traits:
        """Weak: a number can be taken over, and a code typed into a look-alike page."""
        return Traits(amr=("sms",), phishing_resistant=False, strong=False)

    @property
    def makes_challenge(self) -> bool:
        """Yes: the code is sent."""
        return True

    @property
    def channel(self) -> str:
        """Texts."""
        return SMS

    @property
    def only_one(self) -> bool:
        """Yes: a new number takes the place of the old one, which is dead at once."""
        return True

    def offer(
        self,
        where: Ceremony,
        held: Sequence[Held],  # noqa: ARG002 -- another number takes the place of the one held
        asked: JsonObject,
        before: JsonObject,
        *,
        now: datetime,
        entropy: Random,
    ) -> Challenge | Refused:
        """Ask for a number, then text a code to it."""
        typed = asked.get(NUMBER)
        if not isinstance(typed, str):
            return Challenge(shown={}, kept={}, asks=NUMBER)
        number = read_number(typed)
        if isinstance(number, Refusal):
            return Refused(because=number)
        made = _text(where, number, before, now=now, entropy=entropy)
        if isinstance(made, Refused):
            return made
        # Nobody but who typed it sees this, and a slip has to be seen.
        return replace(made, shown={**made.shown, "to": _in_full(number)})

    def enrol(
        self,
        where: Ceremony,
        secret: JsonObject,
        answer: JsonObject,
        *,
        now: datetime,
    ) -> Verdict:
        """Accept the newest code, in time; the number is proved by it."""
        refusal = judge_code(where, secret, answer, now=now)
        return Refused(because=refusal) if refusal else Accepted(state={NUMBER: text_in(secret, "to")})

    def challenge(
        self, where: Ceremony, held: Sequence[Held], before: JsonObject, *, now: datetime, entropy: Random
    ) -> Challenge | Refused:
        """Text a code to the number held."""
        return _text(where, text_in(held[0].state, NUMBER), before, now=now, entropy=entropy)

    def verify(
        self,
        where: Ceremony,
        held: Sequence[Held],
        secret: JsonObject,
        answer: JsonObject,
        *,
        now: datetime,
    ) -> Verdict:
        """Accept the newest code, in time, if it went to the number that is held now."""
        for one in held:
            if one.state.get(NUMBER) == secret.get("to"):
                refusal = judge_code(where, secret, answer, now=now)
                return Refused(because=refusal) if refusal else Accepted(id=one.id)
        return Refused(because=Refusal(No.WRONG))


def read_number(typed: str) -> str | Refusal:
    """Return the one spelling of a phone number (ITU-T E.164: "+436641234567"), or why it is none that takes texts."""
    plain = unicodedata.normalize("NFKC", typed[: LONGEST_NUMBER + 1]).strip()
    if len(plain) > LONGEST_NUMBER or not plain.startswith("+"):
        return Refusal(No.NUMBER_UNREADABLE)
    # The library reads more than people mean: letters as on a keypad, extensions, addresses that begin with "tel:".
    if not all(character.isdecimal() or character in _BETWEEN for character in plain[1:]):
        return Refusal(No.NUMBER_UNREADABLE)
    try:
        number = phonenumbers.parse(plain)
    except NumberParseException:
        return Refusal(No.NUMBER_UNREADABLE)
    if not phonenumbers.is_valid_number(number):
        return Refusal(No.NUMBER_UNREADABLE)
    if phonenumbers.number_type(number) not in _TAKE_TEXTS:
        return Refusal(No.NUMBER_NOT_FOR_TEXTS)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _in_full(number: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)


def is_served(number: str, countries: frozenset[str] | None) -> bool:
    """Say whether texts go to a number (E.164), when they go to these countries (None: to all)."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    # Numbers of no country are those of satellites and the like, which cost what they want.
    return region != _NOWHERE and (countries is None or region in countries)


def _text(where: Ceremony, number: str, before: JsonObject, *, now: datetime, entropy: Random) -> Challenge | Refused:
    if not is_served(number, where.countries):
        return Refused(because=Refusal(No.COUNTRY_NOT_SERVED))
    return send_code(where, before, LIMITS, channel=SMS, to=number, masked=mask(number), now=now, entropy=entropy)
