"""The page on which somebody new types name and password, whatever link led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from twofold.flows.password import Unfit
from twofold.ports.people import LONGEST_NAME
from twofold.web import errors, forms, pages
from twofold.web.profile.password import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from twofold.core.roles import Role
    from twofold.web.request import Request


def asked(
    request: Request,
    *,
    email: str,
    name: str,
    role: Role,
    will_set_up: bool,
    accept: Callable[[str, str], HttpResponse | Unfit],
) -> HttpResponse:
    """Return the page, or the answer of `accept` once name and password were typed and could be taken."""
    wrong: dict[str, str] = {}
    if request.method == "POST":
        posted = forms.Posted(request)
        name = posted.text("name", most=LONGEST_NAME, required=gettext("Type your name."))
        typed = posted.raw("new_password")
        wrong = posted.errors
        if not wrong:
            outcome = accept(name, typed)
            if not isinstance(outcome, Unfit):
                return outcome
            wrong["new_password"] = problem(request, outcome.problem)
    context: dict[str, object] = {
        "claimant_email": email,
        "invited_by": "",
        "role_word": pages.role_word(role),
        "will_set_up": will_set_up,
        "typed_name": name,
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "invitation.html", context, errors=wrong, status=status)
