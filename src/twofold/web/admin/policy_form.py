"""The form of the policy on the page Authentication: from rules to fields, and from fields to rules.

A field that was not sent stands for what the policy says at present, so that a script may post the two boxes alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from twofold.core.roles import Audience
from twofold.core.rules import SESSION_MOST
from twofold.web.admin.policy_fields import DAY, MOST_TRUST_DAYS, Fields, Reader, requirement_fields, ways_fields
from twofold.web.forms import Posted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.policy import AudienceRules, Rules
    from twofold.web.admin.rule_words import Speaker
    from twofold.web.request import Request

BOXES: Final = {Audience.TEAM: "require_team_members", Audience.END_USERS: "require_end_users"}
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_MOST_MINUTES: Final = SESSION_MOST // _MINUTE
_MOST_HOURS: Final = SESSION_MOST // _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was posted: the fields to show again, the rules they make, and what is wrong, all by audience."""

    fields: Mapping[Audience, Fields]
    rules: Rules
    wrong: Mapping[Audience, Mapping[str, str]]


CARRIED: Final = "carried"
"""In the query: the fields beside it were typed before, and are not saved."""


class Carried(Posted):
    """Fields that were typed on another page, carried in the query, as the first step of a roll-out does."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._fields = dict(request.GET.lists())


def not_saved(page: str) -> Fields:
    """Return the notice over fields that were carried here; a link that somebody sent can fill in a form as well."""
    sentence = gettext("This is not saved yet. Read it through, then save it.")
    return {"tone": "warn", "text": sentence, "link_url": page, "link_text": gettext("Start afresh")}


def shown(rules: Rules, speaker: Speaker) -> dict[Audience, Fields]:
    """Return the fields that say these rules."""
    return {audience: _fields_of(rules.for_(audience), speaker) for audience in Audience}


def read(posted: Posted, present: Rules, speaker: Speaker) -> Typed:
    """Read the fields over the rules in force."""
    fields: dict[Audience, Fields] = {}
    wrong: dict[Audience, Mapping[str, str]] = {}
    made: dict[Audience, AudienceRules] = {}
    for audience in Audience:
        reader = Reader(posted, audience.value, zone=speaker.zone, now=speaker.now)
        before = present.for_(audience)
        made[audience] = _rules_of(reader, posted, audience, before, speaker)
        fields[audience] = {**_fields_of(before, speaker), **reader.fields}
        wrong[audience] = reader.wrong
    rules = replace(present, team=made[Audience.TEAM], end_users=made[Audience.END_USERS])
    return Typed(fields=fields, rules=rules, wrong=wrong)


def _rules_of(
    reader: Reader, posted: Posted, audience: Audience, present: AudienceRules, speaker: Speaker
) -> AudienceRules:
    reader.fields["require"] = wanted = posted.tick(BOXES[audience])
    made = replace(
        present,
        trust_for=reader.span("trust_days", present.trust_for, DAY, most=MOST_TRUST_DAYS),
        idle_for=reader.span("idle_minutes", present.idle_for, _MINUTE, least=1, most=_MOST_MINUTES),
        session_for=reader.span("session_hours", present.session_for, _HOUR, least=1, most=_MOST_HOURS),
        required=reader.requirement(present.required, wanted=wanted),
        accepts=reader.accepts(present.accepts, speaker.kinds),
    )
    # Boxes that were not ticked are not sent, so the field beside them tells that they were there.
    if reader.was_sent("ways"):
        made = replace(made, one_method=reader.tick("one_method"))
        if audience is Audience.TEAM:
            made = replace(made, checks_new_browsers=reader.tick("new_browsers"))
    return made


def _fields_of(rules: AudienceRules, speaker: Speaker) -> Fields:
    return {
        **requirement_fields(rules.required, zone=speaker.zone, now=speaker.now),
        **ways_fields(rules.accepts, speaker.kinds, zone=speaker.zone, now=speaker.now),
        "one_method": rules.one_method,
        "new_browsers": rules.checks_new_browsers,
        "trust_days": str(rules.trust_for // DAY),
        "idle_minutes": str(rules.idle_for // _MINUTE),
        "session_hours": str(rules.session_for // _HOUR),
    }
