"""Admin Center > People > somebody, or selected people > Rule for them alone: what it asks, what it does, saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext, gettext_lazy, ngettext

from twofold.core.groups import Extra
from twofold.core.ids import PersonId
from twofold.core.roles import Permission
from twofold.flows import mail_settings, own_rule_seen, own_rules, paths
from twofold.flows.outcomes import NeedsProof, Refuse
from twofold.flows.policy import LONGEST_REASON, BadRules, NotMet, SetUpFirst
from twofold.flows.selected import MOST_AT_ONCE, Became, Selected
from twofold.web import errors, pages, told
from twofold.web.admin import (
    effect_words,
    extra_form,
    mailed_words,
    own_rule_words,
    picks,
    policy_words,
    rule_words,
    selected_words,
)
from twofold.web.admin.policy_fields import Reader
from twofold.web.admin.policy_form import Carried
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.http import HttpResponse

    from twofold.flows.rehearsal import Mailed
    from twofold.flows.rule_effects import Foresight
    from twofold.flows.selected import Line
    from twofold.flows.visit import SignedIn
    from twofold.web.admin.policy_fields import Fields
    from twofold.web.admin.rule_words import Speaker
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

PAGE: Final = f"{paths.PEOPLE}/rule"
WHOSE: Final = "own"
SEEN: Final = "seen"
NOBODY = told.declare("nobody_selected", "warn", gettext_lazy("Select somebody first."))
_TAKES_BACK: Final = frozenset({"preview_remove", "remove"})
_PREVIEWS: Final = frozenset({"preview", "preview_remove"})
_LONGEST_SEEN: Final = MOST_AT_ONCE * 64
_GO: Final = ("choose", "save", "back", *sorted(_TAKES_BACK | _PREVIEWS))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before the rules change"))
def rule(request: Request, me: SignedIn) -> Answer:
    """Ask what is wanted of the selected alone, say what that does to each, and save it or take it back."""
    posted = Posted(request) if request.method == "POST" else Carried(request)
    ids = picks.picked(posted)
    go = posted.choice("go", _GO, default="choose") if request.method == "POST" else "choose"
    if not ids:
        return pages.go(request, paths.PEOPLE, said=NOBODY)
    found = own_rules.look(request.services, request.visit, me, ids)
    if isinstance(found, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    because = posted.text("because", most=LONGEST_REASON)
    seen = _seen(posted) if request.method == "POST" else {}
    page = _Page(request, found, rule_words.speaker(request), because, seen)
    wanted: Extra | None = None
    wrong = {"because": posted.errors["because"]} if "because" in posted.errors else {}
    if go == "choose" or (wrong and go in _TAKES_BACK):
        return page.form(extra_form.shown(page.present, page.speaker), wrong=wrong)
    if go not in _TAKES_BACK:
        reader = Reader(posted, WHOSE, zone=page.speaker.zone, now=page.speaker.now)
        wanted = extra_form.read(reader, page.present, page.speaker)
        page.fields = {**extra_form.shown(page.present, page.speaker), **reader.fields}
        if go == "back":
            return page.form(page.fields)
        if reader.wrong or wrong:
            return page.form(page.fields, wrong={**reader.wrong, **wrong})
        if wanted.is_nothing and not page.have_own:
            sentence = gettext(
                "This asks for nothing. Require a second factor, untick a way, or say how often it is asked."
            )
            return page.form(page.fields, problem=sentence)
    if go in _PREVIEWS:
        return _foreseen(request, me, page, wanted, kept=posted.kept(but=("go",)))
    return _saved(request, me, page, wanted)


def _foreseen(
    request: Request, me: SignedIn, page: _Page, wanted: Extra | None, *, kept: list[tuple[str, str]]
) -> HttpResponse:
    foreseen = own_rules.foresee(request.services, request.visit, me, page.ids, wanted, seen=page.seen)
    if not isinstance(foreseen, tuple):
        return page.not_saved(foreseen)
    if _changed(one.line for one in foreseen):
        return page.again(page.found, is_removed=wanted is None)
    mailed = own_rules.whom_it_mails(request.services, request.visit, me, page.ids, wanted, seen=page.seen)
    return page.preview(foreseen, mailed, wanted, kept=kept)


def _saved(request: Request, me: SignedIn, page: _Page, wanted: Extra | None) -> Answer:
    outcome = own_rules.save(
        request.services, request.visit, me, page.ids, wanted, because=page.because, seen=page.seen
    )
    if not isinstance(outcome, Selected):
        return outcome if isinstance(outcome, NeedsProof) else page.not_saved(outcome)
    changed = _changed(outcome.lines)
    if not changed:
        return page.said(outcome, is_removed=wanted is None or wanted.is_nothing)
    now = own_rules.look(request.services, request.visit, me, changed)
    if isinstance(now, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    return page.again(now, is_removed=wanted is None, outcome=outcome)


def _seen(posted: Posted) -> dict[PersonId, str]:
    """Return what stood for the rule of each when the form was shown; nothing for a script that names none."""
    pairs = (one.partition(".") for one in posted.raw(SEEN, most=_LONGEST_SEEN).split(","))
    return {PersonId(person_id): stands_for for person_id, dot, stands_for in pairs if dot}


def _changed(lines: Iterable[Line]) -> list[PersonId]:
    """Return whose rule somebody else changed meanwhile."""
    return [line.id for line in lines if line.became is Became.CHANGED_MEANWHILE]


class _Page:
    """The form about these people, what it would do to each, and what became of it."""

    def __init__(
        self, request: Request, found: Selected, speaker: Speaker, because: str, seen: Mapping[PersonId, str]
    ) -> None:
        self._request = request
        self.found = found
        self.seen = seen
        self.because = because
        self.ids = [line.id for line in found.lines]
        self.speaker = speaker
        self.fields: Fields = {}
        self.now_says: list[str] = []
        own = {line.person.own_rule for line in found.done if line.person is not None}
        self.have_own = bool(own - {None})
        self._differ = self.have_own and len(own) > 1
        self.present = (next(iter(own)) if len(own) == 1 else None) or Extra()

    def form(
        self,
        fields: Mapping[str, object],
        *,
        wrong: Mapping[str, str] | None = None,
        problem: str = "",
        left: Sequence[Line] = (),
    ) -> HttpResponse:
        """Return the form with these fields; `left` are others who were left as they were.

        What was shown when it was filled in goes along with it, so that only who looked again saves over what is newer.
        """
        required = self.present.required
        has_begun = required is not None and required.starts_at <= self.speaker.now
        context: dict[str, object] = {
            **self._about(),
            "barred": selected_words.lines((*self.found.left, *left)),
            "seen": ",".join(
                f"{person_id}.{self.seen.get(person_id, stands_for)}"
                for person_id, stands_for in own_rule_seen.shown(self._request.services, self.found).items()
            ),
            "differ": self._differ,
            "now_says": self.now_says,
            "have_own": self.have_own,
            "typed": fields,
            "because": self.because,
            "wrong": wrong or {},
            "problems": [
                {"name": name if name == "because" else f"{WHOSE}_{name}", "text": text}
                for name, text in (wrong or {}).items()
            ],
            "has_started_at": rule_words.in_zone(required.starts_at, self.speaker.zone)
            if required is not None and has_begun
            else "",
            "time_zone": self.speaker.zone,
        }
        said = {**(wrong or {}), **({"page": problem} if problem else {})}
        return pages.page(
            self._request,
            "admin/people_rule.html",
            context,
            status=errors.BAD_REQUEST if said else 200,
            errors=said or None,
        )

    def preview(
        self, foreseen: Foresight, mailed: Mailed, wanted: Extra | None, *, kept: list[tuple[str, str]]
    ) -> HttpResponse:
        """Say what saving this would do to each; the form on it sends `kept` again."""
        written = [one for one in foreseen if one.coming is not None]
        context: dict[str, object] = {
            **self._about(),
            "post_to": PAGE,
            "kept": kept,
            "asking": own_rule_words.asking(
                wanted or Extra(), self.speaker, tells_of_old=own_rule_words.touches_old(written)
            ),
            **effect_words.shown(foreseen, self.speaker),
            "mails": mailed_words.sentences(
                mailed, now=self.speaker.now, helpers_too=any(one.weaker for one in written)
            )
            if written
            else [],
            "go": "remove" if wanted is None else "save",
        }
        return pages.page(self._request, "admin/people_rule_preview.html", context)

    def again(self, now: Selected, *, is_removed: bool, outcome: Selected | None = None) -> HttpResponse:
        """Return the form for those whose rule somebody else changed meanwhile, with what was typed and what to do."""
        page = _Page(self._request, now, self.speaker, self.because, {})
        is_alone = len(now.lines) == 1
        said = [self._saved(outcome, is_removed=is_removed)] if outcome is not None and outcome.done else []
        said.append(
            gettext("Somebody else changed this rule meanwhile.")
            if is_alone
            else gettext("Somebody else changed the rules of some of these people meanwhile.")
        )
        if is_alone:
            page.now_says = own_rule_words.asking(page.present, self.speaker)
            said.append("" if page.now_says else gettext("Now there is none."))
        said.append(
            gettext("So it was not taken back. Look at it, then take it back if you still want to.")
            if is_removed
            else gettext("What you typed is below; look at it, then save again.")
        )
        fields = self.fields or extra_form.shown(page.present, self.speaker)
        left = [line for line in (outcome.left if outcome else ()) if line.became is not Became.CHANGED_MEANWHILE]
        return page.form(fields, problem=" ".join(filter(None, said)), left=left)

    def not_saved(self, outcome: own_rules.NotSaved) -> HttpResponse:
        """Return the form once more, with why it cannot be saved."""
        fields = self.fields or extra_form.shown(self.present, self.speaker)
        match outcome:
            case SetUpFirst():
                sentence = gettext("Set up your own second factor first: nobody can require what they do not have.")
                return self.form(fields, problem=sentence)
            case NotMet():
                sentence = gettext("You do not meet this yourself: none of your second factors would count.")
                return self.form(fields, wrong={"ways": sentence})
            case BadRules(problems=problems):
                return self.form(fields, wrong=dict(policy_words.problem_field(problem) for _, problem in problems))
            case Refuse():
                return errors.answer(self._request, errors.FORBIDDEN)
            case _:
                assert_never(outcome)

    def said(self, outcome: Selected, *, is_removed: bool) -> HttpResponse:
        """Say for whom it was saved, and for whom not and why."""
        back = (paths.PEOPLE, gettext("All people"))
        said = self._saved(outcome, is_removed=is_removed)
        return selected_words.page(self._request, outcome, said=said, back=back)

    def _saved(self, outcome: Selected, *, is_removed: bool) -> str:
        number = len(outcome.done)
        if is_removed:
            sentence = ngettext(
                "%(number)d person has no rule of their own any more.",
                "%(number)d people have no rule of their own any more.",
                number,
            )
        else:
            sentence = ngettext("It was saved for %(number)d person.", "It was saved for %(number)d people.", number)
        return sentence % {"number": number}

    def _about(self) -> dict[str, object]:
        """Return whom it is about, and whether they could be mailed."""
        alone = self.found.lines[0] if len(self.found.lines) == 1 else None
        request = self._request
        return {
            "here": "people",
            "picked": picks.joined(line.id for line in self.found.lines),
            "alone": {"id": alone.id, "name": selected_words.name(alone)} if alone and alone.person else None,
            "able": [selected_words.name(line) for line in self.found.done],
            "cannot_send_mail": not mail_settings.leaves(request.services, request.account.id),
        }
