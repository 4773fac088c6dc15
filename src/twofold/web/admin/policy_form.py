"""The form of the policy: from rules to fields, from fields to rules, and both in sentences.

A field that was not sent stands for what the policy says at present, so that a script may post the two boxes alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext

from twofold.core.policy import Requirement, RuleProblem, Weaker
from twofold.core.roles import Audience
from twofold.core.rules import EVERY_SIGN_IN
from twofold.web.forms import Posted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.policy import AudienceRules, Rules, Weakening
    from twofold.web.request import Request

BOXES: Final = {Audience.TEAM: "require_team_members", Audience.END_USERS: "require_end_users"}
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_MOST_DAYS: Final = 365
_MOST_TRUST_DAYS: Final = 90
_MOST_MINUTES: Final = 90 * 24 * 60
_MOST_HOURS: Final = 90 * 24
_LOCAL: Final = "%Y-%m-%dT%H:%M"

Fields = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was posted: the fields to show again, the rules they make, and what is wrong, all by audience."""

    fields: Mapping[Audience, Fields]
    rules: Rules
    wrong: Mapping[Audience, Mapping[str, str]]


def shown(rules: Rules, *, zone: str, now: datetime) -> dict[Audience, Fields]:
    """Return the fields that say these rules."""
    return {audience: _fields_of(rules.for_(audience), zone=zone, now=now) for audience in Audience}


class Carried(Posted):
    """Fields that were posted before, carried in the query while the admin set up their own second factor."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._fields = request.GET


def read(posted: Posted, present: Rules, *, zone: str, now: datetime) -> Typed:
    """Read the fields over the rules in force; `zone` is the account's."""
    read_ones = {audience: _Reader(posted, audience, zone, now) for audience in Audience}
    made = {audience: one.rules(present.for_(audience)) for audience, one in read_ones.items()}
    return Typed(
        fields={audience: one.fields for audience, one in read_ones.items()},
        rules=replace(present, team=made[Audience.TEAM], end_users=made[Audience.END_USERS]),
        wrong={audience: one.wrong for audience, one in read_ones.items()},
    )


class _Reader:
    """Reads one audience's fields; `fields` and `wrong` are complete once `rules` has returned."""

    def __init__(self, posted: Posted, audience: Audience, zone: str, now: datetime) -> None:
        self._sent = dict(posted.kept())
        self._posted = posted
        self._audience = audience
        self._zone = zone
        self._now = now
        self.fields: Fields = {}
        self.wrong: dict[str, str] = {}

    def rules(self, present: AudienceRules) -> AudienceRules:
        """Return the rules that the fields make of the present ones."""
        as_shown = _fields_of(present, zone=self._zone, now=self._now)
        self.fields = {**as_shown, "require": self._posted.tick(BOXES[self._audience])}
        trust = self._number("trust_days", present.trust_for, _DAY, most=_MOST_TRUST_DAYS)
        idle = self._number("idle_minutes", present.idle_for, _MINUTE, least=1, most=_MOST_MINUTES)
        whole = self._number("session_hours", present.session_for, _HOUR, least=1, most=_MOST_HOURS)
        required = self._requirement(present.required)
        return replace(present, trust_for=trust, idle_for=idle, session_for=whole, required=required)

    def _requirement(self, present: Requirement | None) -> Requirement | None:
        grace = self._number("grace_days", present.grace_for if present else timedelta(), _DAY, most=_MOST_DAYS)
        ends = self._choice("open_sessions", ("run_out", "end"), "end" if _ends(present) else "run_out") == "end"
        starts_at = self._starts_at(present)
        self.fields |= {"sessions_end": ends, "sessions_run_out": not ends}
        if not self.fields["require"]:
            return None
        made = present or Requirement(starts_at=starts_at)
        return replace(made, starts_at=starts_at, grace_for=grace, ends_open_sessions=ends)

    def _starts_at(self, present: Requirement | None) -> datetime:
        has_begun = present is not None and present.starts_at <= self._now
        stays = "at" if present is not None and not has_begun else "now"
        later = self._choice("starts", ("now", "at"), stays) == "at"
        typed = self._posted.text(self._name("starts_at"), most=30)
        self.fields |= {"starts_now": not later, "starts_later": later, "starts_at": typed}
        if present is not None and (has_begun or (later and not typed)):
            return present.starts_at
        if not later:
            return self._now
        found = _instant(typed, self._zone)
        if found is None or found < self._now:
            if self.fields["require"]:
                self.wrong["starts_at"] = gettext("Choose a day and time that is still to come.")
            return self._now
        return found

    def _number(self, name: str, present: timedelta, unit: timedelta, *, least: int = 0, most: int) -> timedelta:
        whole = self._name(name)
        if whole not in self._sent:
            return present
        self.fields[name] = self._posted.raw(whole, most=20)
        # What cannot be said in whole units stays as it is while nobody touches it.
        if self.fields[name] == str(present // unit):
            return present
        number = self._posted.number(whole, least=least, most=most, default=present // unit)
        if whole in self._posted.errors:
            self.wrong[name] = self._posted.errors[whole]
            return present
        return number * unit

    def _choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        return self._posted.choice(self._name(name), allowed, default=default)

    def _name(self, name: str) -> str:
        return f"{self._audience.value}_{name}"


def _fields_of(rules: AudienceRules, *, zone: str, now: datetime) -> Fields:
    required = rules.required
    later = required is not None and required.starts_at > now
    ends = _ends(required)
    return {
        "require": required is not None,
        "starts_now": not later,
        "starts_later": later,
        "starts_at": required.starts_at.astimezone(ZoneInfo(zone)).strftime(_LOCAL) if required and later else "",
        "grace_days": str(required.grace_for // _DAY) if required else "0",
        "sessions_end": ends,
        "sessions_run_out": not ends,
        "trust_days": str(rules.trust_for // _DAY),
        "idle_minutes": str(rules.idle_for // _MINUTE),
        "session_hours": str(rules.session_for // _HOUR),
    }


def _ends(required: Requirement | None) -> bool:
    return required is not None and required.ends_open_sessions


def _instant(text: str, zone: str) -> datetime | None:
    try:
        local = datetime.strptime(text, _LOCAL)  # noqa: DTZ007 -- the field has no zone: it is the account's
        return local.replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None


def in_zone(at: datetime, zone: str) -> str:
    """Return an instant as the account's clock says it: "Monday 23 November 2026, 08:00 (Europe/Vienna)"."""
    local = at.astimezone(ZoneInfo(zone))
    form = pgettext("weekday, day, month and year, in Django's date format", "l j F Y")
    return f"{formats.date_format(local, form)}, {formats.date_format(local, 'H:i')} ({zone})"


def group_word(audience: Audience) -> str:
    """Return what an audience is called."""
    return gettext("Team members") if audience is Audience.TEAM else gettext("End users")


def changes(old: Rules, new: Rules, *, zone: str, now: datetime) -> list[str]:
    """Return what is different, a sentence each."""
    return [
        sentence
        for audience in Audience
        for sentence in _changes_of(group_word(audience), old.for_(audience), new.for_(audience), zone, now)
    ]


def _changes_of(group: str, old: AudienceRules, new: AudienceRules, zone: str, now: datetime) -> list[str]:
    found: list[str] = []
    if old.required != new.required:
        found += _requirement_in_words(group, old.required, new.required, zone, now)
    if old.trust_for != new.trust_for:
        found.append(_trust_in_words(group, new.trust_for))
    if old.idle_for != new.idle_for:
        found.append(
            gettext("%(group)s are signed out after %(minutes)d idle minutes.")
            % {"group": group, "minutes": new.idle_for // _MINUTE}
        )
    if old.session_for != new.session_for:
        found.append(
            gettext("%(group)s sign in again after %(hours)d hours.")
            % {"group": group, "hours": new.session_for // _HOUR}
        )
    if old.accepts != new.accepts:
        found.append(gettext("%(group)s: which second factors count changes.") % {"group": group})
    return found


def _requirement_in_words(
    group: str, old: Requirement | None, new: Requirement | None, zone: str, now: datetime
) -> list[str]:
    if new is None:
        return [gettext("%(group)s no longer need a second factor.") % {"group": group}]
    found: list[str] = []
    if old is None or old.starts_at != new.starts_at:
        found.append(
            gettext("%(group)s need a second factor from now on.") % {"group": group}
            if new.starts_at <= now
            else gettext("%(group)s need a second factor from %(at)s.")
            % {"group": group, "at": in_zone(new.starts_at, zone)}
        )
    before = old.grace_for if old else timedelta()
    if new.grace_for != before:
        found.append(
            ngettext(
                "%(group)s who have none may wait for %(days)d day.",
                "%(group)s who have none may wait for %(days)d days.",
                new.grace_for // _DAY,
            )
            % {"group": group, "days": new.grace_for // _DAY}
        )
    if new.ends_open_sessions != _ends(old):
        found.append(
            gettext("%(group)s who are signed in are asked at the start.") % {"group": group}
            if new.ends_open_sessions
            else gettext("%(group)s who are signed in stay so until their session runs out.") % {"group": group}
        )
    return found


def _trust_in_words(group: str, trust_for: timedelta) -> str:
    if trust_for == EVERY_SIGN_IN:
        return gettext("%(group)s are asked for a code at every sign-in.") % {"group": group}
    days = trust_for // _DAY
    return ngettext(
        "%(group)s are asked once in %(days)d day on a computer they trust.",
        "%(group)s are asked once in %(days)d days on a computer they trust.",
        days,
    ) % {"group": group, "days": days}


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
        RuleProblem.NO_KIND_LEFT: ("require", gettext("No kind of second factor would be left.")),
    }[problem]
