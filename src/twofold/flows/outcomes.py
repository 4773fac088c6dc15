"""What flows answer. Pages, REST and commands turn these into words, redirects and cookies."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.policy import Because
    from twofold.core.refusals import Refusal
    from twofold.core.roles import Helping
    from twofold.ports.people import Subscriber
    from twofold.ports.sessions import Session


class Stage(StrEnum):
    """The page on which an open attempt goes on."""

    PASSCODE = "passcode"
    SET_UP = "set_up"
    NEW_BROWSER = "new_browser"
    """A code mailed to the address on file is asked for, because nobody knows this browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A session was made; nothing that opens anything existed before it.

    `browser_cookie` is the known-browser cookie to set, None to leave the present one alone.
    `notice_until` is set while a grace runs: the person is told, and may set up later.
    `by_recovery_code` leads to the question whether the phone is lost. `show_codes` holds recovery
    codes to be shown once; `codes_unsaved` asks for a new set to be shown.
    """

    session: Session
    person: Subscriber
    session_token: str = field(repr=False)
    browser_cookie: str | None = field(repr=False)
    next_url: str = ""
    notice_until: datetime | None = None
    by_recovery_code: bool = False
    codes_unsaved: bool = False
    show_codes: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """The attempt is open and goes on at `stage`; a token is set when the attempt is new."""

    stage: Stage
    attempt_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """What was typed is refused; the person stays on the same step.

    `stopped` tells that this step is shut for now: the page for waiting is shown.
    """

    because: Refusal
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Policy says no, after the password was proved."""

    because: Because


@dataclass(frozen=True, slots=True)
class Ended:
    """There is no such open attempt (any more): start again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsProof:
    """Fresh proof is wanted first; `by_passcode` tells whether by a passcode or the password.

    `kind` is the kind to ask for ("": the preferred one).
    """

    by_passcode: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """It was done."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such thing for this person: not found, or not theirs."""


@dataclass(frozen=True, slots=True)
class Barred:
    """The table "Who may help whom" says no, or not alone."""

    helping: Helping


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed it meanwhile; nothing was written. Show the present state."""


SignInOutcome = Admitted | GoOn | Refuse | Denied | Ended
