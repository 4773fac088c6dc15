"""What the pages of the set-up wizard share: which step it is at, and what each page is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext

from twofold.core.reasons import Reason
from twofold.core.roles import Role
from twofold.flows import set_up
from twofold.flows.set_up import SetUpView
from twofold.ports.attempts import Purpose
from twofold.web import cookies, doors, entering, pages, words
from twofold.web.kinds.registry import named

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.flows.outcomes import GoOn
    from twofold.web.request import Request

INTRO: Final = doors.SET_UP
MAILBOX: Final = "/sign-in/set-up/mailbox"
CHOOSE: Final = "/sign-in/set-up/choose"
CONNECT: Final = "/sign-in/set-up/connect"
CANNOT_NOW: Final = "/sign-in/set-up/cannot-now"
OWNERS_OWN: Final = ("desk", "person")
"""The steps that the first owner takes before the wizard: the help desk, and who they are."""


def look(request: Request) -> SetUpView | HttpResponse:
    """Return the wizard that is open, or the answer that leads to where the person really is."""
    return entering.opened(request, set_up.look(request.services, request.visit, token(request)))


def token(request: Request) -> str:
    """Return the secret of the attempt."""
    return cookies.read(request, cookies.ATTEMPT)


def place(view: SetUpView) -> str:
    """Return the page of the wizard's present step."""
    if view.mailbox is not None:
        return MAILBOX if view.mailbox.sent_at or not view.mailbox.can_send else INTRO
    return CHOOSE if view.offered is None else CONNECT


def begin(request: Request, begun: GoOn, *, onward: str = "") -> HttpResponse:
    """Lead to the first step of a wizard whose first page somebody has read already; `onward` as in entering.go_on."""
    services, visit, attempt = request.services, request.visit, begun.attempt_token or token(request)
    view = set_up.look(services, visit, attempt)
    if isinstance(view, SetUpView) and has_code_to_send(view):
        # Where it may not be sent yet, the first page tells so.
        set_up.send_mailbox_code(services, visit, attempt)
        view = set_up.look(services, visit, attempt)
    url = place(view) if isinstance(view, SetUpView) else ""
    return entering.go_on(request, begun, onward=onward, url=url)


def has_code_to_send(view: SetUpView) -> bool:
    """Tell whether the mailbox has to be proved and nothing was mailed for that yet."""
    return view.mailbox is not None and view.mailbox.sent_at is None and view.mailbox.can_send


def is_forced(view: SetUpView) -> bool:
    """Tell whether a sign-in led here, so that there is no way back to where somebody was."""
    return view.purpose is not Purpose.SET_UP


_TELLING: Final = frozenset(
    {
        Reason.RESET,
        Reason.REQUIRED_FOR_AUDIENCE,
        Reason.REQUIRED_FOR_GROUP,
        Reason.REQUIRED_FOR_PERSON,
        Reason.CHOSEN,
        Reason.LAPSED,
        Reason.KIND_NO_LONGER_ALLOWED,
        Reason.METHODS_OF_GROUP,
        Reason.METHODS_OF_PERSON,
    }
)
"""Reasons that tell on the first page of a forced set-up why it is asked for."""


def ends(request: Request, view: SetUpView) -> dict[str, object]:
    """Return what warns before the attempt ends, and what keeps "reload" from sending a form again."""
    return {"warn_in": entering.warn_in(request, view.ends_at), **pages.once(request)}


def step(view: SetUpView, page: str) -> str:
    """Return "Step 2 of 4" for one of the wizard's pages, counting those alone that this person comes through.

    Empty for codes that are made all the same, because none was left.
    """
    stands = view.standing
    # A sign-in replaces only what lapsed and cannot be proved; that is set up like something first.
    is_first = not (stands.usable or stands.unusable or view.replaces)
    makes_codes = is_first or (view.purpose is Purpose.SIGN_IN and bool(view.replaces))
    steps = [CHOOSE, CONNECT]
    if view.has_mailbox_step:
        steps.insert(0, MAILBOX)
    if makes_codes:
        steps.append(entering.RECOVERY_CODES)
    before = len(OWNERS_OWN) if view.purpose is Purpose.FIRST_OWNER else 0
    return step_word(before + steps.index(page) + 1, before + len(steps)) if page in steps else ""


def owners_step(number: int) -> str:
    """Return "Step 1 of 5" for a page that comes before the wizard of the first owner."""
    return step_word(number, len((*OWNERS_OWN, CHOOSE, CONNECT, entering.RECOVERY_CODES)))


def step_word(number: int, of: int) -> str:
    """Return "Step 2 of 4"."""
    return gettext("Step %(number)d of %(of)d") % {"number": number, "of": of}


def is_further(view: SetUpView) -> bool:
    """Tell whether somebody signed in adds to what they hold, or replaces it."""
    return view.purpose is Purpose.SET_UP and bool(view.standing.usable or view.standing.unusable)


def why(request: Request, view: SetUpView) -> str:
    """Return in a sentence why something is set up."""
    now = request.services.clock.now()
    person = view.person
    # An owner whom the environment made must set up as well, though nothing of theirs was ever reset.
    is_new_owner = person.role is Role.OWNER and person.must_set_up and person.last_sign_in_at is None
    if view.purpose is Purpose.FIRST_OWNER or is_new_owner:
        return gettext("An owner may do everything here, so the owner's sign-in is protected first.")
    match view.purpose:
        case Purpose.SET_UP if view.replaces:
            return gettext("It takes the place of %(old)s, which works until the new one does.") % {
                "old": gettext(" and ").join(named(one.kind, one.thing, one.label) for one in view.replaces)
            }
        case Purpose.SET_UP if is_further(view):
            return gettext("With another way you get in even when the first one is not at hand.")
        case Purpose.SET_UP:
            return gettext("You protect your own sign-in with it.")
        case Purpose.SIGN_IN:
            telling = [because for because in view.standing.reasons if because.reason in _TELLING]
            return " ".join(words.reasons(telling, account_name=request.account.name, now=now))
        case _:
            assert_never(view.purpose)
