"""Admin Center > Account > Security > Passwords: the rules for new ones, and setting somebody's."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core.ids import PersonId
from twofold.core.password_rules import LEAST_MOST, PasswordRules
from twofold.core.passwords import LEAST
from twofold.core.refusals import No
from twofold.core.roles import NeedsApproval, Permission
from twofold.flows import password_rules, paths, set_password
from twofold.flows.approvals import Asked
from twofold.flows.helping import LONGEST_REASON
from twofold.flows.judged import HoldsNothing
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.password import Unfit
from twofold.flows.password_rules import PAGE, BadRules
from twofold.web import errors, pages, told
from twofold.web.admin import help_person, person_words
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import MOST_NUMBER, Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods
from twofold.web.profile import password as own_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.password_rules import PasswordRulesView
    from twofold.flows.set_password import SetOutcome, SetPasswordView
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

SAVED = told.declare("passwords_saved", "good", gettext_lazy("Saved. It holds for passwords chosen from now on."))
CONFLICT = told.declare("passwords_conflict", "warn", gettext_lazy("Somebody else saved meanwhile. Look again."))
SET = told.declare(
    "password_set", "good", gettext_lazy("The password is set. The person was mailed, and signed out everywhere.")
)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before the password rules change"))
def rules(request: Request, me: SignedIn) -> Answer:
    """Show the rules for new passwords, and take others."""
    view = password_rules.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    if request.method != "POST":
        return _rules_page(request, view, view.rules, {})
    posted = Posted(request)
    typed = PasswordRules(
        least=posted.number("least", least=LEAST, most=LEAST_MOST, default=view.rules.least),
        admins_set=posted.tick("admins_set"),
    )
    version = posted.number("version", least=0, most=MOST_NUMBER, default=view.version)
    if posted.errors:
        return _rules_page(request, view, typed, posted.errors)
    outcome = password_rules.save(request.services, request.visit, me, typed, version=version)
    match outcome:
        case Done():
            return pages.go(request, PAGE, said=SAVED)
        case NeedsProof():
            return outcome
        case Conflict():
            return pages.go(request, PAGE, said=CONFLICT)
        case BadRules() | Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(outcome)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before you set somebody's password"))
def set_one(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Set somebody's password, or ask another helper to agree to that first."""
    whom = PersonId(person_id)
    view = set_password.look(request.services, request.visit, me, whom)
    if isinstance(view, Gone | Refuse):
        return errors.of(request, view)
    if request.method != "POST":
        return _set_page(request, view, {})
    posted = Posted(request)
    reason = posted.text("reason", most=LONGEST_REASON, required=gettext("Say in a few words why."))
    if not view.may_set:
        if posted.errors:
            return _set_page(request, view, posted.errors, reason=reason)
        return _set(request, view, set_password.ask(request.services, request.visit, me, whom, reason=reason))
    typed = posted.raw("new_password")
    if posted.errors:
        return _set_page(request, view, posted.errors, reason=reason)
    outcome = set_password.set_password(request.services, request.visit, me, whom, new_password=typed, reason=reason)
    return _set(request, view, outcome, reason=reason)


def _set(request: Request, view: SetPasswordView, outcome: SetOutcome, *, reason: str = "") -> Answer:
    match outcome:
        case Done():
            return pages.go(request, paths.person(view.person.id), said=SET)
        case Asked(id=act_id):
            return pages.go(request, paths.request(act_id), said=help_person.ASKED)
        case Unfit(problem=problem):
            return _set_page(request, view, {"new_password": own_password.problem(request, problem)}, reason=reason)
        case NeedsProof():
            return outcome
        case HoldsNothing():
            return help_person.holds_nothing(request)
        case Gone():
            return errors.answer(request, errors.NOT_FOUND)
        case Refuse(because=because) if because.no is No.BUSY:
            return own_password.busy(request)
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case Barred(helping=helping):
            return _set_page(request, view, {"page": person_words.barred(helping)}, reason=reason)
        case Conflict():
            return _set_page(request, view, {"page": person_words.meanwhile()}, reason=reason)
        case _:
            assert_never(outcome)


def _rules_page(
    request: Request, view: PasswordRulesView, shown: PasswordRules, wrong: Mapping[str, str]
) -> HttpResponse:
    context: dict[str, object] = {
        "here": "security",
        "form": {"least": shown.least, "admins_set": shown.admins_set},
        "version": view.version,
        "problems": [{"name": name, "text": text} for name, text in wrong.items()],
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "admin/passwords.html", context, status=status, errors=wrong)


def _set_page(request: Request, view: SetPasswordView, wrong: Mapping[str, str], *, reason: str = "") -> HttpResponse:
    needed = view.needed
    context: dict[str, object] = {
        "here": "people",
        "one": {"id": view.person.id, "name": view.person.name or view.person.email},
        "claimant_email": view.person.email,
        "may_set": view.may_set,
        "has_asked": view.has_asked,
        "waits": isinstance(needed, NeedsApproval) and needed.wait is not None,
        "form": {"reason": reason},
        "problems": [{"name": name, "text": text} for name, text in wrong.items() if name != "page"],
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "admin/person_password.html", context, status=status, errors=wrong)
