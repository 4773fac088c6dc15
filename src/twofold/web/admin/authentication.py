"""Admin Center > Account > Security > Advanced > Authentication: who is asked for a second factor, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never
from urllib.parse import urlencode

from django.utils.translation import gettext, gettext_lazy

from twofold.core.roles import Audience, Permission
from twofold.flows import mail_settings, policy, set_up
from twofold.flows.alone import led as led_alone
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.policy import PAGE, BadRules, NotMet, OtherAct, SetUpFirst
from twofold.web import entering, errors, moments, pages, told
from twofold.web.admin import alone_words, policy_form, policy_preview, policy_words, report_words, rule_words
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import MOST_NUMBER, Posted
from twofold.web.fresh import PASSCODE, PASSWORD, fresh
from twofold.web.methods import require_http_methods, require_POST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from twofold.core.policy import Rules
    from twofold.flows.alone import Alone
    from twofold.flows.foresee import Foreseen
    from twofold.flows.policy import PolicyView, Saved, SaveOutcome
    from twofold.flows.visit import SignedIn
    from twofold.web.admin.policy_form import Typed
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

SAVED = told.declare("policy_saved", "good", gettext_lazy("Saved. It applies from the next sign-in on."))
SAVED_FOR_LATER = told.declare(
    "policy_saved_for_later",
    "good",
    gettext_lazy("Saved. What has a day is required from that day on; the rest applies from the next sign-in on."),
)
PUT_BACK = told.declare("policy_put_back", "good", gettext_lazy("Put back. It applies from the next sign-in on."))
PUT_BACK_FOR_LATER = told.declare(
    "policy_put_back_for_later",
    "good",
    gettext_lazy("Put back. What has a day is required from that day on; the rest applies from the next sign-in on."),
)
UNCHANGED = told.declare("policy_unchanged", "", gettext_lazy("Nothing was different, so nothing was saved."))


HERE: Final = "authentication"
_GO: Final = ("save", "preview", "back")
_DIGITS: Final = 10


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before the rules change"))
def authentication(request: Request, me: SignedIn) -> Answer:
    """Show the policy; take a changed one, to say what it would do or to save it."""
    view = policy.look(request.services, request.visit, me, before=_before(request))
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    by = rule_words.speaker(request)
    if request.method != "POST":
        if policy_form.CARRIED in request.GET:
            carried = policy_form.read(policy_form.Carried(request), view.current.rules, by)
            return _page(request, view, carried.fields, wrong=carried.wrong, is_carried=True)
        return _page(request, view, policy_form.shown(view.current.rules, by))
    posted = Posted(request)
    go = posted.choice("go", _GO, default="save")
    because = posted.text("because", most=policy.LONGEST_REASON)
    number = _number(posted, view)
    typed = policy_form.read(posted, view.current.rules, by)
    wrong = {audience: dict(found) for audience, found in typed.wrong.items()}
    if go == "back":
        return _page(request, view, typed.fields, because=because, number=number)
    if any(wrong.values()) or "because" in posted.errors:
        page_errors = {"because": posted.errors["because"]} if "because" in posted.errors else {}
        return _page(request, view, typed.fields, because=because, number=number, wrong=wrong, page_errors=page_errors)
    if go == "preview":
        return policy_preview.page(request, typed.rules, kept=posted.kept(but=("go",)), here=HERE)
    outcome = policy.save(request.services, request.visit, me, number=number, rules=typed.rules, because=because)
    said = _said(view.current.rules, typed.rules, now=request.services.clock.now())
    return _after(request, view, typed, outcome, said=said, because=because)


@require_POST
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before the rules change"))
def restore(request: Request, me: SignedIn) -> Answer:
    """Say what putting an earlier version back would do, and do it."""
    view = policy.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    posted = Posted(request)
    go = posted.choice("go", _GO, default="preview")
    back_to = posted.number("back_to", least=0, most=MOST_NUMBER, default=-1)
    earlier = request.services.policy.by_number(request.account.id, back_to) if back_to >= 0 else None
    if earlier is None:
        return errors.answer(request, errors.NOT_FOUND)
    if go == "back":
        return pages.go(request, PAGE)
    if go == "preview":
        return policy_preview.page(request, earlier.rules, kept=posted.kept(but=("go",)), here=HERE)
    because = gettext("Version %(number)d put back") % {"number": back_to}
    outcome = policy.restore(
        request.services, request.visit, me, number=_number(posted, view), back_to=back_to, because=because
    )
    fields = policy_form.shown(view.current.rules, rule_words.speaker(request))
    as_typed = policy_form.Typed(fields=fields, rules=earlier.rules, wrong={})
    said = _said(view.current.rules, earlier.rules, now=request.services.clock.now(), is_back=True)
    return _after(request, view, as_typed, outcome, said=said)


@require_POST
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before your second factor is set up"))
def set_up_first(request: Request, me: SignedIn) -> Answer:
    """Lead an admin who holds no second factor through their own set-up, and back to what they had typed."""
    outcome = set_up.begin_from_profile(request.services, request.visit, me)
    if isinstance(outcome, NeedsProof):
        return outcome
    typed = Posted(request).kept(but=("go", "number", "because", PASSCODE, PASSWORD))
    onward = f"{PAGE}?{urlencode([(policy_form.CARRIED, '1'), *typed])}" if typed else PAGE
    return entering.go_on(request, outcome, onward=onward)


def _said(old: Rules, new: Rules, *, now: datetime, is_back: bool = False) -> told.Told:
    """Return what is told after saving; a requirement that is changed and begins later applies to nobody yet."""
    if new == old:
        return UNCHANGED
    pairs = [(old.for_(one).required, new.for_(one).required) for one in Audience]
    for group_id, group in new.groups.items():
        was = old.groups.get(group_id)
        pairs.append((was.extra.required if was else None, group.extra.required))
    if any(rule_words.has_day(before, after, now=now) for before, after in pairs):
        return PUT_BACK_FOR_LATER if is_back else SAVED_FOR_LATER
    return PUT_BACK if is_back else SAVED


def _number(posted: Posted, view: PolicyView) -> int:
    """Return the version that the admin saw; a script that posts the two boxes alone means the present one."""
    text = posted.raw("number", most=20)
    return int(text) if text.isascii() and text.isdecimal() else view.current.number


def _after(
    request: Request,
    view: PolicyView,
    typed: Typed,
    outcome: SaveOutcome,
    *,
    said: told.Told,
    because: str = "",
) -> Answer:
    match outcome:
        case Done():
            return pages.go(request, PAGE, said=said)
        case NeedsProof():
            return outcome
        case SetUpFirst():
            sentence = gettext("Set up your own second factor first; what you typed waits for you.")
            return _page(
                request,
                view,
                typed.fields,
                because=because,
                page_errors={"page": sentence},
                kept=Posted(request).kept(),
            )
        case NotMet() | BadRules():
            wrong, page_errors = _barred(outcome, typed.rules)
            return _page(request, view, typed.fields, because=because, wrong=wrong, page_errors=page_errors)
        case OtherAct():
            page_errors = {"page": policy_words.other_act(outcome)}
            return _page(request, view, typed.fields, because=because, page_errors=page_errors)
        case Conflict():
            sentence = gettext(
                "Somebody else saved meanwhile. What you typed is below; compare it with the versions, then save again."
            )
            return _page(request, view, typed.fields, because=because, page_errors={"page": sentence})
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case Gone():
            return errors.answer(request, errors.NOT_FOUND)
        case _:
            assert_never(outcome)


def _barred(outcome: NotMet | BadRules, rules: Rules) -> tuple[dict[Audience, dict[str, str]], dict[str, str]]:
    """Return what is wrong, by audience, and of the whole page: groups have pages of their own."""
    if isinstance(outcome, NotMet):
        found = [
            (outcome.part, "ways", gettext("You do not meet this yourself: none of your second factors would count."))
        ]
    else:
        found = [(part, *policy_words.problem_field(problem)) for part, problem in outcome.problems]
    wrong: dict[Audience, dict[str, str]] = {}
    of_groups: list[str] = []
    for part, name, message in found:
        if isinstance(part, Audience):
            wrong.setdefault(part, {})[name] = message
        else:
            of_groups.append(f"{rules.groups[part].name}: {message}")
    return wrong, {"page": " ".join(of_groups)} if of_groups else {}


def _page(
    request: Request,
    view: PolicyView,
    fields: Mapping[Audience, Mapping[str, object]],
    *,
    because: str = "",
    number: int | None = None,
    wrong: Mapping[Audience, Mapping[str, str]] | None = None,
    page_errors: Mapping[str, str] | None = None,
    kept: Sequence[tuple[str, str]] = (),
    is_carried: bool = False,
) -> HttpResponse:
    zone = request.account.time_zone
    now = request.services.clock.now()
    found: dict[str, object] = dict(page_errors or {})
    found |= {audience.value: messages for audience, messages in (wrong or {}).items() if messages}
    context: dict[str, object] = {
        "here": HERE,
        "number": view.current.number if number is None else number,
        "form": {**{audience.value: fields[audience] for audience in Audience}, "because": because},
        "problems": _problems(wrong or {}, page_errors or {}),
        "counts": {str(one.part): _counts(one, view.alone) for one in view.foreseen},
        "alone": {audience.value: alone_words.shown(one) for audience, one in view.alone.items()},
        "started": {audience.value: _started(view.current.rules, audience, zone, now) for audience in Audience},
        "time_zone": zone,
        "recommends": [_recommendation(audience) for audience in view.recommends],
        "must_set_up_first": not view.has_factor,
        "kept": kept,
        "cannot_send_mail": not mail_settings.leaves(request.services, request.account.id),
        "begins_with_group": any(view.current.rules.for_(one).required is None for one in Audience),
        "guides": [
            {"url": "/guides/agents", "text": gettext("Guide for team members")},
            {"url": "/guides/end-users", "text": gettext("Guide for end users")},
            {"url": "/guides/admins", "text": gettext("Guide for admins: how to require it")},
        ],
        "report": report_words.section(request, view.current.rules),
        "versions": [_version(one, view.current.number, now) for one in view.history],
        "newest_url": f"{PAGE}#h-versions" if _before(request) else None,
        "older_url": pages.go_with(PAGE, versions=str(view.older)) + "#h-versions" if view.older else None,
        "errors": found,
    }
    if is_carried:
        context["notice"] = policy_form.not_saved(PAGE)
    return pages.page(request, "admin/authentication.html", context, status=errors.BAD_REQUEST if found else 200)


def _before(request: Request) -> int | None:
    """Return the version behind which the list of them begins; anything else begins the list."""
    typed = request.GET.get("versions", "")
    return min(int(typed), MOST_NUMBER) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else None


def _counts(one: Foreseen, alone: Mapping[Audience, Alone]) -> dict[str, object]:
    # Whoever has a rule of their own is led through set-up by that one already.
    led = sum(led_alone(of.tally) for audience, of in alone.items() if audience is one.part)
    set_up = max(one.set_up - one.shut_out, 0)
    return {
        "people": one.people,
        "set_up": set_up,
        "without": max(0, one.people - one.set_up - one.exempt - led),
        "percent": set_up * 100 // one.people if one.people else 0,
    }


def _started(rules: Rules, audience: Audience, zone: str, now: datetime) -> str:
    required = rules.for_(audience).required
    return rule_words.in_zone(required.starts_at, zone) if required and required.starts_at <= now else ""


def _recommendation(audience: Audience) -> str:
    if audience is Audience.TEAM:
        return gettext("We recommend requiring it for team members: one stolen password opens every ticket.")
    return gettext("We recommend requiring it for end users too, once your team is used to it.")


def _version(one: Saved, current: int, now: datetime) -> dict[str, object]:
    at = one.version.saved_at
    return {
        "number": one.version.number,
        "saved_at": moments.day_and_clock(at, now=now) if at else gettext("before anything was saved"),
        "by": one.by,
        "because": one.version.because,
        "is_current": one.version.number == current,
    }


def _problems(wrong: Mapping[Audience, Mapping[str, str]], page_errors: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the summary at the top: each problem with the field it leads to."""
    found = [{"name": name, "text": text} for name, text in page_errors.items() if name != "page"]
    for audience, messages in wrong.items():
        for name, text in messages.items():
            field = policy_form.BOXES[audience] if name == "require" else f"{audience.value}_{name}"
            found.append({"name": field, "text": f"{policy_words.group_word(audience)}: {text}"})
    return found
