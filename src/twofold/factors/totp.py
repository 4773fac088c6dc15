"""Authenticator apps, and hardware tokens seeded like one: time-based passcodes (RFC 6238)."""

from __future__ import annotations

from base64 import b32encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from twofold.core.assurance import Traits
from twofold.core.json import as_int, int_in, list_in, optional, text_in
from twofold.core.passcodes import DIGITS, KEY_BYTES, PERIOD, Match, OffClock, Used, check_totp, still_told
from twofold.core.refusals import No, Refusal
from twofold.core.typed import digits_of
from twofold.factors.contract import THING, Accepted, Challenge, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.passcodes import TotpAnswer
    from twofold.factors.contract import Ceremony, Held, Random, Verdict

_CHOICES: Final[Mapping[str, tuple[str | int, ...]]] = {
    "algorithm": ("SHA1", "SHA256"),
    "digits": (DIGITS, 8),
    "period": (PERIOD, 60),
}
"""What tokens compute with, and what every app does first; only what differs from that is kept."""
TOKEN: Final = "token"  # noqa: S105 -- no secret, but what one is in
"""The thing that is no app; it computes the same."""
_TRAITS: Final = Traits(amr=("otp",), phishing_resistant=False, strong=True)
_DIGITS: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")


class Totp:
    """An authenticator app, or a token that was programmed.

    The state is its key, the last time step that was accepted, and those told of too early.
    """

    @property
    def kind(self) -> str:
        """The stored name of this factor."""
        return "totp"

    @property
    def traits(self) -> Traits:
        """Something held, strong; but a passcode can be typed into a look-alike page."""
        return _TRAITS

    @property
    def makes_challenge(self) -> bool:
        """No: the app makes its passcodes by itself."""
        return False

    @property
    def channel(self) -> str:
        """None: nothing is sent."""
        return ""

    @property
    def only_one(self) -> bool:
        """No: a phone and a computer, for example."""
        return False

    def offer(
        self,
        where: Ceremony,
        held: Sequence[Held],
        asked: JsonObject,
        before: JsonObject,
        *,
        now: datetime,  # noqa: ARG002 -- a key has no date
        entropy: Random,
    ) -> Challenge | Refused:
        """Make a key, or show the one before again.

        `asked` may name what a programmable token computes with: `algorithm` (SHA1, SHA256), `period` (30 or 60
        seconds), `digits` (6, 8); apps take the first of each. It names the token too (`thing`). `shown` has these,
        `key` (base32), `hex`, `uri` (for the QR code), `label` and `issuer`.
        """
        ways = _ways_of(asked)
        if ways is None:
            return Refused(because=Refusal(No.NOT_ALLOWED))
        key = text_in(before, "key") if before else b32encode(entropy.bytes(KEY_BYTES)).decode()
        label = where.person_label + (f" ({len(held) + 1})" if held else "")
        # Some apps split the label at the first colon, so the issuer keeps none.
        issuer = " ".join(where.account_name.replace(":", " ").split())
        query = urlencode({"secret": key, "issuer": issuer, **ways}, quote_via=quote)
        uri = f"otpauth://totp/{quote(issuer, safe='')}:{quote(label, safe='@')}?{query}"
        thing: dict[str, str] = {THING: TOKEN} if asked.get(THING) == TOKEN else {}
        unusual = {name: value for name, value in ways.items() if value != _CHOICES[name][0]}
        shown: JsonObject = {"key": key, "hex": _bytes_of(key).hex(), "uri": uri, "label": label, "issuer": issuer}
        return Challenge(shown={**shown, **ways, **thing}, kept={"key": key, **unusual, **thing})

    def enrol(
        self,
        where: Ceremony,  # noqa: ARG002 -- the passcode is bound to the key alone
        secret: JsonObject,
        answer: JsonObject,
        *,
        now: datetime,
    ) -> Verdict:
        """Accept the first passcode of the pending key; its step counts as used from then on."""
        match _judge(secret, answer, now=now):
            case Match(step=step):
                return Accepted(state={**secret, "last_step": step})
            case other:
                return Refused(because=_refusal(other, _thing(secret), now=now))

    def challenge(
        self,
        where: Ceremony,  # noqa: ARG002 -- nothing of the house is shown
        held: Sequence[Held],
        before: JsonObject,  # noqa: ARG002 -- nothing is kept for a challenge
        *,
        now: datetime,  # noqa: ARG002 -- the app makes the passcode by itself
        entropy: Random,  # noqa: ARG002 -- and needs nothing from us
    ) -> Challenge:
        """Name the entries in the app that would do, and what each of them is in."""
        return Challenge(
            shown={"labels": [one.label for one in held], "things": [_thing(one.state) for one in held]}, kept={}
        )

    def verify(
        self,
        where: Ceremony,  # noqa: ARG002 -- the passcode is bound to the key alone
        held: Sequence[Held],
        secret: JsonObject,  # noqa: ARG002 -- nothing is kept for a challenge
        answer: JsonObject,
        *,
        now: datetime,
    ) -> Verdict:
        """Accept a passcode of any app held whose step was not accepted before.

        The refusal is the most helpful one: "used" before "your clock is off" before "wrong".
        """
        off: Refused | None = None
        is_used = False
        for one in held:
            judged = _judge(one.state, answer, now=now)
            match judged:
                case Match(step=step):
                    return Accepted(id=one.id, state={**one.state, "last_step": step})
                case Used():
                    is_used = True
                case OffClock() if off is None:
                    off = _off(one, judged, now=now)
                case _:
                    pass
        if off is not None and not is_used:
            return off
        return Refused(because=Refusal(No.USED if is_used else No.WRONG, thing=_only_thing(held)))


def _judge(state: JsonObject, answer: JsonObject, *, now: datetime) -> TotpAnswer:
    typed = answer.get("passcode")
    return check_totp(
        _bytes_of(text_in(state, "key")),
        digits_of(typed if isinstance(typed, str) else ""),
        now=now,
        last_step=optional(int_in, state, "last_step"),
        digits=int_in(state, "digits") if "digits" in state else DIGITS,
        period=_period(state),
        algorithm=text_in(state, "algorithm") if "algorithm" in state else "SHA1",
        told=_told(state),
    )


def _thing(state: JsonObject) -> str:
    return TOKEN if state.get(THING) == TOKEN else ""


def _only_thing(held: Sequence[Held]) -> str:
    """Return what all of these are in; the usual thing where they differ."""
    return TOKEN if held and all(_thing(one.state) for one in held) else ""


def _told(state: JsonObject) -> list[int]:
    return [as_int(step, "told") for step in list_in(state, "told")] if "told" in state else []


def _off(one: Held, judged: OffClock, *, now: datetime) -> Refused:
    """Refuse a code with the moment that it is of, and keep that it was told, where it is still to come."""
    before, because = _told(one.state), _refusal(judged, _thing(one.state), now=now)
    told = still_told(before, judged, now=now, period=_period(one.state))
    if judged.step in before or judged.step not in told:
        return Refused(because=because)
    return Refused(because=because, id=one.id, state={**one.state, "told": [*told]})


def _period(state: JsonObject) -> int:
    return int_in(state, "period") if "period" in state else PERIOD


def _ways_of(asked: JsonObject) -> dict[str, str | int] | None:
    """Return what was asked for, or what apps do; None when no token of ours computes like that."""
    ways: dict[str, str | int] = {}
    for name, choices in _CHOICES.items():
        chosen = asked.get(name, choices[0])
        if chosen not in choices or isinstance(chosen, bool | float):
            return None
        ways[name] = choices[choices.index(chosen)]
    return ways


def _bytes_of(key: str) -> bytes:
    """Return the bytes of a base32 key (RFC 4648, 6) without padding, whatever its case.

    Python reads numbers of base 32 with digits of its own; the library's decoder takes ten times as long.
    """
    return int(key.upper().translate(_DIGITS), 32).to_bytes(len(key) * 5 // 8, "big")


def _refusal(judged: TotpAnswer, thing: str, *, now: datetime) -> Refusal:
    if isinstance(judged, OffClock):
        return Refusal(No.CLOCK, at=judged.code_at, other_at=now, thing=thing)
    return Refusal(No.USED if isinstance(judged, Used) else No.WRONG, thing=thing)
