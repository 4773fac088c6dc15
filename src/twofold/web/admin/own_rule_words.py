"""The rule for one person alone in sentences: what it asks, and what it would do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, ngettext

from twofold.flows.own_rule_effects import Effect
from twofold.web import moments
from twofold.web.admin import group_words, selected_words
from twofold.web.admin.rule_words import in_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twofold.core.groups import Extra
    from twofold.flows.own_rule_effects import OwnRuleEffect
    from twofold.flows.own_rules import Foreseen
    from twofold.flows.people import PersonView
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


def foreseen(one: Foreseen, speaker: Speaker) -> dict[str, object]:
    """Return what would become of one person, a sentence each."""
    return {
        "id": one.line.id,
        "name": selected_words.name(one.line),
        "effect": one.coming.effect.value if one.coming else "",
        "sentences": [*_coming(one.coming, speaker)] if one.coming else [],
    }


def _coming(coming: OwnRuleEffect, speaker: Speaker) -> Iterator[str]:
    if coming.effect is Effect.FREED and coming.starts_at is not None:
        at = in_zone(coming.starts_at, speaker.zone)
        yield gettext("Would have been asked for a second factor from %(at)s on, and will not be.") % {"at": at}
        return
    is_at_once = coming.starts_at is None and coming.wait_until is None
    yield {
        Effect.NOTHING: gettext("Changes nothing for them: other rules ask as much, or they are not asked at all."),
        Effect.SET_UP: gettext("Has nothing set up, and must set one up at the next sign-in.")
        if is_at_once
        else gettext("Has nothing set up, and must set one up."),
        Effect.ANOTHER: gettext("What they have no longer counts: they must set up another at the next sign-in.")
        if is_at_once
        else gettext("What they have no longer counts: they must set up another."),
        Effect.READY: gettext("Has set one up that counts, and is asked for it."),
        Effect.BETTER: gettext("What they have goes on counting; a notice asks them to set up another way."),
        Effect.STUCK: gettext("Is left without a way to sign in, and needs help."),
        Effect.FREED: gettext("Is no longer asked for a second factor."),
        Effect.EXEMPT: gettext("Is exempt, so nothing is asked of them before that ends."),
    }[coming.effect]
    if coming.starts_at is not None:
        yield gettext("It begins on %(at)s.") % {"at": in_zone(coming.starts_at, speaker.zone)}
    if coming.wait_until is not None and coming.skips is None:
        yield gettext("Until %(at)s they may choose “Later”.") % {"at": in_zone(coming.wait_until, speaker.zone)}
    elif coming.wait_until is not None:
        yield ngettext(
            "Until %(at)s they may choose “Later”, %(times)d time at most.",
            "Until %(at)s they may choose “Later”, %(times)d times at most.",
            coming.skips or 0,
        ) % {"at": in_zone(coming.wait_until, speaker.zone), "times": coming.skips or 0}
    if coming.exempt_until is not None:
        yield gettext("The exemption ends on %(at)s.") % {"at": in_zone(coming.exempt_until, speaker.zone)}
