"""The page between a changed policy and Save: what it would do, and to how many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.flows import policy
from twofold.web import pages
from twofold.web.admin import policy_words, rule_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from twofold.core.rules import Rules
    from twofold.flows.foresee import Foreseen
    from twofold.web.request import Request


def page(request: Request, rules: Rules, *, kept: Sequence[tuple[str, str]], here: str) -> HttpResponse:
    """Say what saving these rules would do; the form on it sends `kept` again to the present address."""
    found = policy.preview(request.services, request.visit, rules)
    speaker = rule_words.speaker(request)
    context: dict[str, object] = {
        "here": here,
        "post_to": request.path,
        "kept": kept,
        "changes": policy_words.changes(found.before, rules, speaker) if found.changes else [],
        "weakens": [policy_words.weaker_word(one) for one in found.weakens],
        "warns": policy_words.warnings(rules, speaker),
        "foreseen": [_foreseen(one) for one in found.foreseen],
    }
    return pages.page(request, "admin/authentication_preview.html", context)


def _foreseen(one: Foreseen) -> dict[str, object]:
    return {
        "heading": policy_words.group_word(one.audience),
        "people": one.people,
        "asked": one.asked,
        "led": one.led,
        "left_alone": one.left_alone,
        "dormant": one.dormant,
        "exempt": one.exempt,
        "never_signed_in": one.never_signed_in,
    }
