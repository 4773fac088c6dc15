"""Admin Center > People > Groups: adding, changing and removing a group, each a change of the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core.groups import Group
from twofold.core.ids import GroupId
from twofold.core.roles import Permission
from twofold.flows import groups, mail_settings, policy
from twofold.flows.groups import PAGE, Kept
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.policy import BadRules, NotMet, OtherAct, SetUpFirst
from twofold.web import errors, pages, told
from twofold.web.admin import group_form, policy_form, policy_preview, policy_words, rule_words
from twofold.web.admin.rule_words import in_zone
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_POST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.groups import KeepOutcome
    from twofold.flows.visit import SignedIn
    from twofold.web.admin.group_form import Typed
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

HERE: Final = "groups"
_GO: Final = ("save", "preview", "back")
_NEW: Final = Group(name="")
# Where a problem of the whole policy stands on this page: the fields of its rule begin with the group's letters.
_OWN_NAMES: Final = frozenset({"name", "domains", "because"})
KEPT = told.declare("group_saved", "good", gettext_lazy("Saved. It applies from the next sign-in on."))
KEPT_FOR_LATER = told.declare(
    "group_saved_for_later",
    "good",
    gettext_lazy("Saved. A second factor is required from its day on; the rest applies from the next sign-in on."),
)
REMOVED = told.declare(
    "group_removed", "good", gettext_lazy("Removed. Who belonged to it goes by the rules of everybody from now on.")
)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before the rules change"))
def add(request: Request, me: SignedIn) -> Answer:
    """Add a group."""
    return _edit(request, me, None, _NEW)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before the rules change"))
def rule(request: Request, me: SignedIn, group_id: str) -> Answer:
    """Change a group: its name, who belongs to it, what it asks for."""
    found = me.policy.rules.groups.get(GroupId(group_id))
    if found is None:
        return errors.answer(request, errors.NOT_FOUND)
    return _edit(request, me, GroupId(group_id), found)


@require_POST
@signed_in
@allowed(Permission.EDIT_POLICY)
@fresh(gettext_lazy("before the rules change"))
def remove(request: Request, me: SignedIn, group_id: str) -> Answer:
    """Say what removing a group would do, and do it."""
    here = GroupId(group_id)
    if here not in me.policy.rules.groups:
        return errors.answer(request, errors.NOT_FOUND)
    posted = Posted(request)
    go = posted.choice("go", _GO, default="preview")
    if go == "back":
        return pages.go(request, f"{PAGE}/{here}")
    if go == "preview":
        rules = groups.with_group(me.policy.rules, here, None)
        return policy_preview.page(request, rules, kept=posted.kept(but=("go",)), here=HERE)
    outcome = groups.remove(request.services, request.visit, me, here, number=_number(posted, me))
    if isinstance(outcome, Done):
        return pages.go(request, PAGE, said=REMOVED)
    if isinstance(outcome, NeedsProof):
        return outcome
    if isinstance(outcome, Conflict):
        return pages.go(request, f"{PAGE}/{here}", said=CHANGED)
    if isinstance(outcome, OtherAct):
        return errors.answer(request, errors.FORBIDDEN, what_next=policy_words.other_act(outcome))
    return errors.answer(request, errors.FORBIDDEN)


CHANGED = told.declare(
    "group_changed", "warn", gettext_lazy("Somebody else saved meanwhile. Look again, then repeat it.")
)


def _edit(request: Request, me: SignedIn, group_id: GroupId | None, present: Group) -> Answer:
    speaker = rule_words.speaker(request)
    if request.method != "POST":
        if policy_form.CARRIED in request.GET:
            fields, wrong = group_form.carried(policy_form.Carried(request), present, speaker)
            return _page(request, me, group_id, present, fields, wrong=wrong, is_carried=True)
        return _page(request, me, group_id, present, group_form.shown(present, speaker))
    posted = Posted(request)
    go = posted.choice("go", _GO, default="save")
    because = posted.text("because", most=policy.LONGEST_REASON)
    number = _number(posted, me)
    typed = group_form.read(posted, present, speaker)
    if go == "back":
        return _page(request, me, group_id, present, typed.fields, because=because, number=number)
    wrong = {**typed.wrong, **({"because": posted.errors["because"]} if "because" in posted.errors else {})}
    if wrong:
        return _page(request, me, group_id, present, typed.fields, because=because, number=number, wrong=wrong)
    if go == "preview":
        made = group_id or GroupId(request.services.entropy.new_id())
        rules = groups.with_group(me.policy.rules, made, typed.group)
        return policy_preview.page(request, rules, kept=posted.kept(but=("go",)), here=HERE)
    outcome = groups.keep(request.services, request.visit, me, group_id, typed.group, number=number, because=because)
    return _after(request, me, group_id, present, typed, outcome, because=because)


def _after(
    request: Request,
    me: SignedIn,
    group_id: GroupId | None,
    present: Group,
    typed: Typed,
    outcome: KeepOutcome,
    *,
    because: str,
) -> Answer:
    def again(*, wrong: Mapping[str, str] | None = None, problem: str = "") -> HttpResponse:
        return _page(request, me, group_id, present, typed.fields, because=because, wrong=wrong, problem=problem)

    match outcome:
        case Kept(id=kept):
            before, after = present.extra.required, typed.group.extra.required
            is_later = rule_words.has_day(before, after, now=request.services.clock.now())
            return pages.go(request, f"{PAGE}/{kept}", said=KEPT_FOR_LATER if is_later else KEPT)
        case NeedsProof():
            return outcome
        case SetUpFirst():
            sentence = gettext("Set up your own second factor first, under Security settings; what you typed is below.")
            return again(problem=sentence)
        case NotMet():
            sentence = gettext("You do not meet this yourself: none of your second factors would count.")
            return again(wrong={"ways": sentence})
        case BadRules(problems=problems):
            return again(wrong=dict(policy_words.problem_field(problem) for _, problem in problems))
        case OtherAct():
            return again(problem=policy_words.other_act(outcome))
        case Conflict():
            sentence = gettext("Somebody else saved meanwhile. What you typed is below; look at it, then save again.")
            return again(problem=sentence)
        case Gone():
            return errors.answer(request, errors.NOT_FOUND)
        case Done() | Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(outcome)


def _page(
    request: Request,
    me: SignedIn,
    group_id: GroupId | None,
    present: Group,
    fields: Mapping[str, object],
    *,
    because: str = "",
    number: int | None = None,
    wrong: Mapping[str, str] | None = None,
    problem: str = "",
    is_carried: bool = False,
) -> HttpResponse:
    speaker = rule_words.speaker(request)
    required = present.extra.required
    has_begun = required is not None and required.starts_at <= speaker.now
    found = dict(wrong or {})
    context: dict[str, object] = {
        "here": HERE,
        "one": {"id": group_id or "", "name": present.name},
        "number": me.policy.number if number is None else number,
        "typed": fields,
        "because": because,
        "wrong": found,
        "problems": [
            {"name": name if name in _OWN_NAMES else f"{group_form.WHOSE}_{name}", "text": text}
            for name, text in found.items()
        ],
        "has_started_at": in_zone(required.starts_at, speaker.zone) if required is not None and has_begun else "",
        "time_zone": speaker.zone,
        "cannot_send_mail": not mail_settings.leaves(request.services, request.account.id),
    }
    if is_carried:
        context["notice"] = policy_form.not_saved(request.path)
    said = {**found, **({"page": problem} if problem else {})}
    return pages.page(
        request, "admin/group_edit.html", context, status=errors.BAD_REQUEST if said else 200, errors=said or None
    )


def _number(posted: Posted, me: SignedIn) -> int:
    """Return the version of the policy that the admin saw; a script that names none means the present one."""
    text = posted.raw("number", most=20)
    return int(text) if text.isascii() and text.isdecimal() else me.policy.number
