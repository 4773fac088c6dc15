"""The form of what is asked of some people beyond the rules of everybody: of a group, or of people one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.web.admin.policy_fields import DAY, MOST_TRUST_DAYS, Fields, Reader, requirement_fields, ways_fields

if TYPE_CHECKING:
    from datetime import timedelta

    from twofold.core.groups import Extra
    from twofold.web.admin.rule_words import Speaker


def shown(extra: Extra, speaker: Speaker) -> Fields:
    """Return the fields that say this."""
    return {
        **requirement_fields(extra.required, zone=speaker.zone, now=speaker.now),
        **ways_fields(extra.accepts, speaker.kinds, zone=speaker.zone, now=speaker.now),
        "trust_days": "" if extra.trust_for is None else str(extra.trust_for // DAY),
    }


def read(reader: Reader, present: Extra, speaker: Speaker) -> Extra:
    """Return what the fields make of what is in force."""
    wanted = reader.tick("require")
    return replace(
        present,
        required=reader.requirement(present.required, wanted=wanted),
        accepts=reader.accepts(present.accepts, speaker.kinds),
        trust_for=_trust_for(reader, present),
    )


def _trust_for(reader: Reader, present: Extra) -> timedelta | None:
    """Return how long trust lasts for them; an empty field leaves it as it is for everybody."""
    if not reader.was_sent("trust_days"):
        return present.trust_for
    if reader.is_empty("trust_days"):
        reader.fields["trust_days"] = ""
        return None
    # What stands in the field is a number of days, so where there was none before it is compared with no days.
    return reader.span("trust_days", present.trust_for or -DAY, DAY, most=MOST_TRUST_DAYS)
