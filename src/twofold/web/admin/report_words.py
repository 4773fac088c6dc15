"""The status report in words: its lines, how far it is, and the strip about it on other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_noop, ngettext

from twofold.core.assurance import ADMIN_CODE, MAIL_LINK, MAILBOX, OPERATOR_LINK, PASSWORD, RECOVERY_CODE
from twofold.core.standing import Word
from twofold.flows import report_reminder
from twofold.flows.admit import TRUSTED_BROWSER
from twofold.flows.report_page import Holds, Whose
from twofold.ports.reports import ReportState
from twofold.web import moments, pages, words
from twofold.web.admin import person_words
from twofold.web.kinds.registry import KINDS, name_of

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.policy import Rules
    from twofold.core.report import Line
    from twofold.flows.report import ReportView
    from twofold.flows.report_page import Shown
    from twofold.web.request import Request

_BY: Final = {
    PASSWORD: gettext_noop("password"),
    RECOVERY_CODE: gettext_noop("recovery code"),
    ADMIN_CODE: gettext_noop("code from an admin"),
    MAIL_LINK: gettext_noop("link in a mail"),
    OPERATOR_LINK: gettext_noop("link from the operator"),
    MAILBOX: gettext_noop("code to the mailbox"),
    TRUSTED_BROWSER: gettext_noop("trusted browser"),
}
_STATES: Final = {
    Word.OFF: gettext_noop("Off"),
    Word.SET_UP_NOT_ASKED: gettext_noop("Set up, not asked"),
    Word.ON_BY_CHOICE: gettext_noop("On, by choice"),
    Word.ON_REQUIRED: gettext_noop("On, required"),
    Word.MUST_SET_UP: gettext_noop("Must set up"),
    Word.EXEMPT: gettext_noop("Exempt"),
    Word.PROVIDER: gettext_noop("Signs in with a provider"),
}


def choices() -> dict[str, list[tuple[str, str]]]:
    """Return what the filters offer, each the value and its words."""
    return {
        "who": [
            (Whose.TEAM.value, gettext("Team members")),
            (Whose.EVERYBODY.value, gettext("Everybody")),
            *person_words.roles(),
        ],
        "state": [("", gettext("In any state")), *((word.value, gettext(text)) for word, text in _STATES.items())],
        "holds": [
            (Holds.ANYTHING.value, gettext("Anything or nothing")),
            (Holds.SOMETHING.value, gettext("Something is set up")),
            (Holds.NOTHING.value, gettext("Nothing is set up")),
            (Holds.SHUT_OUT.value, gettext("Nothing that counts any more")),
            *((kind, str(one.name)) for kind, one in KINDS.items()),
        ],
    }


def _exempt(line: Line, *, now: datetime) -> str:
    """Return why somebody is exempt; with the day where the word of their state does not say it, before a start."""
    if line.exempt_until is None:
        return ""
    if line.word is Word.EXEMPT:
        return line.exempt_because
    until = gettext("Exempt until %(until)s") % {"until": moments.last_day(line.exempt_until, now=now)}
    return f"{until}: {line.exempt_because}" if line.exempt_because else until


def listed(shown_one: Shown, *, now: datetime) -> dict[str, object]:
    """Return a line of the page."""
    line = shown_one.line
    return {
        "id": shown_one.id,
        "name": line.name or line.email,
        "email": line.email,
        "role_word": pages.role_word(line.role),
        "groups": ", ".join(line.groups),
        "has_own_rule": line.own_rule is not None,
        "state_word": words.standing_word(shown_one.standing, now=now),
        "state_tone": words.standing_tone(shown_one.standing),
        "is_suspended": line.suspended,
        "why": _exempt(line, now=now),
        "methods": [
            {"name": name_of(kind), "is_weak": kind in line.weak, "is_dead": kind in line.dead}
            for kind in (*line.methods, *line.dead)
        ],
        "shut_out": line.shut_out,
        "enrolled": moments.day(line.enrolled_at, now=now) if line.enrolled_at else "",
        "last_used": moments.day(line.last_used_at, now=now) if line.last_used_at else "",
        "codes": ""
        if line.codes_left is None
        else ngettext("%(left)d recovery code", "%(left)d recovery codes", line.codes_left) % {"left": line.codes_left},
        "codes_low": line.codes_left == 0,
        "trusted": ngettext("%(number)d trusted browser", "%(number)d trusted browsers", line.trusted_browsers)
        % {"number": line.trusted_browsers}
        if line.trusted_browsers
        else "",
        "last_sign_in": moments.day(line.last_sign_in_at, now=now) if line.last_sign_in_at else "",
        "how": _how(line.signed_in_by),
    }


def shown(view: ReportView, *, now: datetime) -> dict[str, object]:
    """Return one report, for its page and for the list of the newest."""
    made = view.report
    is_over = made.state is ReportState.READY and not view.has_file
    return {
        "id": made.id,
        "asked_at": moments.day_and_clock(made.asked_at, now=now),
        "by": view.by or gettext("the operator"),
        "whose": gettext("Everybody") if made.end_users else gettext("Team members"),
        "state": "over" if is_over else made.state.value,
        "state_word": _state_word(made.state, is_over=is_over),
        "state_tone": {ReportState.READY: "" if is_over else "good", ReportState.FAILED: "bad"}.get(made.state, ""),
        "is_under_way": made.state in {ReportState.WAITING, ReportState.RUNNING},
        "done": made.done,
        "of": made.of,
        "has_file": view.has_file,
        "until": moments.soon(made.expires_at, now=now) if view.has_file else "",
        "kib": max(1, made.size // 1024),
        "end_users": made.end_users,
    }


def section(request: Request, rules: Rules) -> dict[str, object]:
    """Return the strip about the report: when the last one was made, and whether one is due under these rules."""
    now = request.services.clock.now()
    made_at = request.services.reports.last_made_at(request.account.id)
    return {
        "made_at": moments.day_and_clock(made_at, now=now) if made_at else "",
        "is_due": report_reminder.is_due(request.services, request.account, rules, now=now),
    }


def proof_word(kind: str) -> str:
    """Return what a kind of proof is called."""
    return gettext(_BY[kind]) if kind in _BY else name_of(kind)


def _state_word(state: ReportState, *, is_over: bool) -> str:
    if is_over:
        return gettext("file gone")
    return {
        ReportState.WAITING: gettext("waiting"),
        ReportState.RUNNING: gettext("being made"),
        ReportState.READY: gettext("ready"),
        ReportState.FAILED: gettext("not made"),
    }[state]


def _how(by: str) -> str:
    """Return how a sign-in was proved: kinds of proof, each by its name."""
    kinds = [kind for kind in by.split(" + ") if kind]
    return " + ".join(proof_word(kind) for kind in kinds)
