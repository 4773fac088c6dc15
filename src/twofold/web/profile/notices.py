"""Notices: what somebody is mailed, with a switch for each that they may do without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext_lazy as _

from twofold.core.notices import Notice
from twofold.flows import notice_switches
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof
from twofold.web import doors, forms, pages, told
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

HERE: Final = "/profile/notices"
SAVED = told.declare("notices_saved", "good", _("Saved."))
CONFLICT = told.declare("notices_conflict", "warn", _("Something else changed meanwhile. Look again, then repeat it."))
WORDS: Final[dict[Notice, tuple[StrOrPromise, StrOrPromise]]] = {
    Notice.NEW_BROWSER: (_("A new browser signs in"), _("With a link for “this was not me”.")),
    Notice.FACTOR_SET_UP: (_("A method is set up"), _("With a link for “this was not me”.")),
    Notice.FACTOR_REMOVED: (_("A method is removed, or two-factor authentication is turned off"), ""),
    Notice.RECOVERY_USED: (_("A recovery code is used"), _("With how many are left.")),
    Notice.PASSWORD_CHANGED: (_("The password is changed"), ""),
    Notice.ADDRESS_CHANGED: (_("The email address is changed"), _("The former address is told.")),
    Notice.EXEMPTION_GIVEN: (_("You are exempted from what is required"), _("And before that ends.")),
    Notice.TOO_MANY_WRONG: (_("Too many wrong codes were typed behind your password"), ""),
    Notice.POLICY_WEAKENED: (_("The sign-in policy asks for less"), ""),
    Notice.CALL_FOR_HELP: (_("Somebody asks for help from the sign-in page"), _("It is listed under Help, too.")),
    Notice.REPORT_DUE: (_("No status report was made for long"), ""),
    Notice.NEW_RELEASE: (_("A new version runs"), ""),
}


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(_("before you are told less"))
def page(request: Request, me: SignedIn) -> Answer:
    """Show the switches, and take them."""
    switches = notice_switches.look(me)
    if request.method == "POST":
        posted = forms.Posted(request)
        wanted = frozenset(one.notice.value for one in switches if one.may_silence and posted.tick(one.notice.value))
        outcome = notice_switches.save(request.services, request.visit, me, wanted)
        match outcome:
            case Done():
                return pages.go(request, HERE, said=SAVED)
            case NeedsProof():
                return outcome
            case Conflict() | Gone():
                return pages.go(request, HERE, said=CONFLICT)
            case _:
                assert_never(outcome)
    shown = [
        {
            "name": one.notice.value,
            "label": WORDS[one.notice][0],
            "hint": WORDS[one.notice][1],
            "is_on": one.is_on,
            "may_silence": one.may_silence,
        }
        for one in switches
    ]
    context: dict[str, object] = {
        "here": "notices",
        "switches": [one for one in shown if one["may_silence"]],
        "always": [one for one in shown if not one["may_silence"]],
    }
    return pages.page(request, "profile/notices.html", context)
