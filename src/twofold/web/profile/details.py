"""One's own profile at a glance, and one's name, language and time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.flows import profile, security
from twofold.flows.outcomes import Conflict, Done, Gone
from twofold.ports.people import LONGEST_NAME
from twofold.web import doors, errors, forms, pages, places, told, words
from twofold.web.methods import require_http_methods, require_safe
from twofold.web.profile import shown

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request

HERE: Final = "/profile/details"
SAVED = told.declare("details_saved", "good", _("Your details are saved."))
CONFLICT = told.declare("details_conflict", "warn", _("Something else changed meanwhile. Nothing was saved."))


@require_safe
@doors.signed_in
def view(request: Request, me: SignedIn) -> HttpResponse:
    """Show the profile: who this is, and the way to the security settings."""
    seen = security.look(request.services, request.visit, me)
    now = request.services.clock.now()
    stands = seen.standing
    context: dict[str, object] = {
        "here": "profile",
        "state": {"word": words.standing_word(stands, now=now), "tone": words.standing_tone(stands)},
        "why": shown.why(seen, request.account, now=now),
        "time_zone": me.person.time_zone or request.account.time_zone,
    }
    return pages.page(request, "profile/view.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
def edit(request: Request, me: SignedIn) -> HttpResponse:
    """Change name, language and time zone."""
    person = me.person
    form = {
        "name": person.name,
        "locale": person.locale or request.account.locale,
        "time_zone": person.time_zone or request.account.time_zone,
    }
    wrong: dict[str, str] = {}
    if request.method == "POST":
        posted = forms.Posted(request)
        form = {
            "name": posted.text("name", most=LONGEST_NAME, required=gettext("Type your name.")),
            "locale": posted.choice("locale", dict(places.locales()), default=form["locale"]),
            "time_zone": posted.choice("time_zone", places.time_zones(form["time_zone"]), default=form["time_zone"]),
        }
        wrong = posted.errors
        if not wrong:
            return _save(request, me, form)
    context: dict[str, object] = {
        "here": "details",
        "form": form,
        "locales": places.locales(),
        "time_zones": places.zones_by_region(person.time_zone, request.account.time_zone),
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "profile/details.html", context, errors=wrong, status=status)


def _save(request: Request, me: SignedIn, form: dict[str, str]) -> HttpResponse:
    outcome = profile.save(
        request.services,
        request.visit,
        me,
        name=form["name"],
        locale=form["locale"],
        time_zone=form["time_zone"],
    )
    match outcome:
        case Done():
            return pages.go(request, HERE, said=SAVED)
        case Conflict() | Gone():
            return pages.go(request, HERE, said=CONFLICT)
