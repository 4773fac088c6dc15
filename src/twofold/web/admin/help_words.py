"""What is asked, done and agreed to when somebody is helped, in words for helpers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.utils.translation import gettext_noop as _

from twofold.core.helping import LET_IN_FOR, PASS_LIVES, Act, Check, State, What
from twofold.core.roles import NeedsApproval, Role
from twofold.flows.barriers import Barrier
from twofold.flows.help_answers import Missing
from twofold.flows.help_calls import COUNTED_MOST
from twofold.ports.helping import Place
from twofold.web import moments, pages, spans

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from django_stubs_ext import StrOrPromise

    from twofold.core.json import JsonObject
    from twofold.flows.approval_view import ApprovalView, OpenRequest
    from twofold.flows.barriers import Obstacle
    from twofold.flows.help_answers import Choice, Unfit
    from twofold.flows.help_calls import OpenCall
    from twofold.flows.helping import HelpView
    from twofold.ports.helping import HelpAct, HelpCall
    from twofold.ports.people import Subscriber

WHAT: Final[dict[What, tuple[StrOrPromise, StrOrPromise]]] = {
    What.ELSEWHERE: (
        gettext_lazy("It is not here today"),
        gettext_lazy("The phone or token is at home, or its battery is flat."),
    ),
    What.LOST: (
        gettext_lazy("It is lost, broken or new"),
        gettext_lazy("It will not come back, or holds nothing yet."),
    ),
    What.CODES_GONE: (
        gettext_lazy("The recovery codes are gone"),
        gettext_lazy("Used up or lost, and the rest is not at hand."),
    ),
    What.WAITING: (gettext_lazy("Sign-in waits"), gettext_lazy("Too many wrong codes were typed.")),
    What.NO_MAIL: (
        gettext_lazy("Our mail does not reach them"),
        gettext_lazy("They are to set up, and cannot read the code that we mail."),
    ),
    What.NEW_BROWSER: (
        gettext_lazy("They cannot read the mailed code"),
        gettext_lazy("It is asked for on a browser that they never signed in on."),
    ),
    What.NOT_TODAY: (
        gettext_lazy("They cannot set up today"),
        gettext_lazy("They were never set up, and need to work now."),
    ),
}
CHECKS: Final[dict[Check, tuple[StrOrPromise, StrOrPromise]]] = {
    Check.IN_PERSON: (gettext_lazy("In person"), gettext_lazy("They stand before you, and you know them.")),
    Check.VIDEO: (gettext_lazy("On video"), gettext_lazy("You see them, and you know their face.")),
    Check.CALLED_BACK: (
        gettext_lazy("Called back"),
        gettext_lazy("You called a number that you knew before, not one they told you now."),
    ),
    Check.VOUCHED: (gettext_lazy("Vouched for"), gettext_lazy("Somebody whom you know says that it is them.")),
    Check.FOUR_WORDS: (
        gettext_lazy("Four words"),
        gettext_lazy("We send them to something else of theirs; they read them to you, and you type them."),
    ),
}
_CHECKED: Final = {
    Check.IN_PERSON: _("seen in person"),
    Check.VIDEO: _("seen on video"),
    Check.CALLED_BACK: _("called back on a known number"),
    Check.VOUCHED: _("vouched for by %(by)s"),
    Check.FOUR_WORDS: _("four words read back"),
}
_FOLLOWS: Final = {
    Act.CODE: _(
        "%(who)s gets a code for one sign-in. You see it once and tell it to them; it works for %(span)s, "
        "beside the password. Everything that is set up stays."
    ),
    Act.RESET: _(
        "What %(who)s has set up and the recovery codes go, and they are signed out everywhere. At the next sign-in "
        "they set up anew, after a code to their mailbox."
    ),
    Act.ACCESS_PASS: _(
        "%(who)s gets an access pass. You see it once and tell it to them; beside the password it opens setting up, "
        "and nothing else. What is set up with it replaces what was there before."
    ),
    Act.END_WAIT: _("Codes of %(who)s are looked at again. Everything that is set up stays."),
    Act.LET_IN: _("%(who)s may sign in with the password alone for a while, and sets up later."),
}
_ACTS: Final = {
    Act.CODE: _("Give %(who)s a code for one sign-in"),
    Act.RESET: _("Reset the second factor of %(who)s"),
    Act.ACCESS_PASS: _("Give %(who)s an access pass"),
    Act.END_WAIT: _("End the wait of %(who)s"),
    Act.LET_IN: _("Let %(who)s in for a while"),
    Act.SET_ROLE: _("Change the role of %(who)s to %(role)s"),
    Act.SUSPEND: _("Suspend %(who)s"),
    Act.END_SUSPENSION: _("End the suspension of %(who)s"),
    Act.END_SESSIONS: _("Sign %(who)s out everywhere"),
    Act.REMOVE: _("Remove and erase %(who)s"),
    Act.EXEMPT: _("Exempt %(who)s from what is required"),
    Act.SET_PASSWORD: _("Set a password for %(who)s"),
    Act.CHANGE_ADDRESS: _("Change the email address of %(who)s to %(email)s"),
}
_BUTTONS: Final = {
    Act.CODE: gettext_lazy("Get a recovery code"),
    Act.RESET: gettext_lazy("Reset the second factor"),
    Act.ACCESS_PASS: gettext_lazy("Get an access pass"),
    Act.END_WAIT: gettext_lazy("End the wait"),
    Act.LET_IN: gettext_lazy("Let them in"),
}
PLACES: Final = {
    Place.PASSCODE: gettext_lazy("asked for a passcode"),
    Place.WAITING: gettext_lazy("has to wait after wrong codes"),
    Place.NEW_BROWSER: gettext_lazy("on a new browser"),
    Place.SET_UP: gettext_lazy("setting up"),
}
_STATES: Final = {
    State.ASKED: (gettext_lazy("waits for a yes"), "warn"),
    State.APPROVED: (gettext_lazy("agreed"), "good"),
    State.REFUSED: (gettext_lazy("refused"), "bad"),
    State.WITHDRAWN: (gettext_lazy("taken back"), ""),
    State.STOPPED: (gettext_lazy("stopped by the person"), "bad"),
    State.DONE: (gettext_lazy("done"), ""),
}
_PROBLEMS: Final = {
    Missing.WHAT: ("page", gettext_lazy("That does not fit any more. Look again at what happened.")),
    Missing.CHECK: ("page", gettext_lazy("Say how you know who it is.")),
    Missing.VOUCHED_BY: ("vouched_by", gettext_lazy("Say who vouches for them.")),
    Missing.REASON: ("reason", gettext_lazy("Say in a few words why; it stands in the history.")),
    Missing.WORDS_UNSENT: ("words", gettext_lazy("Send four words first; the last ones are too old.")),
    Missing.WORDS_TRIED: ("words", gettext_lazy("Too many wrong words. Send new ones.")),
    Missing.HOW_LONG: ("how_long", gettext_lazy("Choose how long.")),
}
BUTTON_ASK: Final = gettext_lazy("Ask for a yes")
_OBSTACLES: Final = {
    Barrier.SUSPENDED: _("Suspended since %(at)s: nothing lets them in before that ends."),
    Barrier.FROZEN: _("Frozen since %(at)s (“this was not me”): they choose a new password first, by “I forgot”."),
    Barrier.NO_PASSWORD: _("They have no password yet: they were invited, and never came."),
    Barrier.WAITING: _("Too many wrong tries: waits until %(at)s."),
    Barrier.LOCKED: _("Too many wrong tries: stopped until somebody helps."),
    Barrier.MUST_SET_UP: _("They have to set up a second factor anew, after a reset."),
    Barrier.NOTHING_HELD: _("A second factor is asked for, and none is set up."),
    Barrier.NOT_ALLOWED_ANY_MORE: _("What is set up is no longer allowed."),
    Barrier.NO_RECOVERY_CODES: _("No recovery code is left."),
    Barrier.PROVED_BY_MAILBOX: _("The password was reset by mail: mailed codes do not count until %(at)s."),
    Barrier.NO_MAIL: _("No mail leaves this server at the moment."),
}


def name_of(person: Subscriber | None) -> str:
    """Return how a person is called; somebody who was removed has no name any more."""
    return (person.name or person.email) if person is not None else gettext("somebody who was removed")


def obstacle(one: Obstacle, *, now: datetime) -> str:
    """Return what stands between a person and a session, as a sentence."""
    at = ""
    if one.at is not None:
        # What is still to come is rounded up, as on every page that says until when something waits.
        said = moments.soon if one.at > now else moments.day_and_clock
        at = said(one.at, now=now)
    return gettext(_OBSTACLES[one.barrier]) % {"at": at}


def act_of(act: HelpAct, person: Subscriber | None) -> str:
    """Return what is asked for or was done, as a sentence without its end."""
    role = act.detail.get("role")
    words = pages.role_word(Role(role)) if isinstance(role, str) and role in set(Role) else ""
    return gettext(_ACTS[act.act]) % {"who": name_of(person), "role": words, "email": act.detail.get("email", "")}


def wanted(act: Act, role: Role | None) -> tuple[str, str]:
    """Return an act that may be asked for as a form posts it, and its words."""
    value = act.value if role is None else f"{act.value}:{role.value}"
    words = {
        Act.SET_ROLE: _("Change the role to %(role)s"),
        Act.SUSPEND: _("Suspend"),
        Act.END_SUSPENSION: _("End the suspension"),
        Act.END_SESSIONS: _("Sign out everywhere"),
        Act.REMOVE: _("Remove and erase"),
    }
    return value, gettext(words[act]) % {"role": pages.role_word(role) if role else ""}


def reason(detail: JsonObject) -> str:
    """Return the reason that a helper gave, in quotes; "" where there is none."""
    said = detail.get("reason")
    return f"“{said}”" if isinstance(said, str) and said else ""


def agreed(by: str) -> str:
    """Return who else agreed; "" where nobody had to."""
    return gettext("%(by)s agreed") % {"by": by} if by else ""


def checked(detail: JsonObject) -> str:
    """Return how the helper knew who it was; "" for acts that ask for no check."""
    check = detail.get("check")
    if not isinstance(check, str) or check not in set(Check):
        return ""
    return gettext(_CHECKED[Check(check)]) % {"by": detail.get("vouched_by", "")}


def called(one: HelpCall, *, now: datetime) -> dict[str, object]:
    """Return what a page shows of a call."""
    return {
        "id": one.id,
        "reference": one.reference,
        "number": one.number,
        "at": moments.day_and_clock(one.called_at, now=now),
        "where": PLACES[one.place],
        "from": " · ".join(part for part in (one.browser, one.address) if part),
    }


def listed(one: OpenCall, *, now: datetime) -> dict[str, object]:
    """Return a line of the list of calls."""
    person = one.person
    return {
        **called(one.call, now=now),
        "name": name_of(person),
        "email": person.email if person else "",
        "person_id": one.call.person_id if person else "",
        "role_word": pages.role_word(person.role) if person else "",
        "is_in_since": one.is_in_since,
    }


def request_line(one: OpenRequest | ApprovalView, *, now: datetime) -> dict[str, object]:
    """Return what every page shows of a request, and the list of them no more."""
    word, tone = _STATES[one.act.state]
    return {
        "id": one.act.id,
        "title": act_of(one.act, one.person),
        "by": name_of(one.asker),
        "at": moments.day_and_clock(one.act.asked_at, now=now),
        "word": word,
        "tone": tone,
        "from": moments.soon(one.allowed_from, now=now) if one.allowed_from and one.allowed_from > now else "",
        "until": moments.soon(one.act.ends_at, now=now),
    }


def open_word(count: int) -> str:
    """Return how many lines a list has in all; nothing of an empty one."""
    if count > COUNTED_MOST:
        return gettext("More than %(n)s open") % {"n": number_format(COUNTED_MOST, force_grouping=True)}
    return ngettext("%(n)d open", "%(n)d open", count) % {"n": count} if count else ""


def request(view: ApprovalView, *, now: datetime) -> dict[str, object]:
    """Return what a page shows of a request."""
    act = view.act
    line = request_line(view, now=now)
    if not view.is_open:
        line["until"] = ""
        if act.state.is_open:
            line |= {"word": gettext("ran out"), "tone": ""}
    return {
        **line,
        "person_id": act.person_id if view.person else "",
        "reason": act.reason,
        "checked": checked(act.detail),
        "decided_by": name_of(view.decider) if view.decider else "",
        "decided_at": moments.day_and_clock(act.decided_at, now=now) if act.decided_at else "",
        "may_approve": view.may_approve,
        "may_refuse": view.may_refuse,
        "may_withdraw": view.may_withdraw,
        "may_do": view.may_do,
        "waits_after": _waits_after(view),
    }


def _waits_after(view: ApprovalView) -> bool:
    return isinstance(view.needed, NeedsApproval) and view.needed.wait is not None and view.may_approve


def follows(view: HelpView, choice: Choice) -> list[str]:
    """Return what follows, who has to agree and who is mailed: the third question's sentences."""
    who = name_of(view.person)
    said = [gettext(_FOLLOWS[choice.act]) % {"who": who, "span": spans.rounded(view.code_lives)}]
    if isinstance(choice.needed, NeedsApproval):
        approvers = ", ".join(view.approvers)
        if not approvers:
            said.append(
                gettext("Somebody else has to agree first, and there is nobody: the operator can help, on the server.")
            )
        elif choice.needed.wait is not None:
            said.append(
                gettext(
                    "One of these has to agree first: %(approvers)s. If that is no owner, %(who)s has 24 hours to stop "
                    "it from a mail."
                )
                % {"approvers": approvers, "who": who}
            )
        else:
            said.append(gettext("One of these has to agree first: %(approvers)s.") % {"approvers": approvers})
    if view.owners_told:
        said.append(gettext("%(who)s and every owner are mailed.") % {"who": who})
    else:
        said.append(gettext("%(who)s is mailed.") % {"who": who})
    return said


def button(choice: Choice) -> StrOrPromise:
    """Return what the last button says."""
    return BUTTON_ASK if isinstance(choice.needed, NeedsApproval) else _BUTTONS[choice.act]


def how_long(act: Act) -> list[tuple[str, str]]:
    """Return the lengths that may be chosen for an act, in seconds and words; empty where there is no choice."""
    return [(_seconds(one), spans.rounded(one)) for one in _lengths(act)]


def proposed(act: Act) -> str:
    """Return the length that is chosen beforehand."""
    lengths = _lengths(act)
    return _seconds(lengths[1]) if lengths else ""


def _lengths(act: Act) -> tuple[timedelta, ...]:
    return {Act.ACCESS_PASS: PASS_LIVES, Act.LET_IN: LET_IN_FOR}.get(act, ())


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))


def problem(wrong: Unfit) -> tuple[str, str]:
    """Return beside which field a problem stands, and its message."""
    if wrong.problem is Missing.WORDS_WRONG:
        return "words", ngettext(
            "These are not the words that we sent. %(left)d more try.",
            "These are not the words that we sent. %(left)d more tries.",
            wrong.left,
        ) % {"left": wrong.left}
    name, message = _PROBLEMS[wrong.problem]
    return name, str(message)
