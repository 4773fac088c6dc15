"""Why something that was typed or asked is refused: codes with parameters; pages and mails hold the words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class No(StrEnum):
    """The reason of a refusal. Stored in the audit log, so a name is never changed."""

    WRONG = "wrong"
    USED = "used"
    """A right passcode whose time step was accepted before."""
    CLOCK = "clock"
    """A passcode of another moment: `at` is the moment it fits, `other_at` what our clock says."""
    SUPERSEDED = "superseded"
    """A sent code that a newer one replaced: `at` is when it was sent, `other_at` when the newer one was."""
    EXPIRED = "expired"
    WAITING = "waiting"
    """Too many wrong answers: `at` is when the next one is looked at."""
    LOCKED = "locked"
    """The hard stop: only help or another way in opens it."""
    ENDED = "ended"
    """The unfinished sign-in ran out."""
    UNREADABLE = "unreadable"
    """What was typed has no shape that any code of ours has."""
    USED_RECOVERY_CODE = "used_recovery_code"
    """`at` is when this recovery code was used."""
    TOO_LONG = "too_long"
    TOO_MANY_TRIES = "too_many_tries"
    """This attempt, or this sent code, is used up; starting again or a new code goes on."""
    NOT_ALLOWED = "not_allowed"
    """Right, but today's policy does not count it, or this person may not do it."""
    NOT_FRESH = "not_fresh"
    """Fresh proof is asked for first."""
    NEEDS_MAILBOX = "needs_mailbox"
    """The mailbox on file has to be proved before the first enrolment."""
    PROVED_BY_MAILBOX = "proved_by_mailbox"
    """The password came from a reset by mail, so a mailed passcode would prove the same mailbox twice."""
    BUSY = "busy"
    """Too many hashes are being computed; `at` is when to come back."""
    STALE = "stale"
    """Somebody else changed it meanwhile."""
    NEEDS_HELPER = "needs_helper"
    """By now it frees somebody of what is asked of them, and no second helper agreed to that."""
    TOO_SOON = "too_soon"
    """A code was sent just now: `at` is when the next one can be."""
    SENT_ENOUGH = "sent_enough"
    """So many codes were sent to this person, or to this number, that the next one waits until `at`."""
    CANNOT_SEND = "cannot_send"
    """Nothing can be sent this way at present: there is no sender, or the account's budget is used up until `at`."""
    NUMBER_UNREADABLE = "number_unreadable"
    """No phone number with + and country code."""
    NUMBER_NOT_FOR_TEXTS = "number_not_for_texts"
    """A number that costs its caller more, or of a sort that takes no texts."""
    COUNTRY_NOT_SERVED = "country_not_served"
    """The account sends no texts to the country of this number."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: its reason and what its sentence needs: two instants, how many tries are left, what is at hand."""

    no: No
    at: datetime | None = None
    other_at: datetime | None = None
    left: int | None = None
    thing: str = ""
    """What the person has at hand, where a kind has several things ("token")."""
