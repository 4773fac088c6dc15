"""Admin Center > People > selected people > Allow only some ways: for whom it may be decided, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext, gettext_lazy, ngettext

from twofold.core.roles import Permission
from twofold.core.wanted import Accepts
from twofold.flows import own_rules, paths
from twofold.flows.outcomes import NeedsProof, Refuse
from twofold.flows.policy import BadRules, NotMet, SetUpFirst
from twofold.flows.selected import Selected
from twofold.web import errors, pages, told
from twofold.web.admin import picks, policy_words, rule_words, selected_words
from twofold.web.admin.policy_fields import Reader, ways_fields
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.web.admin.policy_fields import Fields
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

WHOSE: Final = "own"
NOBODY = told.declare("nobody_selected", "warn", gettext_lazy("Select somebody first."))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before it is decided how people sign in"))
def ways(request: Request, me: SignedIn) -> Answer:
    """Ask which ways count for the selected, then say of each what became of it."""
    if request.method != "POST":
        return pages.go(request, paths.PEOPLE)
    posted = Posted(request)
    go = posted.choice("go", ("choose", "save", "remove"), default="choose")
    ids = picks.picked(posted)
    if not ids:
        return pages.go(request, paths.PEOPLE, said=NOBODY)
    found = own_rules.foresee(request.services, request.visit, me, ids)
    if isinstance(found, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    speaker = rule_words.speaker(request)
    present = _present(found)
    if go == "choose":
        return _page(request, found, ways_fields(present, speaker.kinds, zone=speaker.zone, now=speaker.now))
    accepts: Accepts | None = None
    fields: Fields = {}
    if go == "save":
        reader = Reader(posted, WHOSE, zone=speaker.zone, now=speaker.now)
        accepts = reader.accepts(present, speaker.kinds)
        fields = {**ways_fields(present, speaker.kinds, zone=speaker.zone, now=speaker.now), **reader.fields}
        if accepts.is_everything and not reader.wrong:
            reader.wrong["ways"] = gettext("Every way is ticked: take the tick from those that are not to count.")
        if reader.wrong:
            return _page(request, found, fields, wrong=reader.wrong)
    outcome = own_rules.allow_only(request.services, request.visit, me, ids, accepts)
    return _answered(request, found, fields, outcome, is_removed=accepts is None)


def _answered(
    request: Request, found: Selected, fields: Fields, outcome: own_rules.Outcome, *, is_removed: bool
) -> Answer:
    match outcome:
        case Selected():
            return _said(request, outcome, is_removed=is_removed)
        case NeedsProof():
            return outcome
        case SetUpFirst():
            sentence = gettext("Set up your own second factor first: nobody can require what they do not have.")
            return _page(request, found, fields, problem=sentence)
        case NotMet():
            sentence = gettext("You do not meet this yourself: none of your second factors would count.")
            return _page(request, found, fields, wrong={"ways": sentence})
        case BadRules(problems=problems):
            wrong = dict(policy_words.problem_field(problem) for _, problem in problems)
            return _page(request, found, fields, wrong=wrong)
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(outcome)


def _present(found: Selected) -> Accepts:
    """Return what counts for somebody who was selected alone, as the start of the form."""
    alone = found.lines[0].person if len(found.lines) == 1 else None
    return alone.own_rule.accepts if alone is not None and alone.own_rule is not None else Accepts()


def _page(
    request: Request,
    found: Selected,
    fields: Mapping[str, object],
    *,
    wrong: Mapping[str, str] | None = None,
    problem: str = "",
) -> HttpResponse:
    context: dict[str, object] = {
        "here": "people",
        "picked": picks.joined(line.id for line in found.lines),
        "able": [selected_words.name(line) for line in found.done],
        "barred": selected_words.lines(found.left),
        "have_own": any(line.person is not None and line.person.own_rule is not None for line in found.done),
        "typed": fields,
        "wrong": wrong or {},
        "problems": [{"name": f"{WHOSE}_{name}", "text": text} for name, text in (wrong or {}).items()],
    }
    is_wrong = bool(wrong or problem)
    said = {**(wrong or {}), **({"page": problem} if problem else {})}
    return pages.page(
        request,
        "admin/people_ways.html",
        context,
        status=errors.BAD_REQUEST if is_wrong else 200,
        errors=said if is_wrong else None,
    )


def _said(request: Request, outcome: Selected, *, is_removed: bool) -> HttpResponse:
    number = len(outcome.done)
    if is_removed:
        sentence = ngettext(
            "%(number)d person has no rule of their own any more.",
            "%(number)d people have no rule of their own any more.",
            number,
        )
    else:
        sentence = ngettext("It was changed for %(number)d person.", "It was changed for %(number)d people.", number)
    back = (paths.PEOPLE, gettext("All people"))
    return selected_words.page(request, outcome, said=sentence % {"number": number}, back=back)
