"""Admin Center > People > NAME > Exempt, the same for a group, and the list of open exemptions."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final, assert_never
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_lazy

from twofold.core.ids import GroupId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.core.roles import NeedsApproval, Permission, Refused, has_permission
from twofold.flows import exempting, paths
from twofold.flows.approvals import Asked
from twofold.flows.doing import Given
from twofold.flows.exempting import ExemptView, Missing, Unfit
from twofold.flows.judged import HoldsNothing
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.policy import BadRules, NotMet, OtherAct, SetUpFirst
from twofold.web import errors, moments, pages, told
from twofold.web.admin import help_person, person_words, policy_preview, policy_words
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import MOST_NUMBER, Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_safe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.core.groups import Group
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

LIST: Final = "/admin/exemptions"
_GO: Final = ("save", "preview", "back")
_LAST_MINUTE: Final = time(23, 59)
GIVEN: Final = told.declare("exempted", "good", gettext_lazy("Exempted, and mailed about it."))
GROUP: Final = told.declare("group_exempted", "good", gettext_lazy("The group is exempted."))
ENDED: Final = told.declare("exemption_ended", "good", gettext_lazy("The exemption is over."))
_PROBLEMS: Final = {
    Missing.UNTIL: gettext_lazy("Choose a day from today on, within a year."),
    Missing.REASON: gettext_lazy("Say in a few words why."),
}


@require_safe
@signed_in
@allowed(Permission.EDIT_POLICY)
def listed(request: Request, me: SignedIn) -> HttpResponse:
    """Show the exemptions that stand."""
    after = _cursor(request.GET.get("after", ""))
    found = exempting.listed(request.services, request.visit, me, after=after)
    if isinstance(found, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    context: dict[str, object] = {
        "here": "authentication",
        "groups": [
            {
                "id": group_id,
                "name": group.name,
                "until": _day(group.extra.exempt_until, request),
                "because": group.extra.exempt_because,
            }
            for group_id, group in found.groups
        ],
        "people": [
            {
                "id": line.one.id,
                "name": line.one.name or line.one.email,
                "email": line.one.email,
                "role_word": pages.role_word(line.one.role),
                "is_suspended": line.one.suspended,
                "until": _day(line.one.until, request),
                "because": line.one.because,
                "by": line.by,
            }
            for line in found.people
        ],
        "previous_url": LIST if after else None,
        "next_url": pages.go_with(LIST, after=f"{to_micros(found.after[0])}.{found.after[1]}") if found.after else None,
    }
    return pages.page(request, "admin/exemptions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before somebody is exempted"))
def person(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Exempt somebody until a day, or end that."""
    here = f"{paths.person(person_id)}/exempt"
    if request.method != "POST":
        return _person_page(request, me, person_id)
    posted = Posted(request)
    if posted.tick("end"):
        ended = exempting.end(request.services, request.visit, me, PersonId(person_id))
        if isinstance(ended, Done):
            return pages.go(request, here, said=ENDED)
        return ended if isinstance(ended, NeedsProof) else _not(request, me, person_id, ended)
    until, reason, typed = _typed(posted, request)
    if posted.errors:
        return _person_page(request, me, person_id, typed=typed, wrong=posted.errors)
    outcome = exempting.give(request.services, request.visit, me, PersonId(person_id), until=until, because=reason)
    match outcome:
        case Given():
            return pages.go(request, here, said=GIVEN)
        case Asked(id=act_id):
            return pages.go(request, paths.request(act_id), said=help_person.ASKED)
        case Unfit():
            return _person_page(request, me, person_id, typed=typed, wrong=_wrong(outcome))
        case NeedsProof():
            return outcome
        case HoldsNothing():
            return help_person.holds_nothing(request)
        case Barred() | Gone() | Conflict() | Refuse():
            return _not(request, me, person_id, outcome)
        case _:
            assert_never(outcome)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before the rules change"))
def group(request: Request, me: SignedIn, group_id: str) -> Answer:
    """Exempt a group until a day, or end that."""
    one = me.policy.rules.groups.get(GroupId(group_id))
    if one is None:
        return errors.answer(request, errors.NOT_FOUND)
    if request.method != "POST":
        return _group_page(request, me, group_id, one)
    posted = Posted(request)
    ends = posted.tick("end")
    number = posted.number("number", least=0, most=MOST_NUMBER, default=me.policy.number)
    services, visit = request.services, request.visit
    if ends:
        outcome: object = exempting.end_group(services, visit, me, GroupId(group_id), number=number)
        typed: Mapping[str, str] = {}
    else:
        until, reason, typed = _typed(posted, request)
        go = posted.choice("go", _GO, default="save")
        now = services.clock.now()
        wrong = posted.errors
        if go == "preview" and not wrong:
            wrong = _wrong(Unfit(exempting.problems_of(until, reason, now=now)))
        if wrong or go == "back":
            return _group_page(request, me, group_id, one, typed=typed, wrong=wrong)
        if go == "preview" and until is not None:
            rules = exempting.rules_with(me.policy.rules, GroupId(group_id), until=until, because=reason)
            return policy_preview.page(request, rules, kept=posted.kept(but=("go",)), here="groups")
        outcome = exempting.give_group(
            services, visit, me, GroupId(group_id), number=number, until=until, because=reason
        )
    if isinstance(outcome, NeedsProof):
        return outcome
    if isinstance(outcome, Done):
        here = f"{paths.group(group_id)}/exempt"
        return pages.go(request, here, said=ENDED if ends else GROUP)
    if isinstance(outcome, Unfit):
        return _group_page(request, me, group_id, one, typed=typed, wrong=_wrong(outcome))
    if isinstance(outcome, SetUpFirst):
        return help_person.holds_nothing(request)
    sentence = _why_not_saved(outcome)
    if not sentence:
        return errors.answer(request, errors.FORBIDDEN)
    return _group_page(request, me, group_id, one, typed=typed, wrong={"page": sentence})


def _why_not_saved(outcome: object) -> str:
    if isinstance(outcome, Conflict):
        return gettext("Somebody else saved meanwhile. Look again, then repeat it.")
    if isinstance(outcome, OtherAct):
        return policy_words.other_act(outcome)
    if isinstance(outcome, NotMet | BadRules):
        return gettext("The rules of this group cannot be saved as they are. Change the group first.")
    return ""


def _not(request: Request, me: SignedIn, person_id: str, outcome: Barred | Gone | Conflict | Refuse) -> HttpResponse:
    match outcome:
        case Gone() | Refuse():
            return errors.of(request, outcome)
        case Barred(helping=helping):
            return errors.answer(request, errors.FORBIDDEN, what_next=person_words.barred(helping))
        case Conflict():
            return _person_page(request, me, person_id, wrong={"page": person_words.meanwhile()})
        case _:
            assert_never(outcome)


def _person_page(
    request: Request,
    me: SignedIn,
    person_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> HttpResponse:
    view = exempting.look(request.services, request.visit, me, PersonId(person_id))
    if isinstance(view, Gone | Refuse):
        return errors.of(request, view)
    now = request.services.clock.now()
    one = view.person
    context: dict[str, object] = {
        "here": "people",
        "one": {
            "name": one.name or one.email,
            "email": one.email,
            "back_url": paths.person(one.id),
            "number": "",
        },
        "state": person_words.state(view.standing, now=now),
        "open": _open(request, view),
        "may_end": view.may_end,
        "may_give": has_permission(me.person.role, Permission.EDIT_PEOPLE),
        "barred": person_words.barred(view.needed) if isinstance(view.needed, Refused) else "",
        "needed": person_words.barred(view.needed) if isinstance(view.needed, NeedsApproval) else "",
        "is_weakening": view.is_weakening,
        "is_group": False,
    }
    return _page(request, context, typed, wrong)


def _group_page(
    request: Request,
    me: SignedIn,
    group_id: str,
    one: Group,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> HttpResponse:
    until = one.extra.exempt_until
    is_open = until is not None and request.services.clock.now() < until
    may = has_permission(me.person.role, Permission.EDIT_POLICY)
    context: dict[str, object] = {
        "here": "groups",
        "one": {
            "name": one.name,
            "email": "",
            "back_url": paths.group(group_id),
            "number": me.policy.number,
        },
        "state": None,
        "open": {"until": _day(until, request), "because": one.extra.exempt_because} if is_open else None,
        "may_end": may and is_open,
        "may_give": may,
        "barred": "",
        "needed": "",
        "is_weakening": True,
        "is_group": True,
    }
    return _page(request, context, typed, wrong)


def _page(
    request: Request,
    context: dict[str, object],
    typed: Mapping[str, str] | None,
    wrong: Mapping[str, str] | None,
) -> HttpResponse:
    context |= {
        "typed": typed or {"until": "", "reason": ""},
        "time_zone": request.account.time_zone,
        "problems": [{"name": name, "text": text} for name, text in (wrong or {}).items() if name != "page"],
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "admin/exempt.html", context, status=status, errors=wrong)


def _open(request: Request, view: ExemptView) -> dict[str, object] | None:
    if view.until is None:
        return None
    now = request.services.clock.now()
    return {
        "until": _day(view.until, request),
        "because": view.because,
        "by": view.by,
        "at": moments.day(view.at, now=now) if view.at else "",
    }


def _typed(posted: Posted, request: Request) -> tuple[datetime | None, str, dict[str, str]]:
    """Return the end of the day that was typed, the reason, and both as they were typed."""
    day = posted.text("until", most=10)
    reason = posted.text("reason", most=exempting.LONGEST_REASON)
    return end_of(day, request.account.time_zone), reason, {"until": day, "reason": reason}


def end_of(day: str, zone: str) -> datetime | None:
    """Return the last minute of a day in a time zone; None where it is none, or too far for any exemption."""
    try:
        found = datetime.combine(date.fromisoformat(day), _LAST_MINUTE, tzinfo=ZoneInfo(zone))
        return found.astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        return None


def _wrong(unfit: Unfit) -> dict[str, str]:
    return {problem.value: str(_PROBLEMS[problem]) for problem in unfit.problems}


def _day(at: datetime | None, request: Request) -> str:
    return moments.day_and_clock(at, now=request.services.clock.now()) if at else ""


def _cursor(text: str) -> tuple[datetime, str] | None:
    """Return the place behind which a page begins; anything else begins the list."""
    micros, _, person_id = text.partition(".")
    if not (micros.isascii() and micros.isdecimal() and len(micros) < len("9" * 17)):
        return None
    return from_micros(int(micros)), person_id
