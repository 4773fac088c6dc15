"""Admin Center > Roll-out: how far it is, who is stuck, a mail to everybody who has nothing, a pause of some hours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy

from twofold.core.roles import Audience, Permission, has_permission
from twofold.flows import mail_settings, roll_out
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse
from twofold.flows.policy import BadRules, NotMet, OtherAct, SetUpFirst
from twofold.web import errors, moments, pages, spans, told
from twofold.web.admin import (
    alone_words,
    coverage,
    event_words,
    help_person,
    mailed_words,
    policy_words,
    roll_out_first,
    rule_words,
    shut_out_words,
)
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import MOST_NUMBER, Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.http import HttpResponse

    from twofold.flows.roll_out import Coverage, RollOutView, StuckOne
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

SENT: Final = told.declare("announced", "good", gettext_lazy("It is on its way. “Announce” below says to how many."))
TO_NOBODY: Final = told.declare(
    "announced_to_nobody", "warn", gettext_lazy("Nobody was mailed: whoever has to set up has done it.")
)
LIES_HERE: Final = told.declare(
    "announced_in_files",
    "warn",
    gettext_lazy("No mail server is set yet: each mail becomes a file in the folder “mail” of the data folder."),
)
PAUSED: Final = told.declare("paused", "good", gettext_lazy("Paused. Every owner and admin is mailed."))
GOES_ON: Final = told.declare("pause_ended", "good", gettext_lazy("The pause is over."))
LOOKS_AGAIN_EVERY: Final = 20
"""Seconds between two looks of the page at itself."""
_WIDE: Final = 280
_HIGH: Final = 76


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before this goes out"))
def page(request: Request, me: SignedIn) -> Answer:
    """Show the roll-out; send an announcement, pause set-up, end a pause."""
    if request.method != "POST":
        return _page(request, me)
    posted = Posted(request)
    if posted.tick("announce"):
        return _announce(request, me, posted)
    if posted.tick("first"):
        found = roll_out_first.chosen(request, posted, me.policy.rules)
        return _page(request, me, typed=found, wrong=posted.errors) if isinstance(found, dict) else found
    ends = posted.tick("end")
    whose = posted.choice("whose", {one.value for one in Audience} | set(me.policy.rules.groups))
    because = posted.text("because", most=roll_out.LONGEST_REASON)
    seconds = posted.choice("pause_for", {_seconds(one) for one in roll_out.PAUSE_FOR}, default="0")
    typed = {"because": because, "whose": whose}
    if not ends and not because:
        wrong = {"because": gettext("Say in a few words why."), **posted.errors}
        return _page(request, me, typed=typed, wrong=wrong)
    outcome = roll_out.pause(
        request.services,
        request.visit,
        me,
        whose,
        number=posted.number("number", least=0, most=MOST_NUMBER, default=me.policy.number),
        pause_for=None if ends else timedelta(seconds=int(seconds)),
        because=because,
    )
    if isinstance(outcome, NeedsProof):
        return outcome
    if isinstance(outcome, Done):
        return pages.go(request, roll_out.PAGE, said=GOES_ON if ends else PAUSED)
    if isinstance(outcome, SetUpFirst):
        return help_person.holds_nothing(request)
    if isinstance(outcome, OtherAct):
        return _page(request, me, typed=typed, wrong={"page": policy_words.other_act(outcome)})
    if isinstance(outcome, Conflict | NotMet | BadRules):
        sentence = gettext("Somebody else saved meanwhile. Look again, then repeat it.")
        return _page(request, me, typed=typed, wrong={"page": sentence})
    return errors.answer(request, errors.FORBIDDEN)


def _announce(request: Request, me: SignedIn, posted: Posted) -> Answer:
    text = posted.paragraph("text", most=roll_out.LONGEST_TEXT)
    if not text:
        posted.errors.setdefault("text", gettext("Write what the mail says."))
    if posted.errors:
        return _page(request, me, typed={"text": text}, wrong=posted.errors)
    outcome = roll_out.announce(request.services, request.visit, me, text)
    if isinstance(outcome, NeedsProof):
        return outcome
    if isinstance(outcome, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    if not outcome.people and not outcome.is_estimate:
        return pages.go(request, roll_out.PAGE, said=TO_NOBODY)
    leaves = mail_settings.leaves(request.services, request.account.id)
    return pages.go(request, roll_out.PAGE, said=SENT if leaves else LIES_HERE)


def _page(
    request: Request,
    me: SignedIn,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> HttpResponse:
    view = roll_out.look(
        request.services,
        request.visit,
        me,
        is_attended=request.is_attended,
        counts_reach=request.GET.get("reach") == "1",
    )
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    now = request.services.clock.now()
    written = gettext(
        "%(account)s asks for a second factor at sign-in soon. Please set yours up: it takes two minutes, and a stolen "
        "password alone no longer opens your sign-in. If something goes wrong, ask us."
    ) % {"account": request.account.name}
    speaker = rule_words.speaker(request)
    context: dict[str, object] = {
        "here": "roll_out",
        "number": view.number,
        "is_required": view.is_required,
        "is_large": view.is_large,
        "as_of": moments.clock(now),
        "every": LOOKS_AGAIN_EVERY,
        "may_act": has_permission(me.person.role, Permission.EDIT_POLICY),
        "audiences": [
            {
                **_audience(one),
                "since": rule_words.since(
                    me.policy.rules.of(one.audience).required, speaker, of_some=one.alone.tally.people > 0
                ),
                "alone": alone_words.shown(one.alone),
            }
            for one in view.coverage
        ],
        "stuck": [_stuck(one, now=now) for one in view.stuck],
        "more_stuck": view.are_more_stuck,
        "shut_out": shut_out_words.counted([one.shut_out for one in view.coverage]),
        "out": [shut_out_words.one(each) for each in view.out],
        "pauses": [
            {
                "whose": one.whose,
                "name": one.name or policy_words.group_word(Audience(one.whose)),
                "until": moments.soon(one.until, now=now),
                "by": one.by,
                "since": moments.day_and_clock(one.since, now=now) if one.since else "",
                "because": one.because,
            }
            for one in view.pauses
        ],
        "reaches": mailed_words.reach(view.reaches) if view.reaches else "",
        "last_sent": mailed_words.last_sent(view.last, now=now) if view.last else "",
        "choices": _choices(view),
        "first": roll_out_first.shown(view, me.policy.rules, typed or {}, speaker),
        "lengths": [(_seconds(one), spans.rounded(one)) for one in roll_out.PAUSE_FOR],
        "pause_for": _seconds(roll_out.PAUSE_FOR[1]),
        "typed": {"text": written, "because": "", "whose": "", **(typed or {})},
        "problems": [{"name": name, "text": text} for name, text in (wrong or {}).items() if name != "page"],
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "admin/roll_out.html", context, status=status, errors=wrong)


def _audience(one: Coverage) -> dict[str, object]:
    counts = one.tally
    highest = max(counts.people, *(day.set_up for day in one.days), 1)
    steps = max(1, len(one.days) - 1)
    points = [
        f"{number * _WIDE // steps},{_HIGH + 2 - day.set_up * _HIGH // highest}" for number, day in enumerate(one.days)
    ]
    return {
        "key": one.audience.value,
        "heading": policy_words.group_word(one.audience),
        "exempt": counts.exempt,
        "counts": coverage.shown(counts),
        "days": [{"day": moments.day(day.at), "set_up": day.set_up} for day in reversed(one.days)],
        "points": " ".join(points),
        "caption": gettext("%(group)s with a second factor, by day: %(first)d a fortnight ago, %(last)d today.")
        % {
            "group": policy_words.group_word(one.audience),
            "first": one.days[0].set_up,
            "last": one.days[-1].set_up,
        },
    }


def _stuck(stuck: StuckOne, *, now: datetime) -> dict[str, str]:
    return {
        "id": stuck.one.person_id,
        "name": stuck.one.name or stuck.one.email,
        "email": stuck.one.email,
        "since": moments.day_and_clock(stuck.one.last_step_at, now=now),
        "last": str(event_words.sentence(stuck.last.kind)) if stuck.last else "",
    }


def _choices(view: RollOutView) -> list[tuple[str, str]]:
    return [*((one.value, policy_words.group_word(one)) for one in Audience), *view.groups]


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))
