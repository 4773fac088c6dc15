"""The rule for one person alone in sentences: what it asks, and who decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from twofold.flows.rule_effects import Effect
from twofold.web import moments
from twofold.web.admin import group_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twofold.core.groups import Extra
    from twofold.flows.people import PersonView
    from twofold.flows.rule_effects import Foreseen
    from twofold.web.admin.rule_words import Speaker

_OF_OLD: Final = frozenset({Effect.ANOTHER, Effect.BETTER, Effect.STUCK})


def asking(rule: Extra, speaker: Speaker, *, tells_of_old: bool = True) -> list[str]:
    """Return what it asks for beyond the rules of everybody, a sentence each; the same as of a group."""
    return group_words.asking(rule, speaker, tells_of_old=tells_of_old)


def touches_old(foreseen: Iterable[Foreseen]) -> bool:
    """Say whether anybody holds something that this rule is about to stop counting, or to let count on."""
    return any(one.coming is not None and one.coming.effect in _OF_OLD for one in foreseen)


def of_person(view: PersonView, speaker: Speaker) -> dict[str, object] | None:
    """Return the rule for this person alone, and who set it; None where there is none."""
    own = view.person.own_rule
    if own is None or own.is_nothing:
        return None
    by = ""
    if view.own_rule_at is not None:
        day = moments.day(view.own_rule_at, now=speaker.now)
        by = (
            gettext("%(name)s decided that on %(day)s.") % {"name": view.own_rule_by, "day": day}
            if view.own_rule_by
            else gettext("Decided on %(day)s, by somebody who is not here any more.") % {"day": day}
        )
    return {"asking": asking(own, speaker), "by": by}
