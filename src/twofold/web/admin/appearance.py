"""Admin Center > Account > Appearance: the face of the help desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext, gettext_lazy

from twofold.core.appearance import LOGO_BYTES, LogoProblem
from twofold.core.roles import Permission
from twofold.flows import appearance
from twofold.flows.appearance import BadFace, Face, Unfit
from twofold.flows.outcomes import Conflict, Done, Refuse
from twofold.ports.accounts import LONGEST_HELP, LONGEST_HOURS, LONGEST_LINK, LONGEST_NAME, LONGEST_PHONE, HelpText
from twofold.web import errors, pages, places, told
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.ports.accounts import Account
    from twofold.web.request import Request

HERE: Final = "/admin/account/appearance"
SAVED = told.declare("appearance_saved", "good", gettext_lazy("Saved. Everybody sees it from now on."))
_AUDIENCES: Final = ("team", "end_users")
_MOST_VERSION: Final = 20


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_APPEARANCE)
def page(request: Request, me: SignedIn) -> HttpResponse:
    """Show the face of the account, and take a new one."""
    account = request.account
    if request.method != "POST":
        return _page(request, _fields_of(account), {})
    posted = Posted(request)
    fields = _read(posted)
    version = posted.raw("version", most=_MOST_VERSION)
    wrong = dict(posted.errors)
    if wrong:
        return _page(request, fields, wrong)
    outcome = appearance.save(
        request.services,
        request.visit,
        me,
        _face(request, fields),
        # A script that sends no version means the present one.
        version=int(version) if version.isascii() and version.isdecimal() else account.version,
        locales=dict(places.locales(account.locale)),
    )
    match outcome:
        case Done():
            return pages.go(request, HERE, said=SAVED)
        case BadFace(problems=problems, logo=logo):
            wrong = {name: _message(problem) for name, problem in problems.items()}
            if logo is not None:
                wrong["logo"] = _logo_message(logo)
            return _page(request, fields, wrong)
        case Conflict():
            sentence = gettext("Somebody else saved meanwhile. What you typed is below; save again to put it in force.")
            return _page(request, fields, {"page": sentence})
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)


def _read(posted: Posted) -> dict[str, str]:
    fields = {
        "name": posted.text("name", most=LONGEST_NAME),
        "colour": posted.text("colour", most=20),
        "time_zone": posted.text("time_zone", most=64),
        "locale": posted.text("locale", most=20),
        "privacy_url": posted.text("privacy_url", most=LONGEST_LINK),
        "imprint_url": posted.text("imprint_url", most=LONGEST_LINK),
        "remove_logo": "1" if posted.tick("remove_logo") else "",
    }
    for audience in _AUDIENCES:
        fields |= {
            f"{audience}_help_text": posted.text(f"{audience}_help_text", most=LONGEST_HELP),
            f"{audience}_help_phone": posted.text(f"{audience}_help_phone", most=LONGEST_PHONE),
            f"{audience}_help_hours": posted.text(f"{audience}_help_hours", most=LONGEST_HOURS),
        }
    return fields


def _face(request: Request, fields: Mapping[str, str]) -> Face:
    return Face(
        name=fields["name"],
        colour=fields["colour"],
        time_zone=fields["time_zone"],
        locale=fields["locale"],
        privacy_url=fields["privacy_url"],
        imprint_url=fields["imprint_url"],
        help_team=_help(fields, "team"),
        help_end_users=_help(fields, "end_users"),
        logo=_logo(request, fields),
    )


def _logo(request: Request, fields: Mapping[str, str]) -> bytes | None:
    upload = request.FILES.get("logo")
    if isinstance(upload, UploadedFile) and upload.size:
        # One byte more than may be tells a file that is too large.
        content: bytes = upload.read(LOGO_BYTES + 1)
        return content
    return b"" if fields["remove_logo"] else None


def _help(fields: Mapping[str, str], audience: str) -> HelpText:
    return HelpText(
        text=fields[f"{audience}_help_text"],
        phone=fields[f"{audience}_help_phone"],
        hours=fields[f"{audience}_help_hours"],
    )


def _fields_of(account: Account) -> dict[str, str]:
    fields = {
        "name": account.name,
        "colour": account.colour,
        "time_zone": account.time_zone,
        "locale": account.locale,
        "privacy_url": account.privacy_url,
        "imprint_url": account.imprint_url,
        "remove_logo": "",
    }
    for audience, words in (("team", account.help_team), ("end_users", account.help_end_users)):
        fields |= {
            f"{audience}_help_text": words.text,
            f"{audience}_help_phone": words.phone,
            f"{audience}_help_hours": words.hours,
        }
    return fields


def _page(request: Request, fields: Mapping[str, str], wrong: Mapping[str, str]) -> HttpResponse:
    context: dict[str, object] = {
        "here": "appearance",
        "form": fields,
        "version": request.account.version,
        "time_zones": places.zones_by_region(request.account.time_zone),
        "locales": places.locales(request.account.locale),
        "problems": [{"name": name, "text": text} for name, text in wrong.items() if name != "page"],
    }
    return pages.page(
        request, "admin/appearance.html", context, status=errors.BAD_REQUEST if wrong else 200, errors=wrong
    )


def _message(problem: Unfit) -> str:
    return {
        Unfit.NO_NAME: gettext("Type a name; people see it wherever they sign in."),
        Unfit.TOO_LONG: gettext("This is too long."),
        Unfit.NOT_A_COLOUR: gettext("Type a colour as #RRGGBB, for example #1f6f5c."),
        Unfit.TOO_PALE: gettext("This colour is too pale: buttons of it are hardly seen on a white page."),
        Unfit.UNKNOWN_ZONE: gettext("Choose a time zone from the list."),
        Unfit.UNKNOWN_LANGUAGE: gettext("Choose a language from the list."),
        Unfit.NOT_A_LINK: gettext("Type a whole address that begins with https://."),
    }[problem]


def _logo_message(problem: LogoProblem) -> str:
    return {
        LogoProblem.NOT_PNG: gettext("This file is no PNG picture."),
        LogoProblem.TOO_MANY_BYTES: gettext("This file is larger than 100 KB."),
        LogoProblem.TOO_MANY_PIXELS: gettext("This picture is wider or higher than 1024 pixels."),
    }[problem]
