"""Pages that save one part of the policy: what becomes of it, in one way."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from django.utils.translation import gettext

from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.policy import BadRules, NotMet, OtherAct, SetUpFirst
from twofold.web import errors, pages
from twofold.web.admin import help_person, policy_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.policy import SaveOutcome
    from twofold.web.fresh import Answer
    from twofold.web.request import Request
    from twofold.web.told import Told

Wrong: TypeAlias = dict[str, str]
"""What is wrong, by the name of its field."""


def answered(request: Request, outcome: SaveOutcome, *, page: str, said: Told) -> Answer | Wrong:
    """Return the answer to a save, or what is wrong with what was typed: it is then shown again."""
    match outcome:
        case Done():
            return pages.go(request, page, said=said)
        case NeedsProof():
            return outcome
        case BadRules(problems=problems):
            return dict(policy_words.problem_field(problem) for _, problem in problems)
        case SetUpFirst() | NotMet():
            return help_person.holds_nothing(request)
        case OtherAct():
            return {"page": policy_words.other_act(outcome)}
        case Conflict():
            return {"page": gettext("Somebody else saved meanwhile. What you typed is below; look again, then save.")}
        case Refuse() | Gone():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(outcome)


def shown(request: Request, template: str, context: Mapping[str, object], wrong: Mapping[str, str]) -> HttpResponse:
    """Return the page of a part, with what is wrong beside its fields and above them."""
    problems = [{"name": name, "text": text} for name, text in wrong.items() if name != "page"]
    whole = {"here": "security", "problems": problems, **context}
    return pages.page(request, template, whole, status=errors.BAD_REQUEST if wrong else 200, errors=wrong)
