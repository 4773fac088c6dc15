"""Whom a change mails, in sentences, before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from twofold.flows.called_off import CALLED_OFF
from twofold.flows.dormant_told import REQUIREMENT_ENDED
from twofold.flows.roll_out import ANNOUNCED
from twofold.flows.set_up_told import WANTED
from twofold.web import moments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

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


def announced(mailed: Mailed) -> str:
    """Say whom an announcement would reach."""
    number = mailed.people.get(ANNOUNCED, 0)
    if not number:
        return (
            gettext("Nobody, or very few.")
            if mailed.is_estimate
            else gettext("Nobody: whoever has to set up has done it.")
        )
    if mailed.is_estimate:
        return ngettext("About %(number)d person.", "About %(number)d people.", number) % {"number": number}
    return ngettext("%(number)d person.", "%(number)d people.", number) % {"number": number}
