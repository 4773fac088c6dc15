"""Admin Center > People > Groups: the list, one group with its members, putting people in and taking them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import ngettext

from twofold.core.ids import GroupId
from twofold.core.roles import Permission, has_permission
from twofold.flows import counts, groups, shut_out
from twofold.flows.groups import PAGE
from twofold.flows.outcomes import Gone, Refuse
from twofold.flows.people import LONGEST_SEARCH
from twofold.ports.roll_out import Members
from twofold.web import errors, pages
from twofold.web.admin import coverage, group_words, picks, rule_words
from twofold.web.doors import allowed, signed_in
from twofold.web.methods import require_safe

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.flows.groups import Grouped, GroupView
    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request


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
    whose, now = Members(id=view.id, group=view.group), services.clock.now()
    counted = counts.of_group(services, account, whose, now=now)
    out = shut_out.of(services, account, whose, me.policy.rules, now=now, is_large=counted.is_large)
    return {
        "counts": None if counted.tally is None else coverage.shown(out.left_out_of(counted.tally)),
        "is_large": counted.is_large,
        "here": "groups",
        "one": {"id": view.id, "name": view.group.name, "number": view.number},
        "belonging": group_words.belonging(view.group),
        "asking": group_words.asking(view.group.extra, rule_words.speaker(request)),
        "may_change": has_permission(me.person.role, Permission.EDIT_POLICY),
        "by_hand": view.by_hand,
        "form": {"search": search},
        "shown": picks.joined(row.id for row in view.members.rows),
        "picked": picks.ticked(request),
        "people": [
            {"id": row.id, "name": row.name or row.email, "email": row.email, "role_word": pages.role_word(row.role)}
            for row in view.members.rows
        ],
        "previous_url": pages.go_with(here, search=search, before=view.members.before) if view.members.before else None,
        "next_url": pages.go_with(here, search=search, after=view.members.after) if view.members.after else None,
    }
