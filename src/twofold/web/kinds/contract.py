"""What pages have to know of a kind of second factor: its words, and the parts of pages that are its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from twofold.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class Thing:
    """One choice of the wizard: its value in the form, what it is, and what it means; `line` may name the account."""

    value: str
    icon: str
    title: StrOrPromise
    line: StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What is said before a page shows a secret: that page is an answer to POST."""

    heading: StrOrPromise
    line: StrOrPromise
    button: StrOrPromise


class KindWords(Protocol):
    """The words of one kind. Implementations hold no state."""

    @property
    def kind(self) -> str:
        """The stored name, as the factor has it."""

    @property
    def name(self) -> StrOrPromise:
        """What it is called in lists ("Authenticator app")."""

    @property
    def things(self) -> tuple[Thing, ...]:
        """What somebody may have at hand that makes this kind, for the wizard."""

    @property
    def secret(self) -> Secret | None:
        """What is said before the page that connects, where that page shows a secret."""

    @property
    def connect_template(self) -> str:
        """The page that connects, with the field for the code that confirms it."""

    @property
    def causes(self) -> tuple[StrOrPromise, ...]:
        """The commonest causes of having no code, in sentences."""

    def connect(self, offered: JsonObject) -> dict[str, object]:
        """Return what `connect_template` shows of what the factor offered."""

    def where_to_look(self, shown: JsonObject, account_name: str) -> str:
        """Return in a sentence where the claimant finds a code, from what the factor shows of its challenge."""
