"""Admin Center > People > Groups: the list, one group with its members, putting people in and taking them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext, gettext_lazy, ngettext

from twofold.core.ids import GroupId
from twofold.core.roles import Permission, has_permission
from twofold.flows import counts, groups, paths
from twofold.flows.groups import PAGE
from twofold.flows.outcomes import Gone, NeedsProof, Refuse
from twofold.flows.people import LONGEST_SEARCH
from twofold.flows.policy import NotMet, SetUpFirst
from twofold.flows.selected import Selected
from twofold.ports.roll_out import Members
from twofold.web import errors, pages, told
from twofold.web.admin import coverage, group_words, picks, rule_words, selected_words
from twofold.web.admin.help_person import holds_nothing
from twofold.web.admin.people_rule import NOBODY
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_POST, require_safe

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.flows.groups import Grouped, GroupView, MoveOutcome
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

NO_GROUP = told.declare("no_group_chosen", "warn", gettext_lazy("Choose a group first."))


@require_safe
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def listed(request: Request, me: SignedIn) -> HttpResponse:
    """Show all groups by name."""
    found = groups.listed(request.services, request.visit, me)
    if isinstance(found, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    speaker = rule_words.speaker(request)
    context: dict[str, object] = {
        "here": "groups",
        "groups": [_line(one, speaker) for one in found],
        "may_change": has_permission(me.person.role, Permission.EDIT_POLICY),
    }
    return pages.page(request, "admin/groups.html", context)


@require_safe
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def group(request: Request, me: SignedIn, group_id: str) -> HttpResponse:
    """Show one group: what it asks for, and who is in it."""
    typed = request.GET.get("search", "")[:LONGEST_SEARCH]
    search = "".join(character for character in typed if character.isprintable())
    view = groups.look(
        request.services,
        request.visit,
        me,
        GroupId(group_id),
        search=search,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    if isinstance(view, Gone | Refuse):
        return errors.of(request, view)
    return pages.page(request, "admin/group.html", _shown(request, me, view, search))


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before people are put into a group"))
def put_in(request: Request, me: SignedIn) -> Answer:
    """Put people who were selected from the list into a group."""
    posted = Posted(request)
    ids = picks.picked(posted)
    group_id = GroupId(posted.choice("group", {"", *me.policy.rules.groups}))
    if not ids or not group_id:
        return pages.go(request, paths.PEOPLE, said=NO_GROUP if ids else NOBODY)
    outcome = groups.put_in(request.services, request.visit, me, group_id, ids)
    return _moved(request, group_id, outcome, is_in=True)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before people are taken out of a group"))
def take_out(request: Request, me: SignedIn, group_id: str) -> Answer:
    """Take people out who were selected from the group's own list."""
    ids = picks.picked(Posted(request))
    if not ids:
        return pages.go(request, f"{PAGE}/{group_id}", said=NOBODY)
    outcome = groups.take_out(request.services, request.visit, me, GroupId(group_id), ids)
    return _moved(request, GroupId(group_id), outcome, is_in=False)


def _moved(request: Request, group_id: GroupId, outcome: MoveOutcome, *, is_in: bool) -> Answer:
    match outcome:
        case Selected():
            return _said(request, group_id, outcome, is_in=is_in)
        case NeedsProof():
            return outcome
        case Gone():
            return errors.answer(request, errors.NOT_FOUND)
        case SetUpFirst():
            return holds_nothing(request, gettext("Only somebody who has one can decide who belongs to a group."))
        case NotMet():
            return errors.answer(
                request,
                errors.FORBIDDEN,
                title=gettext("You do not meet the rule of this group"),
                what_next=gettext(
                    "None of your second factors would count in it. Set up one that does, then come back."
                ),
                link=(paths.SECURITY, gettext("Security settings")),
            )
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(outcome)


def _said(request: Request, group_id: GroupId, outcome: Selected, *, is_in: bool) -> HttpResponse:
    number = len(outcome.done)
    if is_in:
        said = ngettext("%(number)d person was put in.", "%(number)d people were put in.", number)
    else:
        said = ngettext("%(number)d person was taken out.", "%(number)d people were taken out.", number)
    back = (f"{PAGE}/{group_id}", gettext("Back to the group"))
    return selected_words.page(request, outcome, said=said % {"number": number}, back=back)


def _line(one: Grouped, speaker: rule_words.Speaker) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.group.name,
        "belonging": [*group_words.belonging(one.group), *_by_hand(one.by_hand)],
        "asking": group_words.asking(one.group.extra, speaker),
    }


def _by_hand(count: int) -> list[str]:
    if not count:
        return []
    return [ngettext("%(number)d person by hand.", "%(number)d people by hand.", count) % {"number": count}]


def _shown(request: Request, me: SignedIn, view: GroupView, search: str) -> dict[str, object]:
    here = f"{PAGE}/{view.id}"
    services, account = request.services, request.account.id
    counted = counts.of_group(services, account, Members(id=view.id, group=view.group), now=services.clock.now())
    return {
        "counts": None if counted.tally is None else coverage.shown(counted.tally),
        "is_large": counted.is_large,
        "here": "groups",
        "one": {"id": view.id, "name": view.group.name, "number": view.number},
        "belonging": group_words.belonging(view.group),
        "asking": group_words.asking(view.group.extra, rule_words.speaker(request)),
        "may_change": has_permission(me.person.role, Permission.EDIT_POLICY),
        "by_hand": view.by_hand,
        "form": {"search": search},
        "shown": picks.joined(row.id for row in view.members.rows),
        "people": [
            {"id": row.id, "name": row.name or row.email, "email": row.email, "role_word": pages.role_word(row.role)}
            for row in view.members.rows
        ],
        "previous_url": pages.go_with(here, search=search, before=view.members.before) if view.members.before else None,
        "next_url": pages.go_with(here, search=search, after=view.members.after) if view.members.after else None,
    }
