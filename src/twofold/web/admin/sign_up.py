"""Admin Center > Account > Security > Sign-up: who may become an end user unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from twofold.core.roles import Permission
from twofold.core.sign_up import SignUp
from twofold.flows import sign_up_rules
from twofold.flows.outcomes import Refuse
from twofold.flows.policy import LONGEST_REASON
from twofold.flows.sign_up import PAGE
from twofold.web import errors, told
from twofold.web.admin import policy_part
from twofold.web.admin.group_form import LONGEST_DOMAINS, read_domains
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import MOST_NUMBER, Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.sign_up_rules import SignUpRuleView
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

SAVED = told.declare("sign_up_saved", "good", gettext_lazy("Saved."))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before it changes who may sign up"))
def page(request: Request, me: SignedIn) -> Answer:
    """Show who may sign up, and take another rule."""
    view = sign_up_rules.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    if request.method != "POST":
        return _page(request, view, {}, is_open=view.rule.is_open, typed="\n".join(view.rule.domains))
    posted = Posted(request)
    is_open = posted.tick("sign_up")
    typed = posted.paragraph("domains", most=LONGEST_DOMAINS)
    because = posted.text("because", most=LONGEST_REASON)
    number = posted.number("number", least=0, most=MOST_NUMBER, default=view.number)
    wrong = posted.errors
    domains = read_domains(typed, wrong)
    if not wrong:
        rule = SignUp(is_open=is_open, domains=tuple(sorted(domains)))
        outcome = sign_up_rules.save(request.services, request.visit, me, rule, number=number, because=because)
        answer = policy_part.answered(request, outcome, page=PAGE, said=SAVED)
        if not isinstance(answer, dict):
            return answer
        wrong = answer
    return _page(request, view, wrong, is_open=is_open, typed=typed, because=because)


def _page(
    request: Request,
    view: SignUpRuleView,
    wrong: Mapping[str, str],
    *,
    is_open: bool,
    typed: str,
    because: str = "",
) -> HttpResponse:
    context: dict[str, object] = {
        "form": {"sign_up": is_open, "domains": typed, "because": because},
        "number": view.number,
        "is_open": view.rule.is_open,
        "mail_is_proved": view.mail_is_proved,
        "asked_today": view.asked_today,
        "most_a_day": view.most_a_day,
        "address": f"{request.account.base_url}/sign-up",
    }
    return policy_part.shown(request, "admin/sign_up.html", context, wrong)
