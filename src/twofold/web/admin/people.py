"""Admin Center > People: the list, adding somebody, and one person's page with what may be done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core import emails
from twofold.core.helping import Act
from twofold.core.ids import GroupId, PersonId
from twofold.core.roles import NeedsApproval, Permission, Role, has_permission
from twofold.flows import inviting, mail_settings, paths, people, people_changes, set_password
from twofold.flows.approvals import Asked
from twofold.flows.helping import LONGEST_REASON
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.people import Added, BadDetails
from twofold.flows.people_changes import AddedAndAsked
from twofold.ports.people import LONGEST_NAME
from twofold.web import cookies, doors, errors, pages, told
from twofold.web.admin import alone_words, group_words, help_person, person_words, picks, rule_words
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_POST, require_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpResponse

    from twofold.flows.people import PersonView
    from twofold.flows.people_changes import ChangeOutcome
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

ADDED = told.declare("person_added", "good", gettext_lazy("Added. No invitation was mailed."))
ADDED_AND_ASKED = told.declare(
    "person_added_and_asked",
    "good",
    gettext_lazy("Added as an agent. Other owners and admins are asked to agree to the role."),
)
ADDED_NOT_ASKED = told.declare(
    "person_added_not_asked",
    "warn",
    gettext_lazy("Added as an agent. Nobody could be asked to agree to the role just now; ask for it here."),
)
INVITED = told.declare("person_invited", "good", gettext_lazy("The invitation is on its way."))
LIES_HERE = told.declare(
    "person_invited_in_file",
    "warn",
    gettext_lazy(
        "Invited, but no mail server is set yet: the mail is a file in the folder “mail” of the data folder. An owner "
        "can make a link to hand over, on this page."
    ),
)
OWN_LINK = told.declare(
    "person_invited_own_link",
    "warn",
    gettext_lazy("Invited, but no mail server is set yet: the mail is a file in the folder “mail” of the data folder."),
    link_url="#hand-over",
    link_text=gettext_lazy("Make a link to hand over"),
)
ROLE_CHANGED = told.declare("role_changed", "good", gettext_lazy("The role is changed, and all sessions are ended."))
SUSPENDED = told.declare("person_suspended", "good", gettext_lazy("Suspended, and signed out everywhere."))
UNSUSPENDED = told.declare("person_unsuspended", "good", gettext_lazy("The suspension is over."))
SIGNED_OUT = told.declare("person_signed_out", "good", gettext_lazy("Signed out everywhere."))
REMOVED = told.declare("person_removed", "good", gettext_lazy("Removed and erased."))
CHANGED = told.declare("person_changed", "good", gettext_lazy("Done."))
MAY_HELP = told.declare(
    "agent_helps", "good", gettext_lazy("This agent may help end users sign in, a limited number of times a day.")
)
MAY_NOT_HELP = told.declare("agent_helps_no_more", "good", gettext_lazy("This agent helps end users no longer."))
_ASKED_FOR = {Act.SET_ROLE, Act.SUSPEND, Act.END_SUSPENSION, Act.END_SESSIONS, Act.REMOVE}


@require_safe
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def listed(request: Request, me: SignedIn) -> HttpResponse:
    """Show people by name, a page at a time."""
    typed = request.GET.get("search", "")[: people.LONGEST_SEARCH]
    search = "".join(character for character in typed if character.isprintable())
    wanted = request.GET.get("role", "")
    role = Role(wanted) if wanted in set(Role) else None
    alone = request.GET.get(alone_words.FILTER, "") == "1"
    found = people.page(
        request.services,
        request.visit,
        me,
        search=search,
        role=role,
        alone=alone,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    if isinstance(found, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    now = request.services.clock.now()
    named = GroupId(request.GET.get("group", ""))
    group = me.policy.rules.groups.get(named)
    kept = {
        "search": search,
        "role": role.value if role else "",
        alone_words.FILTER: "1" if alone else "",
        "group": named if group else "",
    }
    context: dict[str, object] = {
        "here": "people",
        "form": kept,
        "roles": [("", gettext("Everybody")), *person_words.roles()],
        "people": [person_words.listed(one, now=now) for one in found.people],
        "can_select": has_permission(me.person.role, Permission.EDIT_PEOPLE),
        "shown": picks.joined(one.row.id for one in found.people),
        "picked": picks.ticked(request),
        "groups": group_words.choices(me.policy.rules.groups),
        "group_name": group.name if group else "",
        "previous_url": pages.go_with(request.path, **kept, before=found.before) if found.before else None,
        "next_url": pages.go_with(request.path, **kept, after=found.after) if found.after else None,
        "total_word": "",
    }
    return pages.page(request, "admin/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before somebody joins the team"))
def add(request: Request, me: SignedIn) -> Answer:
    """Add somebody, and invite them by mail if wished."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return doors.refused(request, me)
    if request.method != "POST":
        return _add_page(request, {"role": Role.AGENT.value, "invite": True})
    posted = Posted(request)
    name = posted.text("name", most=LONGEST_NAME)
    email = posted.text("email", most=emails.MOST, required=gettext("Type the email address."))
    role = Role(posted.choice("role", set(Role), default=Role.END_USER.value))
    invite, reason = posted.tick("invite"), posted.text("reason", most=LONGEST_REASON)
    form: dict[str, object] = {"name": name, "email": email, "role": role.value, "invite": invite, "reason": reason}
    if posted.errors:
        return _add_page(request, form, posted.errors)
    outcome = people_changes.add_and_ask(
        request.services, request.visit, me, email=email, name=name, role=role, invite=invite, reason=reason
    )
    match outcome:
        case AddedAndAsked(person=person, asked=asked):
            if asked is None:
                return pages.go(request, paths.person(person.id), said=ADDED_NOT_ASKED)
            return pages.go(request, paths.request(asked.id), said=ADDED_AND_ASKED)
        case Added(person=person, mailed=mailed):
            return pages.go(request, paths.person(person.id), said=_invited(request, me) if mailed else ADDED)
        case BadDetails(problems=problems):
            return _add_page(request, form, dict(person_words.unfit(problem) for problem in problems))
        case Barred(helping=NeedsApproval()):
            sentence = gettext(
                "An admin cannot give this role alone. An owner can. Or say why below: they are added as an agent, "
                "and another owner or admin is asked to agree to the role."
            )
            return _add_page(request, {**form, "asks": True}, {"role": sentence})
        case Barred(helping=helping):
            return _add_page(request, form, {"role": person_words.barred(helping)})
        case NeedsProof():
            return outcome
        case Refuse() | Gone() | Conflict() | Asked() | Done():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(outcome)


@require_safe
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def person(request: Request, me: SignedIn, person_id: str) -> HttpResponse:
    """Show one person: never a secret, and no way to set anything up for them."""
    view = people.look(request.services, request.visit, me, PersonId(person_id))
    if isinstance(view, Gone | Refuse):
        return errors.of(request, view)
    return _person_page(request, me, view)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before a role changes"))
def role(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Give somebody another role."""
    chosen = Posted(request).choice("role", set(Role))
    if not chosen:
        return _with_error(request, me, person_id, gettext("Choose a role first."), status=errors.BAD_REQUEST)
    new = Role(chosen)

    def change(services: Services, visit: Visit, who: SignedIn, whom: PersonId) -> ChangeOutcome:
        return people_changes.set_role(services, visit, who, whom, new)

    return _changed(request, me, person_id, change, ROLE_CHANGED, asking=(Act.SET_ROLE, new))


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before somebody is suspended"))
def suspend(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Shut somebody out."""
    return _changed(request, me, person_id, people_changes.suspend, SUSPENDED)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before a suspension ends"))
def unsuspend(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Let somebody in again."""
    return _changed(request, me, person_id, people_changes.end_suspension, UNSUSPENDED)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before somebody is signed out"))
def end_sessions(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Sign somebody out everywhere."""
    return _changed(request, me, person_id, people_changes.end_sessions, SIGNED_OUT)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before somebody is erased"))
def remove(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Erase somebody."""
    return _changed(request, me, person_id, people_changes.remove, REMOVED, onward=paths.PEOPLE)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before an invitation is made"))
def invite(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Mail a new invitation."""
    return _changed(request, me, person_id, inviting.invite_again, _invited(request, me))


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before an invitation is made"))
def invitation_link(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Show a fresh invitation link once, to be handed over by hand."""
    made = inviting.copy_invitation(request.services, request.visit, me, PersonId(person_id))
    if not isinstance(made, inviting.InvitationLink):
        return _answered(request, me, person_id, made)
    view = people.look(request.services, request.visit, me, PersonId(person_id))
    if isinstance(view, Gone | Refuse):
        return errors.answer(request, errors.NOT_FOUND)
    return _person_page(request, me, view, invitation_url=made.url)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before you ask for it"))
def ask(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Ask another helper to agree to what this admin may not do alone."""
    posted = Posted(request)
    wanted, _, named = posted.raw("wanted").partition(":")
    reason = posted.text("reason", most=LONGEST_REASON)
    if wanted not in _ASKED_FOR or (wanted == Act.SET_ROLE) != (named in set(Role)):
        sentence = gettext("Choose what to ask for.")
        return _with_error(request, me, person_id, sentence, status=errors.BAD_REQUEST)
    asking = Act(wanted), Role(named) if named else None
    if not reason or posted.errors:
        sentence = gettext("Say in a few words why; whoever agrees reads it.")
        return _with_error(request, me, person_id, sentence, status=errors.BAD_REQUEST, asking=asking)

    def change(services: Services, visit: Visit, who: SignedIn, whom: PersonId) -> ChangeOutcome:
        return people_changes.ask(services, visit, who, whom, *asking, reason=reason)

    return _changed(request, me, person_id, change, CHANGED)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before an agent may help others"))
def let_help(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Let an agent help end users sign in, or no longer."""
    on = Posted(request).choice("helps", ("on", "off"), default="off") == "on"

    def change(services: Services, visit: Visit, who: SignedIn, whom: PersonId) -> ChangeOutcome:
        return people_changes.let_help(services, visit, who, whom, on=on)

    return _changed(request, me, person_id, change, MAY_HELP if on else MAY_NOT_HELP)


def _invited(request: Request, me: SignedIn) -> told.Told:
    """Return where the invitation is: on its way, or in a file while there is no mail server."""
    if mail_settings.leaves(request.services, request.account.id):
        return INVITED
    return OWN_LINK if me.person.role is Role.OWNER else LIES_HERE


def _changed(
    request: Request,
    me: SignedIn,
    person_id: str,
    change: Callable[[Services, Visit, SignedIn, PersonId], ChangeOutcome],
    said: told.Told,
    *,
    onward: str = "",
    asking: tuple[Act, Role | None] | None = None,
) -> Answer:
    """Do it; `asking` is what another helper may be asked to agree to where this admin may not do it alone."""
    outcome = change(request.services, request.visit, me, PersonId(person_id))
    if not isinstance(outcome, Done):
        return _answered(request, me, person_id, outcome, asking)
    if person_id == me.person.id and said is ROLE_CHANGED:
        # Every session of this person has ended, this one too.
        response = pages.go(request, doors.SIGN_IN)
        cookies.clear(response, request, cookies.SESSION)
        return response
    return pages.go(request, onward or paths.person(person_id), said=said)


def _answered(
    request: Request,
    me: SignedIn,
    person_id: str,
    outcome: Asked | Gone | Barred | NeedsProof | Conflict | Refuse,
    asking: tuple[Act, Role | None] | None = None,
) -> Answer:
    match outcome:
        case NeedsProof():
            return outcome
        case Asked(id=act_id):
            return pages.go(request, paths.request(act_id), said=help_person.ASKED)
        case Gone() | Refuse():
            return errors.of(request, outcome)
        case Barred(helping=NeedsApproval()) if asking is not None:
            return _with_error(request, me, person_id, "", status=errors.FORBIDDEN, asking=asking)
        case Barred(helping=helping):
            return _with_error(request, me, person_id, person_words.barred(helping), status=errors.FORBIDDEN)
        case Conflict():
            return _with_error(request, me, person_id, person_words.meanwhile(), status=errors.BAD_REQUEST)
        case _:
            assert_never(outcome)


def _with_error(
    request: Request,
    me: SignedIn,
    person_id: str,
    sentence: str,
    *,
    status: int,
    asking: tuple[Act, Role | None] | None = None,
) -> HttpResponse:
    view = people.look(request.services, request.visit, me, PersonId(person_id))
    if isinstance(view, Gone | Refuse):
        return errors.answer(request, errors.NOT_FOUND)
    sentence = sentence or person_words.only_with_a_yes(view, asking)
    return _person_page(request, me, view, problem=sentence, status=status, asking=asking)


def _person_page(
    request: Request,
    me: SignedIn,
    view: PersonView,
    *,
    invitation_url: str = "",
    problem: str = "",
    status: int = 200,
    asking: tuple[Act, Role | None] | None = None,
) -> HttpResponse:
    context = person_words.shown(view, rule_words.speaker(request), asking)
    context["may_set_password"] = set_password.is_offered(request.services, request.visit, me, view.person)
    context["may_make_rule"] = has_permission(me.person.role, Permission.EDIT_PEOPLE) and not view.is_self
    context |= {"invitation_url": invitation_url, "holds_secrets": bool(invitation_url)}
    return pages.page(
        request, "admin/person.html", context, status=status, errors={"page": problem} if problem else None
    )


def _add_page(request: Request, form: Mapping[str, object], wrong: Mapping[str, str] | None = None) -> HttpResponse:
    context: dict[str, object] = {
        "here": "people",
        "form": form,
        "roles": person_words.roles(),
        "cannot_send_mail": not mail_settings.leaves(request.services, request.account.id),
        "problems": [{"name": name, "text": text} for name, text in (wrong or {}).items()],
    }
    return pages.page(
        request, "admin/person_add.html", context, status=errors.BAD_REQUEST if wrong else 200, errors=wrong
    )
