"""Whom a change mails, in sentences, before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from twofold.flows.called_off import CALLED_OFF
from twofold.flows.dormant_told import REQUIREMENT_ENDED
from twofold.flows.exemptions import EXEMPTED
from twofold.flows.set_up_told import WANTED
from twofold.flows.ways_told import COUNT_AGAIN, STOP
from twofold.web import moments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from twofold.flows.announcing import Last, Reach
    from twofold.flows.rehearsal import Mailed


def sentences(mailed: Mailed, *, now: datetime, helpers_too: bool) -> list[str]:
    """Say who is mailed what; `helpers_too`: every owner and admin is mailed, which stands elsewhere on the page."""
    found = list(_sentences(mailed, now=now))
    if found:
        return found
    if mailed.is_estimate:
        return [gettext("Nobody, or very few.")]
    return [gettext("Nobody but owners and admins.") if helpers_too else gettext("Nobody.")]


def _sentences(mailed: Mailed, *, now: datetime) -> Iterator[str]:
    number = mailed.people.get(WANTED, 0)
    if number:
        yield ngettext(
            "%(number)d person who has no second factor: that it is required, from when on, and how to set it up.",
            "%(number)d people who have no second factor: that it is required, from when on, and how to set it up.",
            number,
        ) % {"number": number}
        if mailed.reminded_at:
            days = gettext(" and ").join(moments.day_and_clock(at, now=now) for at in mailed.reminded_at)
            yield gettext("Whoever of them still has none is reminded on %(days)s.") % {"days": days}
    number = mailed.people.get(CALLED_OFF, 0)
    if number:
        yield ngettext(
            "%(number)d person who was told to set one up: that they need not any more.",
            "%(number)d people who were told to set one up: that they need not any more.",
            number,
        ) % {"number": number}
    number = mailed.people.get(REQUIREMENT_ENDED, 0)
    if number:
        yield ngettext(
            "%(number)d person who has a second factor: that they are asked for it no more.",
            "%(number)d people who have a second factor: that they are asked for it no more.",
            number,
        ) % {"number": number}
    yield from _of_ways(mailed, now=now)
    number = mailed.people.get(EXEMPTED, 0)
    if number:
        yield ngettext(
            "%(number)d person: that they are exempt, and until when.",
            "%(number)d people: that they are exempt, and until when.",
            number,
        ) % {"number": number}


def _of_ways(mailed: Mailed, *, now: datetime) -> Iterator[str]:
    number = mailed.people.get(STOP, 0)
    if number:
        yield ngettext(
            "%(number)d person who has a way that no longer counts: which one, and until when it opens the set-up of"
            " another.",
            "%(number)d people who have a way that no longer counts: which one, and until when it opens the set-up of"
            " another.",
            number,
        ) % {"number": number}
        if mailed.reminded_of_ways_at:
            days = gettext(" and ").join(moments.day_and_clock(at, now=now) for at in mailed.reminded_of_ways_at)
            yield gettext("Whoever of them still has nothing that counts is reminded on %(days)s.") % {"days": days}
    number = mailed.people.get(COUNT_AGAIN, 0)
    if number:
        yield ngettext(
            "%(number)d person who was told that a way of theirs no longer counts: that they need not set up another.",
            "%(number)d people who were told that a way of theirs no longer counts: that they need not set up another.",
            number,
        ) % {"number": number}


def reach(found: Reach) -> str:
    """Say whom an announcement would reach now."""
    if not found.people:
        return gettext("Nobody, or very few.") if found.is_estimate else gettext("Nobody: whoever has to has set up.")
    if found.is_estimate:
        return ngettext("About %(people)d person.", "About %(people)d people.", found.people) % {"people": found.people}
    return ngettext("%(people)d person.", "%(people)d people.", found.people) % {"people": found.people}


def last_sent(found: Last, *, now: datetime) -> str:
    """Say when the last announcement was sent, by whom, and to how many."""
    people = found.reach.people
    if found.reach.is_estimate:
        to_whom = ngettext("about %(people)d person", "about %(people)d people", people) % {"people": people}
    else:
        to_whom = ngettext("%(people)d person", "%(people)d people", people) % {"people": people}
    words = {"at": moments.day_and_clock(found.at, now=now), "by": found.by, "to_whom": to_whom}
    if not found.by:
        return gettext("%(at)s, to %(to_whom)s.") % words
    return gettext("%(at)s by %(by)s, to %(to_whom)s.") % words
