"""What became of people who were selected from a list, a line for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from twofold.flows.selected import Became
from twofold.web import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from twofold.flows.selected import Line, Selected
    from twofold.web.request import Request


def page(request: Request, outcome: Selected, *, said: str, back: tuple[str, str]) -> HttpResponse:
    """Say for how many it was done, and of each of the others why not; `back` is an address and its words."""
    context: dict[str, object] = {
        "here": "people",
        "said": said,
        "tone": "warn" if outcome.left else "good",
        "done": [{"id": line.id, "name": name(line)} for line in outcome.done],
        "left": lines(outcome.left),
        "back_url": back[0],
        "back_text": back[1],
        **pages.once(request),
    }
    return pages.page(request, "admin/selected_done.html", context)


def lines(found: Sequence[Line]) -> list[dict[str, str]]:
    """Return a line for each, with why nothing is done to them."""
    return [{"id": one.id if one.person else "", "name": name(one), "text": _why(one.became)} for one in found]


def name(line: Line) -> str:
    """Return what somebody is called; "" where they are gone."""
    return "" if line.person is None else line.person.name or line.person.email


def _why(became: Became) -> str:
    return {
        Became.DONE: "",
        Became.AS_BEFORE: gettext("It was so already."),
        Became.STILL_BELONGS: gettext("Belongs to it by role or address, and was not put into it by hand."),
        Became.ONESELF: gettext("This is you. Nobody decides this for themselves; another owner or admin can."),
        Became.NOT_ALONE: gettext("An admin cannot decide this alone for an owner or admin. An owner can."),
        Became.OTHER_ACT: gettext(
            "You changed their address or password in the last three days. Another owner or admin has to do this."
        ),
        Became.NO_WAY: gettext("Beside the rules of their audience and groups nothing would be left to sign in with."),
        Became.HAS_SIGNED_IN: gettext("Has signed in before, or has a password. There is nothing to invite them to."),
        Became.SUSPENDED: gettext("Is suspended. End the suspension first."),
        Became.GONE: gettext("Somebody who was removed meanwhile."),
        Became.CHANGED_MEANWHILE: gettext("Something else was changed at the same moment. Select them again."),
    }[became]
