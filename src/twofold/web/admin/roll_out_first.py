"""The step "A first group" of the roll-out: choose it, see how far it is, then go on to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.utils.translation import gettext

from twofold.core.roles import Audience
from twofold.flows import groups, policy
from twofold.web import pages
from twofold.web.admin import coverage, rule_words
from twofold.web.admin.group_form import WHOSE
from twofold.web.admin.policy_fields import DAY, MOST_DAYS
from twofold.web.admin.policy_form import BOXES, CARRIED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.core.rules import Rules
    from twofold.core.wanted import Requirement
    from twofold.flows.first_group import Begun
    from twofold.flows.roll_out import RollOutView
    from twofold.web.admin.rule_words import Speaker
    from twofold.web.forms import Posted
    from twofold.web.request import Request

GROUP: Final = "group"
STARTS_AT: Final = "first_starts_at"
GRACE: Final = "first_grace_days"
_LONGEST_INSTANT: Final = 16


def chosen(request: Request, posted: Posted, rules: Rules) -> HttpResponse | dict[str, str]:
    """Lead to the rule of the group that was chosen, filled in; or return what was typed where something is wrong."""
    group = posted.choice(GROUP, {"", *rules.groups})
    starts_at = posted.text(STARTS_AT, most=_LONGEST_INSTANT)
    days = posted.number(GRACE, least=0, most=MOST_DAYS, default=0)
    if not group:
        posted.errors[GROUP] = gettext("Choose a group.")
    if posted.errors:
        return {GROUP: group, STARTS_AT: starts_at, GRACE: posted.raw(GRACE, most=20)}
    fields = _starting(WHOSE, starts_at=starts_at, grace_days=days)
    return pages.go(request, f"{groups.PAGE}/{group}/rule?{urlencode({f'{WHOSE}_require': '1', **fields})}")


def shown(view: RollOutView, rules: Rules, typed: Mapping[str, str], speaker: Speaker) -> dict[str, object]:
    """Return what the step shows; nothing once something is required of both audiences."""
    first = view.first
    return {
        "begun": [_begun(one, rules, first.not_yet, speaker) for one in first.begun],
        "choices": [(group_id, group.name) for group_id, group in first.may_begin],
        "is_open": bool(first.not_yet),
        "typed": {GROUP: "", STARTS_AT: "", GRACE: "7", **typed},
        "time_zone": speaker.zone,
    }


def _begun(one: Begun, rules: Rules, not_yet: tuple[Audience, ...], speaker: Speaker) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "since": rule_words.since(one.required, speaker),
        "counts": coverage.shown(one.tally),
        "everybody": [
            {"url": _for_all(audience, rules, one.required), "words": _all(audience)} for audience in not_yet
        ],
    }


def _for_all(audience: Audience, rules: Rules, like: Requirement) -> str:
    """Return the address of the policy with the same required of an audience, from now on; the other stays as it is."""
    boxes = {BOXES[one]: "1" for one in Audience if one is audience or rules.for_(one).required is not None}
    fields = _starting(audience.value, starts_at="", grace_days=like.grace_for // DAY)
    if like.skips is not None:
        fields[f"{audience.value}_grace_skips"] = str(like.skips)
    return f"{policy.PAGE}?{urlencode({**boxes, **fields})}"


def _starting(whose: str, *, starts_at: str, grace_days: int) -> dict[str, str]:
    when = {f"{whose}_starts": "at", f"{whose}_starts_at": starts_at} if starts_at else {f"{whose}_starts": "now"}
    return {CARRIED: "1", **when, f"{whose}_grace_days": str(grace_days)}


def _all(audience: Audience) -> str:
    return gettext("Now all team members") if audience is Audience.TEAM else gettext("Now all end users")
