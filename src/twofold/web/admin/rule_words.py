"""Rules in sentences, whoever they are for: from when a second factor is needed, what counts, how often it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext

from twofold.core.rules import EVERY_SIGN_IN
from twofold.core.wanted import Accepts
from twofold.flows.policy_checks import traits_of, traits_that_work
from twofold.web.admin.policy_fields import DAY, Kinds, last_day, ways_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.core.policy import Requirement
    from twofold.web.request import Request


_A_MOMENT: Final = timedelta(minutes=1)
"""What was typed as “now” is some milliseconds old when it is spoken of."""


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


def since(required: Requirement | None, speaker: Speaker, *, of_some: bool = False) -> str:
    """Return from when something is required, and until when whoever holds nothing may wait.

    `of_some`: where it is not, it still is of some by a rule of their own.
    """
    if required is None:
        return gettext("Not required of everybody here.") if of_some else gettext("Not required.")
    starts_at, ends_at = required.starts_at, required.starts_at + required.grace_for
    said = gettext("Required since %(when)s.") if starts_at <= speaker.now else gettext("Required from %(when)s.")
    said %= {"when": in_zone(starts_at, speaker.zone)}
    if starts_at < ends_at and speaker.now < ends_at:
        said += " " + gettext("Who has none may wait until %(when)s.") % {"when": in_zone(ends_at, speaker.zone)}
    return said


def has_day(old: Requirement | None, new: Requirement | None, *, now: datetime) -> bool:
    """Say whether what is saved here is required from a later day on, so that it applies to nobody yet."""
    return new is not None and new != old and now < new.starts_at


def day_word(until: datetime, zone: str) -> str:
    """Return the last day before an instant, in the account's zone: "5 December 2026"."""
    form = pgettext("day, month and year, in Django's date format", "j F Y")
    return formats.date_format(last_day(until, zone), form)


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
        yield _grace(group, new, speaker)
    if new.skips != (old.skips if old else None):
        if new.skips is None:
            yield gettext("%(group)s who wait may sign in without it as often as they like.") % {"group": group}
        else:
            yield ngettext(
                "%(group)s who wait may sign in without it %(times)d time.",
                "%(group)s who wait may sign in without it %(times)d times.",
                new.skips,
            ) % {"group": group, "times": new.skips}
    if new.ends_open_sessions != (old is not None and old.ends_open_sessions):
        yield (
            gettext("%(group)s who are signed in are asked at the start.")
            if new.ends_open_sessions
            else gettext("%(group)s who are signed in stay so until their session runs out.")
        ) % {"group": group}


def _grace(group: str, new: Requirement, speaker: Speaker) -> str:
    """Say until when whoever has none may wait; where that is over for everybody here, how long newcomers may."""
    days = new.grace_for // DAY
    if not days:
        return gettext("%(group)s who have none cannot wait.") % {"group": group}
    if new.starts_at + new.grace_for <= speaker.now:
        return ngettext(
            "%(group)s who come later and have none may wait for %(days)d day.",
            "%(group)s who come later and have none may wait for %(days)d days.",
            days,
        ) % {"group": group, "days": days}
    return ngettext(
        "%(group)s who have none may wait for %(days)d day, until %(when)s.",
        "%(group)s who have none may wait for %(days)d days, until %(when)s.",
        days,
    ) % {"group": group, "days": days, "when": grace_end(new, speaker)}


def grace_end(required: Requirement, speaker: Speaker) -> str:
    """Return when a grace ends: on a day, where it begins with the next Save and the hour is not known yet."""
    ends_at = required.starts_at + required.grace_for
    if abs(speaker.now - required.starts_at) < _A_MOMENT:
        form = pgettext("weekday, day, month and year, in Django's date format", "l j F Y")
        return formats.date_format(ends_at.astimezone(ZoneInfo(speaker.zone)), form)
    return in_zone(ends_at, speaker.zone)


def accepts_changes(group: str, old: Accepts | None, new: Accepts, speaker: Speaker) -> Iterator[str]:
    """Say which ways count from now on, and what becomes of what no longer does."""
    if new == (old or Accepts()):
        return
    if new.is_everything:
        yield gettext("%(group)s: every way counts from now on.") % {"group": group}
        return
    ways = ways_word(new, speaker.kinds)
    yield gettext("%(group)s: only these ways count from now on: %(ways)s.") % {"group": group, "ways": ways}
    if new.old_ones_count:
        yield gettext("%(group)s: what people have set up goes on counting.") % {"group": group}
    elif new.old_ones_prove_until is not None:
        yield gettext("%(group)s: what no longer counts opens nothing but set-up, until %(day)s.") % {
            "group": group,
            "day": day_word(new.old_ones_prove_until, speaker.zone),
        }


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
