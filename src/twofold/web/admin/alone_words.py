"""In words: of how many a second factor is required by a rule of their own, and where they are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import formats
from django.utils.translation import gettext, ngettext

from twofold.flows import paths
from twofold.flows.counts import AT_ONCE
from twofold.web import pages

if TYPE_CHECKING:
    from twofold.flows.alone import Alone

FILTER: Final = "own_rule"
"""The field by which the People list shows these alone."""


def shown(alone: Alone) -> dict[str, str] | None:
    """Return how many they are and how far, with where they are listed; None where there is nobody."""
    people, set_up = alone.tally.people, max(alone.tally.set_up - alone.shut_out, 0)
    if not people:
        return None
    if alone.are_more:
        text = gettext("Required of more than %(most)s people by a rule of their own.") % {
            "most": formats.number_format(AT_ONCE, force_grouping=True)
        }
    elif people == 1:
        text = (
            gettext("Required of 1 person by a rule of their own, who has a second factor.")
            if set_up
            else gettext("Required of 1 person by a rule of their own, who has no second factor yet.")
        )
    else:
        text = ngettext(
            "Required of %(people)d people by a rule of their own; %(set_up)d of them has a second factor.",
            "Required of %(people)d people by a rule of their own; %(set_up)d of them have a second factor.",
            set_up,
        ) % {"people": people, "set_up": set_up}
    return {"text": text, "url": pages.go_with(paths.PEOPLE, **{FILTER: "1"})}
