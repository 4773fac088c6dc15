"""What every way of sending texts does, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from twofold.core.texts import Sender
    from twofold.ports.texts import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text to one phone.

    `to` is an E.164 number, `id` the message's own, `callback` our address for what becomes of it. After `lives_for`
    (None: no limit) nobody needs it any more.
    """

    to: str = field(repr=False)
    words: str = field(repr=False)
    id: str
    callback: str
    lives_for: timedelta | None = None


class Texts(Protocol):
    """One provider, as an account has set it up."""

    def send(self, text: Text) -> str:
        """Hand a text over and return the provider's reference; NotSent when it did not take it."""

    def check(self) -> str:
        """Ask whether the provider would know us, without sending anything; NotSent when it would not.

        What comes back says how much is known by that.
        """


class Kind(Protocol):
    """A kind of provider: a module of this room."""

    def build(self, sender: Sender, *, public_only: bool) -> Texts:
        """Return the provider as this sender says; `public_only`: it must not be on a network of our own."""

    def receipt(self, told: Mapping[str, str]) -> Receipt | None:
        """Read what this kind tells of a text; None for what is on its way, or is none of this kind's."""
