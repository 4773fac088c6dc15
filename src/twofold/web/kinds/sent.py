"""How far a sent code got, in words. "Handed over" is said of what left us, "arrived" only with a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from twofold.ports.outbox import SendState

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from twofold.web.kinds.contract import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class ByState:
    """One sentence for each state; `%(to)s` and `%(at)s` stand for whom and when."""

    waiting: StrOrPromise
    tried_again: StrOrPromise
    handed_over: StrOrPromise
    delivered: StrOrPromise
    failed: StrOrPromise
    unclear: StrOrPromise
    undelivered: StrOrPromise

    def of(self, asked: Asked) -> str:
        """Return the sentence for what became of a code; "" when none was sent."""
        if asked.sending is None:
            return ""
        return str(self._sentence(asked.sending.state)) % {"to": to_whom(asked), "at": asked.sending.at}

    def _sentence(self, state: SendState | None) -> StrOrPromise:
        match state:
            case SendState.WAITING | None:
                return self.waiting
            case SendState.TRIED_AGAIN:
                return self.tried_again
            case SendState.HANDED_OVER:
                return self.handed_over
            case SendState.DELIVERED:
                return self.delivered
            case SendState.FAILED:
                return self.failed
            case SendState.UNCLEAR:
                return self.unclear
            case SendState.UNDELIVERED:
                return self.undelivered
            case _:
                assert_never(state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Why somebody has no code, for each thing that may be known of its sending."""

    takes_a_while: StrOrPromise
    then_again: StrOrPromise
    at_the_other_end: tuple[StrOrPromise, ...]
    not_left: StrOrPromise
    not_yet: StrOrPromise
    nobody_knows: StrOrPromise

    def of(self, asked: Asked) -> tuple[StrOrPromise, ...]:
        """Return what it may be; nothing where nothing was sent: the page then says why."""
        if asked.sending is None:
            return ()
        wait = f"{self.takes_a_while} {self.then_again}" if asked.can_resend else self.takes_a_while
        match asked.sending.state:
            case SendState.WAITING | None:
                return (wait,)
            case SendState.TRIED_AGAIN:
                return (self.not_yet,)
            case SendState.FAILED:
                return (self.not_left,)
            case SendState.UNCLEAR:
                return (self.nobody_knows, *self.at_the_other_end)
            case SendState.HANDED_OVER:
                return (wait, *self.at_the_other_end)
            case SendState.DELIVERED | SendState.UNDELIVERED:
                return self.at_the_other_end
            case _:
                assert_never(asked.sending.state)


def to_whom(asked: Asked) -> str:
    """Return the masked number or address that the factor shows."""
    to = asked.shown.get("to")
    return to if isinstance(to, str) else ""
