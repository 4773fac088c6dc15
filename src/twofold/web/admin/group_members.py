"""Putting selected people into a group and taking them out: what it would do to them first, where they notice it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext, gettext_lazy, ngettext

from twofold.core.ids import GroupId
from twofold.core.roles import Permission
from twofold.flows import groups, mail_settings, paths
from twofold.flows.group_foreseen import Moving
from twofold.flows.groups import PAGE
from twofold.flows.outcomes import Conflict, Gone, NeedsProof, Refuse
from twofold.flows.policy import NotMet, SetUpFirst
from twofold.flows.selected import Selected
from twofold.web import doors, errors, pages, told
from twofold.web.admin import effect_words, group_words, mailed_words, picks, rule_words, selected_words
from twofold.web.admin.help_person import holds_nothing
from twofold.web.admin.people_rule import NOBODY
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_POST

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.core.ids import PersonId
    from twofold.flows.groups import MoveOutcome, NotMoved
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

NO_GROUP = told.declare("no_group_chosen", "warn", gettext_lazy("Choose a group first."))
_GO: Final = ("preview", "save")
_LONGEST_SEEN: Final = 64


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before people are put into a group"))
def put_in(request: Request, me: SignedIn) -> Answer:
    """Put people who were selected from the list into a group; say first what that does to them."""
    posted = Posted(request)
    ids = picks.picked(posted)
    group_id = GroupId(posted.choice("group", {"", *me.policy.rules.groups}))
    if not ids or not group_id:
        back = pages.go_with(paths.PEOPLE, group=group_id)
        return pages.go(request, back, said=NO_GROUP if ids else NOBODY)
    return _Move(request, me, posted, group_id, ids, is_in=True).answer()


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before people are taken out of a group"))
def take_out(request: Request, me: SignedIn, group_id: str) -> Answer:
    """Take people out who were selected from the group's own list; say first what that does to them."""
    posted = Posted(request)
    ids = picks.picked(posted)
    if not ids:
        return pages.go(request, f"{PAGE}/{group_id}", said=NOBODY)
    return _Move(request, me, posted, GroupId(group_id), ids, is_in=False).answer()


class _Move:
    """People who were selected, the group that they are to be put into or taken out of, and what was pressed."""

    def __init__(
        self,
        request: Request,
        me: SignedIn,
        posted: Posted,
        group_id: GroupId,
        ids: tuple[PersonId, ...],
        *,
        is_in: bool,
    ) -> None:
        self._request, self._me, self._posted = request, me, posted
        self._group_id, self._ids, self._is_in = group_id, ids, is_in

    def answer(self) -> Answer:
        """Say what it would do; do it where that was seen, or where nobody notices anything."""
        if self._posted.choice("go", _GO, default="preview") == "save":
            return self._moved(self._do(self._posted.raw("seen", most=_LONGEST_SEEN)))
        found = self._foresee()
        if not isinstance(found, Moving):
            return self._not_moved(found)
        if found.is_felt:
            return self._preview(found)
        return self._moved(self._do(found.seen), is_felt=False)

    def _foresee(self) -> Moving | NotMoved:
        act = groups.foresee_putting_in if self._is_in else groups.foresee_taking_out
        return act(self._request.services, self._request.visit, self._me, self._group_id, self._ids)

    def _do(self, seen: str) -> MoveOutcome:
        act = groups.put_in if self._is_in else groups.take_out
        return act(self._request.services, self._request.visit, self._me, self._group_id, self._ids, seen=seen)

    def _moved(self, outcome: MoveOutcome, *, is_felt: bool = True) -> Answer:
        match outcome:
            case Selected():
                return self._said(outcome, is_felt=is_felt)
            case NeedsProof():
                return outcome
            case Conflict():
                found = self._foresee()
                return self._preview(found, is_new=True) if isinstance(found, Moving) else self._not_moved(found)
            case _:
                return self._not_moved(outcome)

    def _not_moved(self, outcome: NotMoved) -> HttpResponse:
        request = self._request
        match outcome:
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

    def _preview(self, found: Moving, *, is_new: bool = False) -> HttpResponse:
        """Say what it would do to each; the form on it sends whom it is about, and what stands for all that."""
        request, speaker = self._request, rule_words.speaker(self._request)
        here = f"{PAGE}/{self._group_id}"
        back = doors.page_of_form(request) or (
            pages.go_with(paths.PEOPLE, group=self._group_id) if self._is_in else here
        )
        context: dict[str, object] = {
            "here": "groups",
            "one": {"id": self._group_id, "name": found.group.name},
            "is_in": self._is_in,
            "is_new": is_new,
            "asking": group_words.asking(found.group.extra, speaker),
            "alone": None,
            **effect_words.shown(found.people, speaker),
            "mails": []
            if found.mailed is None
            else mailed_words.sentences(
                found.mailed, now=speaker.now, helpers_too=any(one.weaker for one in found.people)
            ),
            "cannot_send_mail": not mail_settings.leaves(request.services, request.account.id),
            "post_to": request.path,
            "kept": [
                (picks.PICKED, picks.joined(self._ids)),
                ("group", self._group_id),
                ("seen", found.seen),
                (doors.BACK, back),
            ],
            "back_url": _with_picks(back, self._ids),
        }
        return pages.page(request, "admin/group_move.html", context)

    def _said(self, outcome: Selected, *, is_felt: bool) -> HttpResponse:
        number = len(outcome.done)
        if self._is_in:
            said = ngettext("%(number)d person was put in.", "%(number)d people were put in.", number)
        else:
            said = ngettext("%(number)d person was taken out.", "%(number)d people were taken out.", number)
        said %= {"number": number}
        if number and not is_felt:
            nothing = ngettext(
                "Nothing that is asked of this person changes by it.",
                "Nothing that is asked of these people changes by it.",
                number,
            )
            said = f"{said} {nothing}"
        back = (f"{PAGE}/{self._group_id}", gettext("Back to the group"))
        return selected_words.page(self._request, outcome, said=said, back=back)


def _with_picks(page: str, ids: tuple[PersonId, ...]) -> str:
    """Return the list that they were selected from, where they are ticked again."""
    parts = urlsplit(page)
    return pages.go_with(parts.path, **{**dict(parse_qsl(parts.query)), picks.PICKED: picks.joined(ids)})
