"""The fields that every part of the policy has, an audience's, a group's or a person's: reading and showing them.

A field that was not sent stands for what the policy says at present, so that a script may post some fields alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from twofold.core.possible import ways
from twofold.core.rules import GRACE_MOST, OLD_ONES_PROVE_FOR, TRUST_FOR_MOST
from twofold.core.wanted import Accepts, Requirement
from twofold.web.kinds.registry import KINDS, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.assurance import Traits
    from twofold.web.forms import Posted

DAY: Final = timedelta(days=1)
MOST_DAYS: Final = GRACE_MOST // DAY
MOST_SKIPS: Final = 100
MOST_TRUST_DAYS: Final = TRUST_FOR_MOST // DAY
_LOCAL: Final = "%Y-%m-%dT%H:%M"

Fields = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """Every kind of second factor with its traits, and those of which nothing can be sent at present."""

    traits: Mapping[str, Traits]
    silent: frozenset[str] = frozenset()

    @property
    def has_resistant(self) -> bool:
        """Whether any kind stands up to phishing."""
        return any(one.phishing_resistant for one in self.traits.values())


class Reader:
    """Reads the fields of one part; `fields` (to show again) and `wrong` grow as they are read."""

    def __init__(self, posted: Posted, whose: str, *, zone: str, now: datetime) -> None:
        self._sent = dict(posted.kept())
        self._posted = posted
        self._whose = whose
        self._zone = zone
        self._now = now
        self.fields: Fields = {}
        self.wrong: dict[str, str] = {}

    def tick(self, name: str) -> bool:
        """Tell whether a box was ticked, and show it so again."""
        self.fields[name] = ticked = self._posted.tick(self._name(name))
        return ticked

    def was_sent(self, name: str) -> bool:
        """Tell whether a field was sent at all."""
        return self._name(name) in self._sent

    def is_empty(self, name: str) -> bool:
        """Tell whether nothing was typed into a field."""
        return not self._posted.raw(self._name(name), most=20).strip()

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Return one of `allowed`, and show each as chosen or not."""
        chosen = self._posted.choice(self._name(name), allowed, default=default)
        self.fields |= {f"{name}_{one}": one == chosen for one in allowed}
        return chosen

    def span(self, name: str, present: timedelta, unit: timedelta, *, least: int = 0, most: int) -> timedelta:
        """Return a span in whole units; what cannot be said in them stays as it is while nobody touches it."""
        whole = self._name(name)
        if whole not in self._sent:
            return present
        self.fields[name] = self._posted.raw(whole, most=20)
        if self.fields[name] == str(present // unit):
            return present
        number = self._posted.number(whole, least=least, most=most, default=present // unit)
        if whole in self._posted.errors:
            self.wrong[name] = self._posted.errors[whole]
            return present
        return number * unit

    def requirement(self, present: Requirement | None, *, wanted: bool) -> Requirement | None:
        """Return the requirement that the fields make of the present one; None where none is wanted."""
        grace = self.span("grace_days", present.grace_for if present else timedelta(), DAY, most=MOST_DAYS)
        skips = self._skips(present)
        ends_now = present is not None and present.ends_open_sessions
        ends = self.choice("open_sessions", ("run_out", "end"), "end" if ends_now else "run_out") == "end"
        starts_at = self._starts_at(present, wanted=wanted)
        if not wanted:
            return None
        made = present or Requirement(starts_at=starts_at)
        return replace(made, starts_at=starts_at, grace_for=grace, skips=skips, ends_open_sessions=ends)

    def accepts(self, present: Accepts, kinds: Kinds) -> Accepts:
        """Return which ways count, as the fields make it of what counts at present."""
        if not self.was_sent("ways"):
            return present
        ticked = frozenset(kind for kind in kinds.traits if self._posted.tick(self._name(f"way_{kind}")))
        # A kind of another version of the product, which no box stands for, stays allowed.
        unknown = (present.kinds or frozenset()) - frozenset(kinds.traits)
        wanted = Accepts(
            kinds=None if ticked == frozenset(kinds.traits) else ticked | unknown,
            needs_strong=self.tick("only_strong"),
            needs_phishing_resistant=self.tick("only_resistant")
            if kinds.has_resistant
            else present.needs_phishing_resistant,
        )
        goes_on = self.choice("old", ("set_up", "count"), "count" if present.old_ones_count else "set_up") == "count"
        until = self._old_until(present, wanted)
        self.fields["way"] = _boxes(wanted, kinds)
        if wanted.is_everything:
            made = Accepts()
        elif goes_on:
            made = replace(wanted, old_ones_count=True)
        else:
            made = replace(wanted, old_ones_prove_until=until)
        self.fields |= _about(made, kinds)
        return made

    def _skips(self, present: Requirement | None) -> int | None:
        """Return how often set-up may be put off; empty: any number of times."""
        whole = self._name("grace_skips")
        if whole not in self._sent:
            return present.skips if present else None
        self.fields["grace_skips"] = typed = self._posted.raw(whole, most=20).strip()
        if not typed:
            return None
        number = self._posted.number(whole, least=1, most=MOST_SKIPS, default=1)
        if whole in self._posted.errors:
            self.wrong["grace_skips"] = self._posted.errors[whole]
        return number

    def _starts_at(self, present: Requirement | None, *, wanted: bool) -> datetime:
        has_begun = present is not None and present.starts_at <= self._now
        stays = "at" if present is not None and not has_begun else "now"
        later = self.choice("starts", ("now", "at"), stays) == "at"
        typed = self._posted.text(self._name("starts_at"), most=30)
        self.fields |= {"starts_later": later, "starts_at": typed}
        if present is not None and (has_begun or (later and not typed)):
            return present.starts_at
        if not later:
            return self._now
        found = _instant(typed, self._zone)
        if found is None or found < self._now:
            if wanted:
                self.wrong["starts_at"] = gettext("Choose a day and time that is still to come.")
            return self._now
        return found

    def _old_until(self, present: Accepts, wanted: Accepts) -> datetime | None:
        """Return the end of the day that was chosen, up to which what no longer counts proves."""
        as_shown = _day_shown(present, zone=self._zone, now=self._now)
        typed = self._posted.text(self._name("old_until"), most=10)
        self.fields["old_until"] = typed
        names_others = (present.kinds, present.needs_strong, present.needs_phishing_resistant) != (
            wanted.kinds,
            wanted.needs_strong,
            wanted.needs_phishing_resistant,
        )
        had_one = _has_date(present)
        is_over = present.old_ones_prove_until is not None and present.old_ones_prove_until <= self._now
        if not typed or (typed == as_shown and names_others and is_over):
            # What stops counting today has time from today, whatever date an earlier change had.
            if had_one and not names_others:
                return present.old_ones_prove_until
            return _end_of_day(self._now + OLD_ONES_PROVE_FOR, self._zone)
        if typed == as_shown and had_one:
            return present.old_ones_prove_until
        found = _instant(f"{typed}T00:00", self._zone)
        until = None if found is None else _end_of_day(found, self._zone)
        if until is None or until <= self._now:
            self.wrong["old_until"] = gettext("Choose a day that is still to come.")
            return present.old_ones_prove_until
        return until

    def _name(self, name: str) -> str:
        return f"{self._whose}_{name}"


def requirement_fields(required: Requirement | None, *, zone: str, now: datetime) -> Fields:
    """Return the fields that say this requirement."""
    later = required is not None and required.starts_at > now
    ends = required is not None and required.ends_open_sessions
    return {
        "require": required is not None,
        "starts_now": not later,
        "starts_at": required.starts_at.astimezone(ZoneInfo(zone)).strftime(_LOCAL) if required and later else "",
        "starts_later": later,
        "grace_days": str(required.grace_for // DAY) if required else "0",
        "grace_skips": str(required.skips) if required and required.skips is not None else "",
        "open_sessions_end": ends,
        "open_sessions_run_out": not ends,
    }


def ways_fields(accepts: Accepts, kinds: Kinds, *, zone: str, now: datetime) -> Fields:
    """Return the fields that say which ways count."""
    return {
        "way": _boxes(accepts, kinds),
        "only_strong": accepts.needs_strong,
        "only_resistant": accepts.needs_phishing_resistant,
        "has_resistant": kinds.has_resistant,
        "old_set_up": not accepts.old_ones_count,
        "old_count": accepts.old_ones_count,
        "old_until": _day_shown(accepts, zone=zone, now=now),
        **_about(accepts, kinds),
    }


def ways_word(accepts: Accepts, kinds: Kinds) -> str:
    """Return which ways count, in a few words."""
    if accepts.is_everything:
        return gettext("every way")
    names = [name_of(kind) for kind in ways(accepts, kinds.traits)]
    return ", ".join(names) if names else gettext("none")


def needs_device(accepts: Accepts, kinds: Kinds) -> bool:
    """Tell whether no way that counts does without a second device."""
    left = ways(accepts, kinds.traits)
    return bool(left) and not any(kind in KINDS and KINDS[kind].on_one_device for kind in left)


def last_day(until: datetime, zone: str) -> datetime:
    """Return an instant of the last day before `until`, in the account's zone."""
    return (until - timedelta(microseconds=1)).astimezone(ZoneInfo(zone))


def _boxes(accepts: Accepts, kinds: Kinds) -> list[Fields]:
    return [
        {
            "kind": kind,
            "name": name_of(kind),
            "hint": " ".join(filter(None, (_hint(traits, is_silent=kind in kinds.silent), _note(kind)))),
            "ticked": accepts.kinds is None or kind in accepts.kinds,
        }
        for kind, traits in kinds.traits.items()
    ]


def _note(kind: str) -> str:
    return str(KINDS[kind].note) if kind in KINDS else ""


def _hint(traits: Traits, *, is_silent: bool) -> str:
    if is_silent:
        return gettext("Nothing can be sent this way at present.")
    if traits.phishing_resistant:
        return gettext("Strong, and of no use on a false sign-in page.")
    if traits.strong:
        return gettext("Strong.")
    return gettext("Weaker: the code travels, and can be read on its way.")


def _about(accepts: Accepts, kinds: Kinds) -> Fields:
    """Return what the page says of the ways that count."""
    return {"ways_word": ways_word(accepts, kinds), "needs_device": needs_device(accepts, kinds)}


def _has_date(accepts: Accepts) -> bool:
    return not accepts.is_everything and not accepts.old_ones_count


def _day_shown(accepts: Accepts, *, zone: str, now: datetime) -> str:
    until = accepts.old_ones_prove_until
    if _has_date(accepts):
        return "" if until is None else f"{last_day(until, zone):%Y-%m-%d}"
    return f"{(now + OLD_ONES_PROVE_FOR).astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def _end_of_day(at: datetime, zone: str) -> datetime:
    day = at.astimezone(ZoneInfo(zone)).date() + DAY
    return datetime.combine(day, time(), ZoneInfo(zone))


def _instant(text: str, zone: str) -> datetime | None:
    try:
        local = datetime.strptime(text, _LOCAL)  # noqa: DTZ007 -- the field has no zone: it is the account's
        return local.replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
