"""The security overview in words: what each rating says, why, and where it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy, ngettext

from twofold.core.ratings import Finding, Rating, Subject
from twofold.flows import paths, policy, report, sign_up
from twofold.web import moments, pages
from twofold.web.kinds.registry import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from twofold.core.ratings import Rated
    from twofold.flows.overview import Stranded

RATINGS: Final = {
    Rating.CRITICAL: (gettext_lazy("Critical"), "bad"),
    Rating.RECOMMENDED: (gettext_lazy("Recommended"), "warn"),
    Rating.HEALTHY: (gettext_lazy("Healthy"), "good"),
}
_GUIDE: Final = "/guides/admins"
_MAIL: Final = "/admin/account/mail"
_TEXTS: Final = "/admin/account/texts"
_GUIDES: Final = {_MAIL: f"{_GUIDE}#mail", _TEXTS: f"{_GUIDE}#texts"}
"""Where somebody reads how an owner does it, who may not open the page."""
_OWNERS: Final = f"{paths.PEOPLE}?role=owner"
# What it is called, where it is mended, and how the link there is called.
SUBJECTS: Final[dict[Subject, tuple[StrOrPromise, str, StrOrPromise]]] = {
    Subject.TEAM: (
        gettext_lazy("Two-factor authentication for team members"),
        f"{policy.PAGE}#require_team_members",
        gettext_lazy("Require it"),
    ),
    Subject.END_USERS: (
        gettext_lazy("Two-factor authentication for end users"),
        f"{policy.PAGE}#require_end_users",
        gettext_lazy("Require it"),
    ),
    Subject.METHODS: (gettext_lazy("Ways that count for team members"), policy.PAGE, gettext_lazy("Choose the ways")),
    Subject.HOW_OFTEN: (
        gettext_lazy("How often team members are asked"),
        f"{policy.PAGE}#team_trust_days",
        gettext_lazy("Change it"),
    ),
    Subject.NEW_BROWSERS: (gettext_lazy("Browsers that nobody knows"), policy.PAGE, gettext_lazy("Change it")),
    Subject.SESSIONS: (
        gettext_lazy("How long team members stay signed in"),
        f"{policy.PAGE}#team_idle_minutes",
        gettext_lazy("Change it"),
    ),
    Subject.EXEMPTIONS: (
        gettext_lazy("Exemptions"),
        f"{report.PAGE}?who=team&state=exempt",
        gettext_lazy("See who is exempt"),
    ),
    Subject.SIGN_UP: (gettext_lazy("Sign-up"), f"{sign_up.PAGE}#sign_up", gettext_lazy("Say who may sign up")),
    Subject.OWNERS: (gettext_lazy("Owners"), paths.ADD, gettext_lazy("Add a second owner")),
    Subject.MAIL: (gettext_lazy("Mail"), _MAIL, gettext_lazy("Send a test mail")),
    Subject.TEXTS: (gettext_lazy("Text messages"), _TEXTS, gettext_lazy("Mend it")),
    Subject.ADDRESS: (gettext_lazy("Address"), f"{_GUIDE}#address", gettext_lazy("How")),
    Subject.CLOCK: (gettext_lazy("The server's clock"), _GUIDE, gettext_lazy("Guide for admins")),
    Subject.BACKUP: (gettext_lazy("Backup"), f"{_GUIDE}#backup", gettext_lazy("How")),
    Subject.REPORT: (gettext_lazy("2FA status report"), f"{report.PAGE}#status-report", gettext_lazy("Make one")),
}


def sections(
    rated: Iterable[Rated], *, causes: Mapping[Subject, str], may_open_mail: bool, only_reads: bool, now: datetime
) -> list[dict[str, object]]:
    """Return what is rated by its rating, the worst first; ratings that nothing has are left out.

    `causes` says of what messages failed most often. `only_reads`: for somebody who mends nothing, and is led to where
    it can be seen.
    """
    found = list(rated)
    return [
        {
            "rating": rating.value,
            "word": word,
            "tone": tone,
            "entries": [
                _entry(one, causes.get(one.subject, ""), may_open_mail=may_open_mail, only_reads=only_reads, now=now)
                for one in found
                if one.rating is rating
            ],
        }
        for rating, (word, tone) in RATINGS.items()
        if any(one.rating is rating for one in found)
    ]


def stranded(people: Iterable[Stranded]) -> list[dict[str, object]]:
    """Return those whom nobody could get back in, with what they have themselves."""
    return [
        {
            "id": one.person.id,
            "name": one.person.name or one.person.email,
            "role_word": pages.role_word(one.person.role),
            "has": ", ".join(
                (
                    ngettext("%(number)d method", "%(number)d methods", one.methods) % {"number": one.methods},
                    ngettext("%(left)d recovery code left", "%(left)d recovery codes left", one.codes_left)
                    % {"left": one.codes_left},
                )
            ),
        }
        for one in people
    ]


def _entry(one: Rated, cause: str, *, may_open_mail: bool, only_reads: bool, now: datetime) -> dict[str, object]:
    title, url, link_text = SUBJECTS[one.subject]
    if url in _GUIDES and not may_open_mail:
        url, link_text = _GUIDES[url], gettext("How an owner does it")
    only_looks = only_reads or one.rating is Rating.HEALTHY
    if only_looks and one.subject is Subject.OWNERS:
        url = _OWNERS
    return {
        "subject": one.subject.value,
        "title": title,
        "why": _why(one, cause, now=now),
        "url": url,
        "link_text": gettext("Look") if only_looks else link_text,
    }


def _why(one: Rated, cause: str, *, now: datetime) -> str:
    at = moments.day(one.at, now=now) if one.at else ""
    told = {"at": at, "number": one.number, "other": one.other, "kinds": ", ".join(map(name_of, one.kinds))}
    match one.finding:
        case Finding.TRUST_IS_LONG | Finding.TRUST_IS_SHORT if not one.number:
            return gettext("A code is asked for at every sign-in.")
        case Finding.TRUST_IS_LONG:
            return (
                ngettext(
                    "A computer answers for %(number)d day.", "A computer answers for %(number)d days.", one.number
                )
                + " "
                + gettext("30 days at most are usual: whoever finds the computer has it, too.")
            ) % told
        case Finding.TRUST_IS_SHORT:
            return (
                ngettext(
                    "A computer answers for %(number)d day.", "A computer answers for %(number)d days.", one.number
                )
                % told
            )
        case Finding.NONE_GO_OUT | Finding.SOME_FAILED:
            return _failed(one.number, cause, none_since=one.finding is Finding.NONE_GO_OUT)
        case Finding.SOME_SIGN_UP:
            return (
                ngettext(
                    "Only people with an address of %(number)d email domain sign up by themselves.",
                    "Only people with an address of %(number)d email domains sign up by themselves.",
                    one.number,
                )
                % told
            )
        case Finding.SOME_EXEMPT:
            return (
                ngettext(
                    "%(number)d team member is exempt from two-factor authentication.",
                    "%(number)d team members are exempt from two-factor authentication.",
                    one.number,
                )
                % told
            )
        case _:
            return str(WHY[one.finding]) % told


def _failed(number: int, cause: str, *, none_since: bool) -> str:
    sentence = ngettext(
        "%(number)d message of the last 24 hours did not go out, or did not arrive.",
        "%(number)d messages of the last 24 hours did not go out, or did not arrive.",
        number,
    ) % {"number": number}
    parts = [sentence]
    if cause:
        parts.append(gettext("Mostly: %(cause)s.") % {"cause": cause})
    if none_since:
        parts.append(gettext("None was taken since."))
    return " ".join(parts)


WHY: Final[dict[Finding, StrOrPromise]] = {
    Finding.NOT_REQUIRED: gettext_lazy("It is not required: one stolen password opens everything its owner can see."),
    Finding.STARTS_LATER: gettext_lazy("It is required from %(at)s on. Until then a password is enough."),
    Finding.REQUIRED: gettext_lazy("It is required."),
    Finding.WEAK_KINDS_COUNT: gettext_lazy(
        "These count, and can be read by others or talked out of somebody: %(kinds)s. An app is harder to steal from."
    ),
    Finding.ONLY_STRONG_KINDS: gettext_lazy("Only ways count that are hard to steal."),
    Finding.NOT_CHECKED: gettext_lazy(
        "Whoever knows a team member's password can sign in with it on any computer. A mailed code on a new browser "
        "helps while two-factor authentication is not required."
    ),
    Finding.CHECKED: gettext_lazy("A password alone opens nothing on a browser that nobody knows."),
    Finding.SESSIONS_ARE_LONG: gettext_lazy(
        "Signed out after %(number)d minutes without a click, and after %(other)d hours in all. 60 minutes and 12 "
        "hours are what is recommended for people who see other people's data."
    ),
    Finding.SESSIONS_ARE_SHORT: gettext_lazy(
        "Signed out after %(number)d minutes without a click, and after %(other)d hours in all."
    ),
    Finding.NOBODY_EXEMPT: gettext_lazy("No team member is exempt."),
    Finding.ANYBODY_SIGNS_UP: gettext_lazy(
        "Anybody with a mailbox makes a sign-in as an end user. If you know where your customers write from, name "
        "their email domains."
    ),
    Finding.NOBODY_SIGNS_UP: gettext_lazy("Nobody makes a sign-in by themselves: people are added or invited."),
    Finding.ONLY_OWNER: gettext_lazy("There is one owner. If their phone is lost, it takes the server to help them."),
    Finding.SEVERAL_OWNERS: gettext_lazy("%(number)d owners can help each other."),
    Finding.MAIL_NOT_PROVED: gettext_lazy("No test mail came back yet, so codes and warnings may not arrive."),
    Finding.MAIL_PROVED: gettext_lazy("A test mail came back."),
    Finding.NONE_FAILED: gettext_lazy("None failed in the last 24 hours."),
    Finding.NO_TEXTS: gettext_lazy("No provider is named, so nobody is offered codes by text."),
    Finding.THIS_COMPUTER_ONLY: gettext_lazy("Only the computer it runs on reaches it so far."),
    Finding.OVER_TLS: gettext_lazy("It is reached over TLS."),
    Finding.CLOCK_IS_OFF: gettext_lazy(
        "The codes of several people fit the same other moment. ./run doctor on the server says more."
    ),
    Finding.CLOCK_IS_RIGHT: gettext_lazy("Nobody's codes say that it is wrong."),
    Finding.NO_BACKUP: gettext_lazy("There is no backup: with the disk everybody's sign-in would be lost."),
    Finding.OLD_BACKUP: gettext_lazy("The last backup is from %(at)s."),
    Finding.FRESH_BACKUP: gettext_lazy("The last backup is from %(at)s."),
    Finding.REPORT_DUE: gettext_lazy("It is required, and nobody made a report for 90 days."),
    Finding.REPORT_MADE: gettext_lazy("Nobody has to be reminded of it."),
}
"""The sentences that need no counting. A test holds this against the list of findings."""
