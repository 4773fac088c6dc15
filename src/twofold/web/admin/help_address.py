"""People > NAME > Change the address: another email address for somebody who lost the mailbox, and its mailed link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core import emails
from twofold.core.helping import Check
from twofold.core.ids import PersonId
from twofold.core.refusals import No
from twofold.core.roles import NeedsApproval, Permission
from twofold.flows import change_address, paths
from twofold.flows.approvals import Asked
from twofold.flows.change_address import ChangeView, ConfirmView, Problem, Typed, Unfit
from twofold.flows.helping import LONGEST_REASON
from twofold.flows.judged import HoldsNothing
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.ports.people import LONGEST_NAME
from twofold.web import doors, errors, pages, told
from twofold.web.admin import help_person, help_words, person_words
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods
from twofold.web.profile.password import LINK, expired

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

PROPOSED = told.declare(
    "address_proposed",
    "good",
    gettext_lazy("A link went to the new address. It counts once that was opened; until then the old one stays."),
)
_PROBLEMS: Final = {
    Problem.NOT_AN_ADDRESS: ("new_address", gettext_lazy("Type one email address, such as ann@example.com.")),
    Problem.TAKEN: ("new_address", gettext_lazy("Somebody with this address is there already.")),
    Problem.CHECK: ("check", gettext_lazy("Say how you know who it is.")),
    Problem.VOUCHED_BY: ("vouched_by", gettext_lazy("Say who vouches for them.")),
    Problem.REASON: ("reason", gettext_lazy("Say in a few words why; it stands in the history.")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before an address changes"))
def propose(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Take another address, or ask another helper to agree to that."""
    whom = PersonId(person_id)
    view = change_address.look(request.services, request.visit, me, whom)
    if not isinstance(view, ChangeView):
        return help_person.barred(request, view)
    if request.method != "POST":
        return _page(request, view, {}, {})
    posted = Posted(request)
    form = {
        "new_address": posted.text("new_address", most=emails.MOST),
        "check": posted.choice("check", set(Check)),
        "vouched_by": posted.text("vouched_by", most=LONGEST_NAME),
        "reason": posted.text("reason", most=LONGEST_REASON),
    }
    if posted.errors:
        return _page(request, view, form, posted.errors)
    typed = Typed(
        email=form["new_address"],
        check=Check(form["check"]) if form["check"] else None,
        vouched_by=form["vouched_by"],
        reason=form["reason"],
    )
    outcome = change_address.propose(request.services, request.visit, me, whom, typed)
    match outcome:
        case Done():
            return pages.go(request, paths.person(person_id), said=PROPOSED)
        case Asked(id=act_id):
            return pages.go(request, paths.request(act_id), said=help_person.ASKED)
        case Unfit(problem=problem):
            name, message = _PROBLEMS[problem]
            return _page(request, view, form, {name: str(message)})
        case Conflict():
            return _page(request, view, form, {"page": person_words.meanwhile()})
        case NeedsProof():
            return outcome
        case HoldsNothing():
            return help_person.holds_nothing(request)
        case Gone() | Refuse() | Barred():
            return help_person.barred(request, outcome)
        case _:
            assert_never(outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: Request) -> HttpResponse:
    """Confirm a new address from its own mailbox: nothing happens before the button."""
    pages.speak(request)
    token = request.GET.get(LINK, "")
    if request.method == "POST":
        done = change_address.confirm(request.services, request.visit, token)
        if isinstance(done, Refuse):
            return _needs_helper(request) if done.because.no is No.NEEDS_HELPER else _expired(request)
        return pages.page(request, "address_confirmed.html", {})
    view = change_address.look_at_link(request.services, request.visit, token)
    if not isinstance(view, ConfirmView):
        return _expired(request)
    sentence = gettext(
        "From then on you sign in with %(email)s, and our mail goes there. You are signed out everywhere."
    )
    context: dict[str, object] = {
        "link_title": gettext("Confirm your new address"),
        "link_text": sentence % {"email": view.email},
        "button_text": gettext("Use this address"),
        "link_tone": "",
        "hidden": [],
    }
    return pages.page(request, "link_confirm.html", context)


def _needs_helper(request: Request) -> HttpResponse:
    return errors.answer(
        request,
        errors.FORBIDDEN,
        title=gettext("This address does not count yet"),
        what_next=gettext(
            "The rules changed since it was entered: under this address less would be asked of you at sign-in, so a "
            "second helper has to agree. Ask whoever helps you to enter it once more. Until then nothing changes."
        ),
        link=(doors.SIGN_IN, gettext("Sign in with the address you have")),
    )


def _expired(request: Request) -> HttpResponse:
    return expired(request, new_link_url="")


def _page(request: Request, view: ChangeView, form: Mapping[str, str], wrong: Mapping[str, str]) -> HttpResponse:
    needed = view.needed
    context: dict[str, object] = {
        "here": "people",
        "one": {"id": view.person.id, "name": help_words.name_of(view.person), "email": view.person.email},
        "asks": isinstance(needed, NeedsApproval),
        "why_asks": person_words.barred(needed) if isinstance(needed, NeedsApproval) else "",
        "checks": [(one.value, help_words.CHECKS[one][0]) for one in change_address.CHECKS],
        "form": form,
        "problems": [{"name": name, "text": text} for name, text in wrong.items() if name != "page"],
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "admin/person_address.html", context, status=status, errors=wrong)
