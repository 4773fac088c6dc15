"""Admin Center's first pages: First steps, and Account > Security."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy

from twofold.core.ratings import Finding, Subject
from twofold.core.roles import Audience, Permission, Role, has_permission, may_read
from twofold.flows import (
    first_steps,
    mail_settings,
    networks,
    overview,
    password_rules,
    paths,
    policy,
    sign_up,
    sms_settings,
)
from twofold.flows.first_steps import Step
from twofold.flows.outcomes import Refuse
from twofold.web import errors, pages
from twofold.web.admin import failures, rating_words, shut_out_words
from twofold.web.doors import allowed, signed_in
from twofold.web.methods import require_safe

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django_stubs_ext import StrOrPromise

    from twofold.core.ratings import Sends
    from twofold.core.sign_up import SignUp
    from twofold.flows.failed_sends import Lately
    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request

_WORDS: Final[dict[Step, tuple[StrOrPromise, StrOrPromise, str, StrOrPromise]]] = {
    Step.ADDRESS: (
        gettext_lazy("Give it an address"),
        gettext_lazy(
            "So far only this computer reaches it. Put nginx or Caddy with TLS in front and start with "
            "./run --public https://help.example.com."
        ),
        "/guides/admins#address",
        gettext_lazy("How"),
    ),
    Step.MAIL: (
        gettext_lazy("Send mail"),
        gettext_lazy("Name your mail server, and type back the code from a test mail."),
        "/admin/account/mail",
        gettext_lazy("Set up mail"),
    ),
    Step.SECOND_OWNER: (
        gettext_lazy("Have a second owner"),
        gettext_lazy("Two owners can help each other; one alone needs the server when a phone is lost."),
        paths.ADD,
        gettext_lazy("Add somebody"),
    ),
    Step.INVITE: (
        gettext_lazy("Invite your team"),
        gettext_lazy("Admins and agents first; end users whenever you like."),
        paths.ADD,
        gettext_lazy("Invite"),
    ),
    Step.REQUIRE: (
        gettext_lazy("Require two-factor authentication"),
        gettext_lazy("For team members at least: one stolen password opens every ticket."),
        policy.PAGE,
        gettext_lazy("Open"),
    ),
    Step.BACKUP: (
        gettext_lazy("Make a backup"),
        gettext_lazy("On the server: ./run backup FILE. It holds database and keys together, sealed by a passphrase."),
        "/guides/admins#backup",
        gettext_lazy("How"),
    ),
}


@require_safe
@signed_in
@allowed(Permission.SEE_ADMIN_CENTER)
def to_first_steps(request: Request, me: SignedIn) -> HttpResponse:  # noqa: ARG001 -- the door hands it over
    """Lead to the first page of Admin Center."""
    return pages.go(request, "/admin/first-steps")


@require_safe
@signed_in
@allowed(Permission.SEE_ADMIN_CENTER)
def steps(request: Request, me: SignedIn) -> HttpResponse:
    """Show what a new owner does first, each step ticked by a fact."""
    found = first_steps.look(request.services, request.visit, me)
    if isinstance(found, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    shown = []
    for one in found:
        title, line, url, link_text = _WORDS[one.step]
        if not _may_take(me, one.step):
            url = ""
            line = f"{line} {gettext('An owner does this.')}" if me.person.role is Role.ADMIN else line
        shown.append(
            {"title": title, "line": line, "is_done": one.done, "url": url, "link_text": link_text, "done_line": ""}
        )
    context = {"here": "first_steps", "steps": shown, "done_count": sum(one.done for one in found)}
    return pages.page(request, "admin/first_steps.html", context)


def _may_take(me: SignedIn, step: Step) -> bool:
    """Tell whether this person is led to a step: not to what their role would be refused. How-tos are for all."""
    needed = {
        Step.ADDRESS: Permission.SEE_ADMIN_CENTER,
        Step.MAIL: Permission.EDIT_MAIL,
        Step.SECOND_OWNER: Permission.EDIT_PEOPLE,
        Step.INVITE: Permission.EDIT_PEOPLE,
        Step.REQUIRE: Permission.EDIT_POLICY,
        Step.BACKUP: Permission.SEE_ADMIN_CENTER,
    }[step]
    may = may_read if needed is Permission.SEE_ADMIN_CENTER else has_permission
    return may(me.person.role, needed)


@require_safe
@signed_in
@allowed(Permission.SEE_ADMIN_CENTER)
def security(request: Request, me: SignedIn) -> HttpResponse:
    """Rate every setting, lead to where each is mended, and name those whom nobody could get back in."""
    found = overview.look(request.services, request.visit, me)
    if isinstance(found, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    rules = me.policy.rules
    required = [audience for audience in Audience if rules.for_(audience).required is not None]
    here = request.services
    mail_works = mail_settings.is_proved(here, request.visit)
    may_open = may_read(me.person.role, Permission.EDIT_MAIL)
    texts_word, texts_tone = _texts_word(request, found.sends.of("sms"))
    mail_word, mail_tone = _works(found.sends.of("email")) if mail_works else (gettext("not proved yet"), "warn")
    passwords = password_rules.of(here, request.account.id)
    entries = [
        {
            "url": policy.PAGE,
            "title": gettext("Advanced > Authentication"),
            "line": gettext("Who is asked for a second factor, from when, and how often."),
            "word": _required_word(required),
            "tone": "good" if required else "warn",
        },
        {
            "url": password_rules.PAGE,
            "title": gettext("Passwords"),
            "line": gettext("How long they are, and whether owners and admins may set them for others."),
            "word": gettext("set by admins, too") if passwords.admins_set else "",
            "tone": "warn",
        },
        {
            "url": networks.PAGE,
            "title": gettext("Network addresses"),
            "line": gettext("From which networks team members may come."),
            "word": gettext("restricted") if rules.networks else "",
            "tone": "good",
        },
        {
            "url": sign_up.PAGE,
            "title": gettext("Sign-up"),
            "line": gettext("Whether people make a sign-in of their own, as end users."),
            "word": _sign_up_word(rules.sign_up),
            "tone": "",
        },
        {
            "url": "/admin/account/mail" if may_open else "",
            "title": gettext("Mail"),
            "line": gettext("The server that codes and notices go out through."),
            "word": mail_word,
            "tone": mail_tone,
        },
        {
            "url": "/admin/account/texts" if may_open else "",
            "title": gettext("Text messages"),
            "line": gettext("The provider that codes by text go out through."),
            "word": texts_word,
            "tone": texts_tone,
        },
    ]
    recommends = Audience.TEAM not in required
    now = here.clock.now()
    context = {
        "here": "security",
        "entries": entries,
        "recommends": recommends,
        "clock_is_off": any(one.finding is Finding.CLOCK_IS_OFF for one in found.rated),
        "ratings": rating_words.sections(
            found.rated,
            causes=_causes(found.sends),
            may_open_mail=may_open,
            only_reads=me.person.role is Role.AUDITOR,
            now=now,
        ),
        "stranded": rating_words.stranded(found.stranded),
        "shut_out": shut_out_words.counted([found.shut_out]),
        "failures": failures.shown(found.sends.failures, now=now),
    }
    return pages.page(request, "admin/security.html", context)


def _causes(sends: Lately) -> dict[Subject, str]:
    """Return of what messages failed most often, by what is rated of them."""
    most = {Subject.MAIL: sends.most_frequent("email"), Subject.TEXTS: sends.most_frequent("sms")}
    return {subject: failures.reason(one) for subject, one in most.items() if one is not None}


def _works(sends: Sends) -> tuple[str, str]:
    """Return how a way that was proved once stands by what became of the messages of the last day."""
    if not sends.failed:
        return gettext("works"), "good"
    return (gettext("failing"), "bad") if sends.none_since else (gettext("some failed"), "warn")


def _texts_word(request: Request, sends: Sends) -> tuple[str, str]:
    """Return how texts stand, and in which tone: not to send any is no fault."""
    if not request.services.outbox.can_send(request.account.id, "sms"):
        return gettext("not set up"), ""
    if sms_settings.is_used_up(request.services, request.visit):
        return gettext("used up for today"), "bad"
    if sms_settings.is_proved(request.services, request.visit):
        return _works(sends)
    return gettext("not proved yet"), "warn"


def _sign_up_word(rule: SignUp) -> str:
    if not rule.is_open:
        return ""
    return gettext("open to some domains") if rule.domains else gettext("open to everybody")


def _required_word(required: list[Audience]) -> str:
    match required:
        case [Audience.TEAM, Audience.END_USERS]:
            return gettext("required for everybody")
        case [Audience.TEAM]:
            return gettext("required for team members")
        case [Audience.END_USERS]:
            return gettext("required for end users")
        case _:
            return gettext("not required")
