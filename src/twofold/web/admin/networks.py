"""Admin Center > Account > Security > Network addresses: from where team members may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy

from twofold.core.roles import Permission
from twofold.flows import networks
from twofold.flows.networks import PAGE, BadNetworks
from twofold.flows.outcomes import Refuse
from twofold.flows.policy import LONGEST_REASON
from twofold.web import errors, told
from twofold.web.admin import policy_part
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import MOST_NUMBER, Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.networks import NetworksView
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

SAVED = told.declare("networks_saved", "good", gettext_lazy("Saved. It holds from now on, for open sessions too."))
_LONGEST: Final = 8000


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before it changes who gets in from where"))
def page(request: Request, me: SignedIn) -> Answer:
    """Show the networks, and take others."""
    view = networks.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    if request.method != "POST":
        return _page(request, view, {}, typed="\n".join(view.named))
    posted = Posted(request)
    typed = posted.paragraph("networks", most=_LONGEST)
    because = posted.text("because", most=LONGEST_REASON)
    number = posted.number("number", least=0, most=MOST_NUMBER, default=view.number)
    if posted.errors:
        return _page(request, view, posted.errors, typed=typed, because=because)
    outcome = networks.save(request.services, request.visit, me, typed, number=number, because=because)
    if isinstance(outcome, BadNetworks):
        wrong = {"networks": " ".join(_problem(one.typed, one.meant) for one in outcome.wrong[:5])}
        return _page(request, view, wrong, typed=typed, because=because)
    answer = policy_part.answered(request, outcome, page=PAGE, said=SAVED)
    return _page(request, view, answer, typed=typed, because=because) if isinstance(answer, dict) else answer


def _problem(typed: str, meant: str) -> str:
    if meant:
        return gettext("“%(typed)s” is no network. Did you mean %(meant)s?") % {"typed": typed, "meant": meant}
    return gettext("“%(typed)s” is no network such as 192.0.2.0/24 or 2001:db8::/32.") % {"typed": typed}


def _page(
    request: Request, view: NetworksView, wrong: Mapping[str, str], *, typed: str, because: str = ""
) -> HttpResponse:
    context: dict[str, object] = {
        "form": {"networks": typed, "because": because},
        "number": view.number,
        "own_address": view.own_address,
        "is_restricted": bool(view.named),
    }
    return policy_part.shown(request, "admin/networks.html", context, wrong)
