"""In words: how many are asked and hold nothing that counts any more, and what would let each of them in."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, ngettext

from twofold.flows import report
from twofold.flows.report_page import Holds, Whose
from twofold.flows.shut_out import ShutOut
from twofold.web import pages
from twofold.web.kinds.registry import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.ports.reports import Surveyed

LIST: Final = pages.go_with(report.PAGE, who=Whose.EVERYBODY.value, holds=Holds.SHUT_OUT.value)


def counted(found: Sequence[ShutOut]) -> dict[str, str] | None:
    """Return how many they are, and where they are listed; None where there is nobody."""
    every = reduce(ShutOut.plus, found, ShutOut())
    if not every.number:
        return None
    text = ngettext(
        "%(number)d person is asked for a second factor and holds nothing that counts any more.",
        "%(number)d people are asked for a second factor and hold nothing that counts any more.",
        every.number,
    ) % {"number": every.number}
    if every.are_more:
        text = f"{text} {gettext('There may be more: not everybody was looked at.')}"
    return {"text": text, "url": LIST}


def one(person: Surveyed) -> dict[str, str]:
    """Return somebody, with what they hold and what lets them in."""
    left = person.codes_left or 0
    has = ngettext("%(left)d recovery code lets them in", "%(left)d recovery codes let them in", left) % {"left": left}
    methods = ", ".join(dict.fromkeys(name_of(each.kind) for each in person.methods))
    return {
        "id": person.id,
        "name": person.name or person.email,
        "email": person.email,
        "has": has if left else gettext("only somebody's help lets them in"),
        "methods": gettext("%(methods)s: no longer counts") % {"methods": methods},
    }
