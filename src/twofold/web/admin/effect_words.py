"""What another rule would do to selected people, in words: counted, and of each a sentence or two."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from twofold.flows.foresee import NAMED_MOST
from twofold.flows.rule_effects import Effect
from twofold.web.admin import policy_words, selected_words
from twofold.web.admin.rule_words import in_zone
from twofold.web.kinds.registry import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twofold.flows.rule_effects import Foreseen, RuleEffect
    from twofold.web.admin.rule_words import Speaker


def shown(people: Sequence[Foreseen], speaker: Speaker) -> dict[str, object]:
    """Return what partials/effects.html shows of the selected."""
    written = [one for one in people if one.coming is not None]
    stuck = [one for one in written if one.coming is not None and one.coming.effect is Effect.STUCK]
    return {
        "weakens": [
            policy_words.weaker_sentence(weaker, selected_words.name(one.line))
            for one in written
            for weaker in one.weaker
        ],
        "numbers": [{"words": words, "number": number} for words, number in _numbers(written) if number],
        "stuck": {
            "number": len(stuck),
            "named": [{"id": one.line.id, "name": selected_words.name(one.line)} for one in stuck[:NAMED_MOST]],
            "more": max(len(stuck) - NAMED_MOST, 0),
        }
        if stuck
        else None,
        "people": [_foreseen(one, speaker) for one in written],
        "barred": selected_words.lines([one.line for one in people if one.coming is None]),
    }


def _numbers(written: Sequence[Foreseen]) -> list[tuple[str, int]]:
    found = [one.coming for one in written if one.coming is not None]
    of = Counter(one.effect for one in found)
    return [
        (gettext("People"), len(found)),
        (gettext("Notice the change"), sum(one.is_felt for one in written)),
        (gettext("Hold something that no longer counts"), sum(bool(one.stops) for one in found)),
        (gettext("Asked for the code they have"), of[Effect.READY] + of[Effect.BETTER]),
        (gettext("Set up another way, with what they have"), of[Effect.ANOTHER]),
        (gettext("Led through set-up"), of[Effect.SET_UP]),
        (gettext("No longer asked"), of[Effect.FREED]),
        (gettext("Exempt"), of[Effect.EXEMPT]),
    ]


def _foreseen(one: Foreseen, speaker: Speaker) -> dict[str, object]:
    """Return what would become of one person, a sentence each."""
    return {
        "id": one.line.id,
        "name": selected_words.name(one.line),
        "effect": one.coming.effect.value if one.coming else "",
        "sentences": [*_coming(one.coming, speaker)] if one.coming else [],
    }


def _coming(coming: RuleEffect, speaker: Speaker) -> Iterator[str]:
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
    if coming.stops and coming.effect in {Effect.READY, Effect.BETTER}:
        ways = ", ".join(name_of(kind) for kind in coming.stops)
        yield gettext("Of what they have, this counts no longer: %(ways)s.") % {"ways": ways}
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
