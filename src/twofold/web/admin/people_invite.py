"""Admin Center > People: invitations mailed again to people who were selected from the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext, gettext_lazy, ngettext

from twofold.core.roles import Permission
from twofold.flows import inviting, mail_settings, paths
from twofold.flows.outcomes import NeedsProof, Refuse
from twofold.flows.selected import Selected
from twofold.web import errors, pages
from twofold.web.admin import picks, selected_words
from twofold.web.admin.people_rule import NOBODY
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_POST

if TYPE_CHECKING:
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before invitations are mailed"))
def again(request: Request, me: SignedIn) -> Answer:
    """Mail a new invitation to whoever was selected and never signed in."""
    ids = picks.picked(Posted(request))
    if not ids:
        return pages.go(request, paths.PEOPLE, said=NOBODY)
    outcome = inviting.invite_selected(request.services, request.visit, me, ids)
    match outcome:
        case Selected():
            number = len(outcome.done)
            said = ngettext("%(number)d person is invited again.", "%(number)d people are invited again.", number)
            sentence = said % {"number": number}
            if number and not mail_settings.leaves(request.services, request.account.id):
                lies = gettext("No mail server is set yet: they lie in the folder “mail” of the data folder.")
                sentence = f"{sentence} {lies}"
            return selected_words.page(
                request, outcome, said=sentence, back=(paths.PEOPLE, gettext("Back to the list"))
            )
        case NeedsProof():
            return outcome
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(outcome)
