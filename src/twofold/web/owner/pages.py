"""The first owner: help desk, then email and password, then on to setting up a second factor.

The link works on the machine itself only: a loopback host, asked for directly; or from networks that the operator
named. Nothing is stored before the last page, which uses the link up; what was typed travels in hidden fields.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext

from twofold.core import emails
from twofold.core.refusals import No
from twofold.flows import owner
from twofold.flows.outcomes import Conflict, GoOn, Refuse
from twofold.flows.owner import BadOwner, HelpDesk, Unfit
from twofold.ports.people import LONGEST_NAME
from twofold.settings import LOOPBACK_NAMES, settings
from twofold.web import entering, errors, pages, places, wizard
from twofold.web.address import FORWARDING
from twofold.web.forms import Posted
from twofold.web.methods import require_http_methods
from twofold.web.middleware import host_of
from twofold.web.profile import password

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import HttpResponse

    from twofold.core.refusals import Refusal
    from twofold.web.request import Request

LINK: Final = "link"
_WELCOME: Final = "welcome"
_DESK: Final = "desk"
_PERSON: Final = "person"
_MOST_LINK: Final = 100


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request) -> HttpResponse:
    """Lead whoever holds the link through its three pages."""
    pages.speak(request)
    if not _is_here(request):
        return errors.answer(
            request,
            errors.FORBIDDEN,
            title=gettext("This link works on the server itself"),
            what_next=gettext(
                "Open it there, or through the ssh line that the server printed. "
                "From elsewhere it works only for networks that the operator named with --setup-from."
            ),
        )
    posted = Posted(request)
    token = posted.raw(LINK, most=_MOST_LINK) if request.method == "POST" else request.GET.get(LINK, "")[:_MOST_LINK]
    found = owner.look(request.services, request.visit, token)
    if isinstance(found, Refuse):
        return _over(request, found.because)
    if request.method != "POST":
        return pages.page(request, "owner/welcome.html", {"kept": [(LINK, token), ("step", _WELCOME)]})
    match posted.choice("step", (_WELCOME, _DESK, _PERSON), default=_WELCOME):
        case "desk":
            return _take_desk(request, posted, token)
        case "person":
            return _take_person(request, posted, token)
        case _:
            return _desk_page(request, token, HelpDesk(name="", time_zone=request.account.time_zone), {})


def _is_here(request: Request) -> bool:
    try:
        address = ip_address(request.address)
    except ValueError:
        return False
    # A name of loopback is only what the request says of itself; where it came from decides.
    asked_directly = address.is_loopback and not any(header in request.META for header in FORWARDING)
    if asked_directly and host_of(request) in LOOPBACK_NAMES:
        return True
    return any(address in network for network in settings().setup_from)


def _over(request: Request, because: Refusal) -> HttpResponse:
    """Say that this link does not work, and how to get one that does."""
    what_next = gettext("Get a new one on the server: ./run owner-link. It works for 30 minutes, once.")
    if owner.has_owner(request.services, request.account):
        what_next = gettext("This help desk has an owner already. Sign in, or ask them to add you.")
    title = (
        gettext("This link has expired") if because.no is No.EXPIRED else gettext("This link does not work any more")
    )
    link = ("/sign-in", gettext("Sign in"))
    return errors.answer(request, errors.FORBIDDEN, title=title, what_next=what_next, link=link)


def _read_desk(posted: Posted) -> HelpDesk:
    return HelpDesk(name=posted.text("desk_name"), time_zone=posted.text("time_zone"))


def _take_desk(request: Request, posted: Posted, token: str) -> HttpResponse:
    desk = _read_desk(posted)
    bad = owner.check_help_desk(desk)
    wrong = posted.errors or (_messages(request, bad) if bad else {})
    if wrong:
        return _desk_page(request, token, desk, wrong)
    return _person_page(request, token, desk, {"name": "", "email": ""}, {})


def _take_person(request: Request, posted: Posted, token: str) -> HttpResponse:
    desk = _read_desk(posted)
    form = {
        "name": posted.text("name", most=LONGEST_NAME),
        "email": posted.text("email", most=emails.MOST),
    }
    new_password = posted.raw("new_password")
    if posted.errors:
        return _person_page(request, token, desk, form, posted.errors)
    outcome = owner.begin(
        request.services,
        request.visit,
        token,
        desk,
        email=form["email"],
        name=form["name"],
        new_password=new_password,
    )
    match outcome:
        case GoOn():
            return entering.go_on(request, outcome, onward="/admin/first-steps")
        case BadOwner():
            wrong = _messages(request, outcome)
            if {"desk_name", "time_zone"} & wrong.keys():
                return _desk_page(request, token, desk, wrong)
            return _person_page(request, token, desk, form, wrong)
        case Conflict():
            sentence = gettext("Something else changed meanwhile. Send it once more.")
            return _person_page(request, token, desk, form, {"page": sentence})
        case Refuse(because=because) if because.no is No.BUSY:
            sentence = gettext("Very busy at the moment. Nothing is lost; send it once more in a few seconds.")
            return _person_page(request, token, desk, form, {"page": sentence}, status=errors.BUSY)
        case Refuse(because=because):
            return _over(request, because)
        case _:
            assert_never(outcome)


def _desk_page(request: Request, token: str, desk: HelpDesk, wrong: Mapping[str, str]) -> HttpResponse:
    context: dict[str, object] = {
        "form": {"desk_name": desk.name, "time_zone": desk.time_zone},
        "time_zones": places.zones_by_region(desk.time_zone),
        "is_new": not wrong,
        "kept": [(LINK, token), ("step", _DESK)],
        "step": wizard.owners_step(1),
    }
    return pages.page(request, "owner/desk.html", context, status=errors.BAD_REQUEST if wrong else 200, errors=wrong)


def _person_page(
    request: Request,
    token: str,
    desk: HelpDesk,
    form: Mapping[str, str],
    wrong: Mapping[str, str],
    *,
    status: int = errors.BAD_REQUEST,
) -> HttpResponse:
    kept: Sequence[tuple[str, str]] = [
        (LINK, token),
        ("step", _PERSON),
        ("desk_name", desk.name),
        ("time_zone", desk.time_zone),
    ]
    context: dict[str, object] = {"form": form, "kept": kept, "step": wizard.owners_step(2)}
    return pages.page(request, "owner/person.html", context, status=status if wrong else 200, errors=wrong)


def _messages(request: Request, bad: BadOwner) -> dict[str, str]:
    sentences = {
        Unfit.NO_NAME: gettext("Type a name; people see it wherever they sign in."),
        Unfit.TOO_LONG: gettext("This is too long."),
        Unfit.UNKNOWN_ZONE: gettext("Choose a time zone from the list."),
        Unfit.NOT_AN_ADDRESS: gettext("Type one email address, such as ann@example.com."),
        Unfit.ADDRESS_TAKEN: gettext("Somebody with this address is there already."),
    }
    found = {name: sentences[problem] for name, problem in bad.problems.items()}
    if bad.password is not None:
        found["new_password"] = password.problem(request, bad.password)
    return found
