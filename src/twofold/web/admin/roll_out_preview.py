"""Admin Center > Roll-out > See what they will see: the pages of set-up with an example in them; nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, ngettext

from twofold.core import emails
from twofold.core.possible import ways
from twofold.core.roles import Audience, Permission, may_read
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.roll_out import PAGE
from twofold.web import doors, errors, mailbox_code, moments, pages, wizard
from twofold.web.kinds import choices
from twofold.web.kinds.registry import KINDS
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request

HERE: Final = "/admin/roll-out/preview"
_STEPS: Final = ("intro", "mailbox", "choose", "connect", "codes", "done")
_OF: Final = 4
_KEY: Final = "EXAMPLE2EXAMPLE3EXAMPLE4EXAMPLE5"
_CODES: Final = 10
# Of the kinds only this one shows something that can be shown as an example; the others send.
_EXAMPLE: Final[JsonObject] = {
    "key": _KEY,
    "hex": "00" * 20,
    "uri": f"otpauth://totp/Example:example?secret={_KEY}&issuer=Example",
    "label": "example",
    "issuer": "Example",
    "algorithm": "SHA1",
    "period": 30,
    "digits": 6,
}


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
def page(request: Request, me: SignedIn) -> HttpResponse:
    """Show one step; whatever is sent leads to the next one and is thrown away."""
    if not may_read(me.person.role, Permission.EDIT_POLICY):
        return errors.answer(request, errors.FORBIDDEN)
    step = request.GET.get("step", "")
    step = step if step in _STEPS else _STEPS[0]
    audience = Audience.END_USERS if request.GET.get("for", "") == Audience.END_USERS.value else Audience.TEAM
    kinds = ways(me.policy.rules.of(audience).accepts, traits_that_work(request.services, request.account.id))
    if request.method == "POST":
        following = [*_STEPS[_STEPS.index(step) + 1 :]]
        shows_key = any(KINDS[kind].connect_template == "kinds/totp_connect.html" for kind in kinds if kind in KINDS)
        if not shows_key and "connect" in following:
            following.remove("connect")
        onward = pages.go_with(HERE, step=following[0], **{"for": audience.value}) if following else PAGE
        return pages.go(request, onward)
    template, context = _shown(request, me, step, audience, kinds)
    context |= {
        "is_forced": False,
        "is_example": True,
        "warn_in": None,
        "notice": {
            "tone": "warn",
            "text": gettext("This is an example. Nothing is stored, and whatever you type is thrown away."),
            "link_url": PAGE,
            "link_text": gettext("Back to the roll-out"),
        },
    }
    return pages.page(request, template, context)


def _shown(
    request: Request, me: SignedIn, step: str, audience: Audience, kinds: tuple[str, ...]
) -> tuple[str, dict[str, object]]:
    now = request.services.clock.now()
    rules = me.policy.rules.of(audience)
    match step:
        case "mailbox":
            return "set_up/mailbox.html", {
                "claimant_email": me.person.email,
                "post_to": request.get_full_path(),
                "step": _step(1),
                "sent_to": emails.mask(me.person.email),
                "sent_at": moments.clock(now),
                "resend": mailbox_code.resend(60),
            }
        case "choose":
            things = choices.shown(kinds, request.account.name)
            return "set_up/choose.html", {"step": _step(2), "things": things}
        case "connect":
            kind = next(KINDS[one] for one in kinds if KINDS[one].connect_template == "kinds/totp_connect.html")
            return kind.connect_template, {"step": _step(3), **kind.connect(_EXAMPLE)}
        case "codes":
            return "set_up/recovery_codes.html", {
                "step": _step(4),
                "claimant_email": me.person.email,
                "made_on": moments.full_day(now),
                "recovery_codes": [f"EXAM-PLE0-0000-{number:04}" for number in range(1, _CODES + 1)],
            }
        case "done":
            days = rules.trust_for.days
            often = ngettext(
                "You are asked for a code when you sign in; on a computer you trust, at most once in %(days)d day.",
                "You are asked for a code when you sign in; on a computer you trust, at most once in %(days)d days.",
                days,
            ) % {"days": days}
            every = gettext("You are asked for a code every time you sign in.")
            return "set_up/done.html", {
                "was_set_up": True,
                "mail_leaves": True,
                "how_often": often if days else every,
                "offer_keep_asking": True,
            }
        case _:
            required = rules.required
            until = required.starts_at + required.grace_for if required and required.grace_for else None
            later = {"until": moments.day(until, now=now), "left": required.skips} if until and required else None
            why = gettext("%(account)s asks for a second factor at sign-in.") % {"account": request.account.name}
            return "set_up/intro.html", {"claimant_email": me.person.email, "why": why, "may_later": later}


def _step(number: int) -> str:
    return wizard.step_word(number, _OF)
