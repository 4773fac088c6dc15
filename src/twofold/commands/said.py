"""Barriers, reasons and steps in the operator's words. What the person reads is in web/words.py."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, assert_never

from django.utils import translation

from twofold.commands.house import shown
from twofold.core import policy
from twofold.core.groups import Extra
from twofold.core.policy import EVERY_SIGN_IN, Reason, Word
from twofold.core.throttle import Lane
from twofold.core.wanted import Accepts
from twofold.delivery.report_text import WORDS
from twofold.delivery.words import Words
from twofold.flows.barriers import Barrier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.core.policy import Because, Standing, Step
    from twofold.flows.barriers import Obstacle
    from twofold.ports.accounts import Account

LANES: Final = {
    Lane.UNKNOWN_BROWSERS.value: "passcodes from browsers never seen before",
    Lane.KNOWN_BROWSER.value: "passcodes from their own browsers",
    Lane.RECOVERY.value: "recovery codes",
    Lane.PASSWORD_DAY.value: "passwords from browsers never seen before",
}
BARRIERS: Final = {
    Barrier.SUSPENDED: "Suspended since {at}.",
    Barrier.FROZEN: "Stopped by “this was not me” at {at}; a new password opens it again.",
    Barrier.NO_PASSWORD: "No password: invited, and the invitation was never taken up.",
    Barrier.WAITING: "Too many wrong {detail}: waits until {at}.",
    Barrier.LOCKED: "Too many wrong {detail}: stopped until somebody helps.",
    Barrier.MUST_SET_UP: "Has to set a second factor up anew, after a reset.",
    Barrier.NOTHING_HELD: "A second factor is asked for, and none is set up.",
    Barrier.NOT_ALLOWED_ANY_MORE: "What is set up is no longer allowed.",
    Barrier.NO_RECOVERY_CODES: "No recovery code is left, should the authenticator be lost.",
    Barrier.PROVED_BY_MAILBOX: "The password was reset by mail: mailed passcodes do not count until {at}.",
    Barrier.NO_MAIL: "No mail leaves this server: messages are files in the data folder; hand the code on from there.",
}
REASONS: Final = {
    Reason.CHOSEN: "chose it themselves",
    Reason.REQUIRED_FOR_AUDIENCE: "required for their audience since {at}",
    Reason.RESET: "everything was reset",
    Reason.EXEMPT: "exempt until {at}: {detail}",
    Reason.EXEMPTION_OVER: "their exemption is over",
    Reason.NOT_REQUIRED: "nothing requires it",
    Reason.REQUIREMENT_NOT_STARTED: "a requirement starts at {at}",
    Reason.IN_GRACE: "set-up can wait until {at}",
    Reason.GRACE_OVER: "set-up could wait until {at}",
    Reason.DORMANT: "what is set up is kept, and not asked for",
    Reason.LAPSED: "what is set up was unused for so long that it has to be proved once, or set up anew",
    Reason.SIGNS_IN_WITH_PROVIDER: "signs in with {detail}",
    Reason.NOTHING_HELD: "nothing is set up",
    Reason.PROVED: "proved by {detail}",
    Reason.ONLY_OPENS_SET_UP: "{detail} opens nothing but set-up",
    Reason.TRUSTED_BROWSER: "this browser answers until {at}",
    Reason.EVERY_SIGN_IN_BY_POLICY: "policy asks at every sign-in",
    Reason.EVERY_SIGN_IN_BY_CHOICE: "chose to be asked at every sign-in",
    Reason.UNKNOWN_BROWSER: "the browser is not trusted",
    Reason.TRUST_ENDED: "trust in the browser ended at {at}",
    Reason.KIND_NO_LONGER_ALLOWED: "{detail} is no longer allowed",
    Reason.PROVED_BY_MAILBOX: "the password was reset by mail, so mailed passcodes do not count until {at}",
    Reason.REQUIRED_FOR_GROUP: "required of the group “{detail}” since {at}",
    Reason.REQUIRED_FOR_PERSON: "required of this person alone since {at}",
    Reason.METHODS_OF_GROUP: "for the group “{detail}”: ",
    Reason.METHODS_OF_PERSON: "for this person alone: ",
    Reason.BETTER_WANTED: "{detail} still counts, but policy wants another kind",
    Reason.NEW_BROWSER: "nobody signed in as this person on this browser before",
    Reason.SUSPENDED: "suspended since {at}",
    Reason.OUTSIDE_NETWORKS: "comes from {detail}, outside of the networks that the policy names",
    Reason.FROZEN: "stopped by “this was not me”; the password must be reset",
    Reason.NO_FIRST_FACTOR: "nothing was proved first",
}
_UNTIL: Final = {Word.MUST_SET_UP: " by {at}", Word.EXEMPT: " until {at}"}


_OF_A_KIND: Final = frozenset(
    {Reason.PROVED, Reason.ONLY_OPENS_SET_UP, Reason.KIND_NO_LONGER_ALLOWED, Reason.BETTER_WANTED}
)
"""Reasons whose detail is a kind of proof."""


def method(kind: str, *, thing: str = "", label: str = "") -> str:
    """Return what a method, or a kind of them, is called on pages."""
    with translation.override("en"):
        return _words().method(kind, thing=thing, label=label)


@cache
def _words() -> Words:
    return Words()


def obstacle(one: Obstacle, account: Account) -> str:
    """Return what stands in the way, as a sentence."""
    at = shown(one.at, account) if one.at is not None else "an unknown time"
    return BARRIERS[one.barrier].format(at=at, detail=LANES.get(one.detail, one.detail))


def reason(because: Because, account: Account) -> str:
    """Return one reason, as the end of a sentence."""
    at = shown(because.at, account) if because.at is not None else "a time that is not set"
    detail = method(because.detail) if because.reason in _OF_A_KIND else because.detail
    said = REASONS[because.reason].format(at=at, detail=detail)
    if because.reason in {Reason.METHODS_OF_GROUP, Reason.METHODS_OF_PERSON}:
        said += ", ".join(own_rule(Extra(accepts=because.accepts or Accepts(), trust_for=because.trust_for), account))
    return said


def own_rule(rule: Extra, account: Account) -> Iterator[str]:
    """Return what a rule for one person alone asks for, each as a part of a sentence."""
    if rule.required is not None:
        grace = f", with {rule.required.grace_for.days} days of grace" if rule.required.grace_for else ""
        yield f"a second factor is required from {shown(rule.required.starts_at, account)} on{grace}"
    if rule.accepts.kinds is not None:
        yield f"only these count: {', '.join(map(method, sorted(rule.accepts.kinds)))}"
    if rule.accepts.needs_strong:
        yield "only strong ones count"
    if rule.accepts.needs_phishing_resistant:
        yield "only what cannot be phished counts"
    if rule.trust_for == EVERY_SIGN_IN:
        yield "a passcode is asked for at every sign-in"
    elif rule.trust_for is not None:
        yield f"a trusted computer is asked once in {rule.trust_for.days} days"


def word(where: Standing, account: Account) -> str:
    """Return the one word for where a person stands, with its date."""
    ending = _UNTIL.get(where.word, "") if where.until is not None else ""
    return WORDS[where.word] + (ending.format(at=shown(where.until, account)) if where.until is not None else "")


def step(what: Step, account: Account) -> str:
    """Return what comes after the password, as a sentence."""
    match what:
        case policy.Admit(trusted=True):
            return "Signed in; this browser answers for the second factor."
        case policy.Admit(notice_until=until) if until is not None:
            return f"Signed in, with a notice to set up a second factor by {shown(until, account)}."
        case policy.Admit():
            return "Signed in; nothing more is asked."
        case policy.AskSecondFactor(opens_only_set_up=True):
            return "Asked for what they have set up, which then opens nothing but setting up something allowed."
        case policy.AskSecondFactor():
            return "Asked for a second factor, or a recovery code."
        case policy.AskEnrolment(proved_mailbox_needed=True):
            return "Led to set-up, after a code to their mailbox (or from an admin)."
        case policy.AskEnrolment():
            return "Led to set-up."
        case policy.AskMailbox():
            return "Asked for a mailed code, because nobody signed in on this browser before."
        case policy.Deny(because=because):
            return f"Denied: {reason(because, account)}."
        case _:
            assert_never(what)
