"""The policy in sentences: what changes, what becomes weaker, what cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext

from twofold.core.policy import RuleProblem, Weaker
from twofold.core.roles import Audience
from twofold.core.rules import EVERY_SIGN_IN
from twofold.flows.policy_checks import traits_of, traits_that_work
from twofold.web.admin.policy_fields import DAY, Kinds, last_day, needs_device, ways_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.core.policy import AudienceRules, Requirement, Rules, Weakening
    from twofold.core.wanted import Accepts
    from twofold.web.request import Request

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """What sentences about a policy need: the account's time zone, now, and every kind of second factor."""

    zone: str
    now: datetime
    kinds: Kinds


def speaker(request: Request) -> Speaker:
    """Return what sentences about a policy need, in this account at this moment."""
    services, account = request.services, request.account
    traits = traits_of(services)
    return Speaker(
        zone=account.time_zone,
        now=services.clock.now(),
        kinds=Kinds(traits=traits, silent=frozenset(traits) - frozenset(traits_that_work(services, account.id))),
    )


def in_zone(at: datetime, zone: str) -> str:
    """Return an instant as the account's clock says it: "Monday 23 November 2026, 08:00 (Europe/Vienna)"."""
    local = at.astimezone(ZoneInfo(zone))
    form = pgettext("weekday, day, month and year, in Django's date format", "l j F Y")
    return f"{formats.date_format(local, form)}, {formats.date_format(local, 'H:i')} ({zone})"


def day_word(until: datetime, zone: str) -> str:
    """Return the last day before an instant, in the account's zone: "5 December 2026"."""
    form = pgettext("day, month and year, in Django's date format", "j F Y")
    return formats.date_format(last_day(until, zone), form)


def group_word(audience: Audience) -> str:
    """Return what an audience is called."""
    return gettext("Team members") if audience is Audience.TEAM else gettext("End users")


def changes(old: Rules, new: Rules, speaker: Speaker) -> list[str]:
    """Return what is different for the audiences, a sentence each."""
    return [
        sentence
        for audience in Audience
        for sentence in _changes_of(group_word(audience), old.for_(audience), new.for_(audience), speaker)
    ]


def _changes_of(group: str, old: AudienceRules, new: AudienceRules, speaker: Speaker) -> Iterator[str]:
    yield from requirement_changes(group, old.required, new.required, speaker)
    yield from accepts_changes(group, old.accepts, new.accepts, speaker)
    if old.one_method != new.one_method:
        yield (
            gettext("%(group)s hold one method at a time: a new one replaces the one before.")
            if new.one_method
            else gettext("%(group)s may hold several methods.")
        ) % {"group": group}
    if old.checks_new_browsers != new.checks_new_browsers:
        yield (
            gettext("%(group)s without a second factor are mailed a code on a new browser.")
            if new.checks_new_browsers
            else gettext("%(group)s without a second factor sign in on a new browser with their password alone.")
        ) % {"group": group}
    if old.trust_for != new.trust_for:
        yield trust_word(group, new.trust_for)
    if old.idle_for != new.idle_for:
        yield gettext("%(group)s are signed out after %(minutes)d idle minutes.") % {
            "group": group,
            "minutes": new.idle_for // _MINUTE,
        }
    if old.session_for != new.session_for:
        yield gettext("%(group)s sign in again after %(hours)d hours.") % {
            "group": group,
            "hours": new.session_for // _HOUR,
        }


def accepts_changes(group: str, old: Accepts, new: Accepts, speaker: Speaker) -> Iterator[str]:
    """Say which ways count from now on, and what becomes of what no longer does."""
    if old == new:
        return
    yield gettext("%(group)s: what counts is %(ways)s.") % {"group": group, "ways": ways_word(new, speaker.kinds)}
    if new.is_everything:
        return
    if new.old_ones_count:
        yield gettext("%(group)s: what people have set up goes on counting.") % {"group": group}
    elif new.old_ones_prove_until is not None:
        yield gettext("%(group)s: what no longer counts opens nothing but set-up, until %(day)s.") % {
            "group": group,
            "day": day_word(new.old_ones_prove_until, speaker.zone),
        }


def requirement_changes(
    group: str, old: Requirement | None, new: Requirement | None, speaker: Speaker
) -> Iterator[str]:
    """Say from when on a second factor is needed, and how long somebody may wait."""
    if new is None:
        if old is not None:
            yield gettext("%(group)s no longer need a second factor.") % {"group": group}
        return
    if old is None or old.starts_at != new.starts_at:
        if new.starts_at <= speaker.now:
            yield gettext("%(group)s need a second factor from now on.") % {"group": group}
        else:
            yield gettext("%(group)s need a second factor from %(at)s.") % {
                "group": group,
                "at": in_zone(new.starts_at, speaker.zone),
            }
    before = old.grace_for if old else timedelta()
    if new.grace_for != before:
        yield ngettext(
            "%(group)s who have none may wait for %(days)d day.",
            "%(group)s who have none may wait for %(days)d days.",
            new.grace_for // DAY,
        ) % {"group": group, "days": new.grace_for // DAY}
    if new.ends_open_sessions != (old is not None and old.ends_open_sessions):
        yield (
            gettext("%(group)s who are signed in are asked at the start.")
            if new.ends_open_sessions
            else gettext("%(group)s who are signed in stay so until their session runs out.")
        ) % {"group": group}


def trust_word(group: str, trust_for: timedelta) -> str:
    """Return how often a trusted computer is asked."""
    if trust_for == EVERY_SIGN_IN:
        return gettext("%(group)s are asked for a code at every sign-in.") % {"group": group}
    days = trust_for // DAY
    return ngettext(
        "%(group)s are asked once in %(days)d day on a computer they trust.",
        "%(group)s are asked once in %(days)d days on a computer they trust.",
        days,
    ) % {"group": group, "days": days}


def warnings(rules: Rules, speaker: Speaker) -> list[str]:
    """Return whom the ways that count leave without one that does without a second device."""
    return [
        gettext("%(group)s: each way that counts needs a second device.") % {"group": group_word(audience)}
        for audience in Audience
        if needs_device(rules.for_(audience).accepts, speaker.kinds)
    ]


def weaker_word(one: Weakening) -> str:
    """Return in which way the policy asks for less."""
    sentences = {
        Weaker.REQUIREMENT_OFF: gettext("%(group)s: a second factor is no longer required."),
        Weaker.REQUIREMENT_LATER: gettext("%(group)s: the requirement starts later."),
        Weaker.GRACE_LONGER: gettext("%(group)s: setting up can wait longer."),
        Weaker.TRUST_LONGER: gettext("%(group)s: a trusted computer is asked less often."),
        Weaker.KINDS_WEAKER: gettext("%(group)s: more kinds of second factors count."),
        Weaker.OLD_ONES_PROVE_LONGER: gettext("%(group)s: what no longer counts proves for longer."),
        Weaker.SESSIONS_LONGER: gettext("%(group)s: sessions last longer."),
        Weaker.NEW_BROWSERS_UNCHECKED: gettext("%(group)s: no mailed code is asked for on a new browser any more."),
        Weaker.GROUP_SMALLER: gettext("%(group)s: fewer people belong to it."),
        Weaker.MEMBER_REMOVED: gettext("%(group)s: somebody was taken out of it."),
    }
    return sentences[one.weaker] % {"group": one.group if one.audience is None else group_word(one.audience)}


def problem_field(problem: RuleProblem) -> tuple[str, str]:
    """Return beside which field a problem of the rules stands, and its message."""
    return {
        RuleProblem.TRUST_OUT_OF_RANGE: ("trust_days", gettext("Type 0, or a whole number from 1 to 90.")),
        RuleProblem.IDLE_OUT_OF_RANGE: (
            "idle_minutes",
            gettext("Somebody idle cannot stay signed in longer than the whole session lasts."),
        ),
        RuleProblem.SESSION_OUT_OF_RANGE: ("session_hours", gettext("A session lasts 90 days at most.")),
        RuleProblem.GRACE_OUT_OF_RANGE: ("grace_days", gettext("A grace lasts 365 days at most.")),
        RuleProblem.SKIPS_OUT_OF_RANGE: ("grace_days", gettext("That number cannot be.")),
        RuleProblem.NO_KIND_LEFT: ("ways", gettext("Tick at least one way: otherwise nobody could sign in.")),
        RuleProblem.NO_WAY_LEFT: ("ways", gettext("None of these is strong enough, so nobody could sign in.")),
        RuleProblem.NOTHING_CAN_BE_SENT: (
            "ways",
            gettext("Nobody could get a code: nothing can be sent this way at present. Tick another way as well."),
        ),
        RuleProblem.NEEDS_MAIL: ("new_browsers", gettext("Mail cannot be sent yet, so nobody would get the code.")),
        RuleProblem.NO_NAME: ("name", gettext("Give the group a name.")),
        RuleProblem.NAME_TOO_LONG: ("name", gettext("A name has 60 characters at most.")),
        RuleProblem.NAME_TAKEN: ("name", gettext("Another group has this name.")),
        RuleProblem.TOO_MANY_GROUPS: ("name", gettext("There are 200 groups already, which is the most.")),
        RuleProblem.TOO_MANY_DOMAINS: ("domains", gettext("A group has 50 domains at most.")),
        RuleProblem.NOT_A_DOMAIN: ("domains", gettext("Type domains such as example.com, one a line.")),
    }[problem]
