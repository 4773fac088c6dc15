"""What pages have to know of a kind of second factor: its words, and the parts of pages that are its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from twofold.core.json import JsonObject, JsonValue
    from twofold.core.refusals import Refusal
    from twofold.ports.outbox import SendState


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One choice of the wizard: its value in the form, what it is, and what it means; `line` may name the account.

    `place` orders the choices of all kinds. `asked` is what the factor is asked for, where its kind has several things.
    """

    value: str
    place: int
    icon: str
    title: StrOrPromise
    line: StrOrPromise
    asked: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What is said before a page shows a secret: that page is an answer to POST."""

    heading: StrOrPromise
    line: StrOrPromise
    button: StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The question after a recovery code, for somebody who holds nothing else than one of this kind."""

    question: StrOrPromise
    elsewhere: StrOrPromise
    lost: StrOrPromise
    lost_hint: StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A code that was sent: when ("10:43"), and how far it got (None: nothing is known of it)."""

    at: str
    state: SendState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What sentences about a code are made of: what the factor shows of it, and what became of the sending.

    `can_resend`: the page has a button that sends a new one.
    """

    account_name: str
    shown: JsonObject = field(default_factory=dict, repr=False)
    sending: Sending | None = None
    can_resend: bool = True


class KindWords(Protocol):
    """The words of one kind, or of one thing that makes it. Implementations hold no state."""

    @property
    def kind(self) -> str:
        """The stored name, as the factor has it."""

    @property
    def name(self) -> StrOrPromise:
        """What it is called in lists ("Authenticator app")."""

    @property
    def note(self) -> StrOrPromise:
        """What whoever decides which ways count has to know of it beside its strength; "" for nothing."""

    @property
    def on_one_device(self) -> bool:
        """Whether it works for somebody who has nothing but the computer that they sign in on."""

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
    def stages(self) -> Mapping[str, str]:
        """The templates of the pages that ask for something first, by the name of the field."""

    @property
    def settings(self) -> Mapping[str, Mapping[str, JsonValue]]:
        """Fields of `connect_template` that change what is offered: what each choice means to the factor."""

    @property
    def replace_word(self) -> StrOrPromise:
        """What the button that replaces one of these is called; "" where there is nothing to replace."""

    @property
    def lost(self) -> Lost:
        """The question after a recovery code."""

    def of_thing(self, thing: str) -> KindWords:
        """Return the words for what somebody has at hand (`Enrolment.thing`); these, where it has none of its own."""

    def connect(self, offered: JsonObject) -> dict[str, object]:
        """Return what `connect_template` and `stages` show of what the factor offered."""

    def where_to_look(self, asked: Asked) -> str:
        """Return in a sentence where the claimant finds a code."""

    def became_of(self, asked: Asked) -> str:
        """Return in a line what was sent when, and how far it got; "" where nothing is sent."""

    def causes(self, asked: Asked) -> tuple[StrOrPromise, ...]:
        """Return the commonest causes of having no code, in three sentences at most; what is known rules some out."""

    def refusal(self, because: Refusal) -> str:
        """Return why something was refused, where this kind has words of its own for it; else ""."""

    def another_way(self, labels: Sequence[str]) -> str:
        """Return the name of this way among others, given the names of what the person holds of it."""

    def in_list(self, label: str) -> str:
        """Return one of these among others of all kinds ("app “blue”"), given the name that it has."""

    def named(self, label: str) -> str:
        """Return what one of these is, by itself ("Authenticator app “blue”"), given the name that it has."""
