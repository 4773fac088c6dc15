"""The page between a changed policy and Save: what it would do, and to how many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.translation import gettext

from twofold.core.roles import Audience
from twofold.flows import mail_settings, policy
from twofold.flows.foresee import SAMPLE
from twofold.flows.weaker_together import NAMED_MOST
from twofold.web import pages
from twofold.web.admin import mailed_words, policy_words, rule_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from twofold.core.rules import Rules
    from twofold.flows.foresee import Foreseen, Month, Named, Some
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
        "together": _people(found.together[:NAMED_MOST], len(found.together)),
        "mails": mailed_words.sentences(
            found.mailed, now=speaker.now, helpers_too=bool(found.weakens or found.together)
        ),
        "warns": policy_words.warnings(rules, speaker),
        "cannot_send_mail": not mail_settings.leaves(request.services, request.account.id),
        "foreseen": [_foreseen(one, rules) for one in found.foreseen.parts],
        "is_estimate": found.foreseen.is_estimate,
        "month_method": _method(is_estimate=found.foreseen.is_estimate),
    }
    return pages.page(request, "admin/authentication_preview.html", context)


def _foreseen(one: Foreseen, rules: Rules) -> dict[str, object]:
    part = one.part
    return {
        "heading": policy_words.group_word(part) if isinstance(part, Audience) else rules.groups[part].name,
        "people": one.people,
        "touched": one.touched,
        "numbers": [{"words": words, "number": number} for words, number in _numbers(one) if number],
        "stuck": _some(one.stuck),
        "freed": _some(one.freed),
        # Only where somebody is freed does it matter who is not.
        "still": _some(one.still) if one.freed.number else None,
        "month": [] if one.month is None else _month(one.month),
    }


def _some(some: Some) -> dict[str, object] | None:
    return _people(some.named, some.number)


def _people(named: Sequence[Named], number: int) -> dict[str, object] | None:
    """Return what partials/some_people.html shows; None for nobody."""
    if not number:
        return None
    shown = [{"id": one.id, "name": one.name} for one in named]
    return {"number": number, "named": shown, "more": number - len(shown) if shown else 0}


def _month(month: Month) -> list[dict[str, object]]:
    """Return how often they would have been asked last month; nothing where nobody signed in."""
    if not month.sign_ins:
        return []
    lines: list[tuple[str, object]] = [
        (gettext("People who signed in"), month.people),
        (gettext("Sign-ins"), month.sign_ins),
        (gettext("Codes asked for, with the present policy"), month.before),
        (gettext("Codes asked for, with this one"), month.after),
    ]
    if month.after:
        average = formats.number_format(month.after / month.people, 1)
        lines.append((gettext("Codes for each of these people, on average"), average))
    return [{"words": words, "number": number} for words, number in lines]


def _method(*, is_estimate: bool) -> str:
    """Say how it is told how often people would have been asked."""
    method = gettext(
        "How often people would have been asked is told from the sign-ins of the last 30 days and their browsers, as "
        "if everybody had a second factor and had left “Don't ask again on this computer” ticked."
    )
    if not is_estimate:
        return method
    sample = gettext("Estimated from %(number)d people of each audience.") % {"number": SAMPLE}
    return f"{method} {sample}"


def _numbers(one: Foreseen) -> list[tuple[str, int]]:
    return [
        (gettext("Asked for the code they have"), one.asked),
        (gettext("Set up another way, with what they have"), one.changing),
        (gettext("Led through set-up"), one.led),
        (gettext("Had no way before, and have none now"), one.shut_out),
        (gettext("Asked for nothing"), one.left_alone),
        (gettext("Keep theirs, not asked for it"), one.dormant),
        (gettext("Exempt"), one.exempt),
        (gettext("Never signed in"), one.never_signed_in),
        (gettext("Can be mailed or texted a code: address or number confirmed"), one.proved),
        (gettext("Hold something unused for 30 days"), one.unused),
    ]
