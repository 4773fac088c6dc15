"""One person as an admin reads about them: the same facts as on their own page, told of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_noop, ngettext

from twofold.core.reasons import Reason
from twofold.core.roles import Barrier, NeedsApproval, Refused, Role
from twofold.core.trust import trusted_until
from twofold.flows.people import Unfit
from twofold.web import moments, pages, words
from twofold.web.admin import help_words, own_rule_words, policy_fields
from twofold.web.kinds.registry import named
from twofold.web.profile import events

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.helping import Act
    from twofold.core.reasons import Because
    from twofold.core.roles import Helping
    from twofold.core.standing import Standing
    from twofold.flows.people import Listed, PersonView
    from twofold.ports.browsers import KnownBrowser
    from twofold.web.admin.rule_words import Speaker

_REASONS: Final = {
    Reason.CHOSEN: gettext_noop("Turned it on by their own choice."),
    Reason.RESET: gettext_noop("It was reset, so it has to be set up anew."),
    Reason.REQUIRED_FOR_AUDIENCE: gettext_noop("The policy requires it since %(at)s."),
    Reason.REQUIRED_FOR_GROUP: gettext_noop("The group “%(detail)s” requires it since %(at)s."),
    Reason.REQUIRED_FOR_PERSON: gettext_noop("It is required of this person alone since %(at)s."),
    Reason.METHODS_OF_GROUP: gettext_noop("decided for the group “%(detail)s”"),
    Reason.METHODS_OF_PERSON: gettext_noop("decided for this person alone"),
    Reason.BETTER_WANTED: gettext_noop("What was set up still counts, but the policy wants another way."),
    Reason.EXEMPT: gettext_noop("Exempt until %(at)s: %(detail)s"),
    Reason.EXEMPTION_OVER: gettext_noop("The exemption ended on %(at)s."),
    Reason.NOT_REQUIRED: gettext_noop("The policy does not require it."),
    Reason.REQUIREMENT_NOT_STARTED: gettext_noop("The policy requires it from %(at)s on."),
    Reason.IN_GRACE: gettext_noop("Setting it up can wait until %(at)s."),
    Reason.GRACE_OVER: gettext_noop("Setting it up could wait until %(at)s."),
    Reason.DORMANT: gettext_noop("What was set up is kept, and not asked for at sign-in."),
    Reason.LAPSED: gettext_noop("What was set up lay unused for so long that it has to be proved once."),
    Reason.SIGNS_IN_WITH_PROVIDER: gettext_noop("%(detail)s checks this person at sign-in."),
    Reason.KIND_NO_LONGER_ALLOWED: gettext_noop("One of the methods no longer counts."),
}


def state(where: Standing, *, now: datetime) -> dict[str, str | bool]:
    """Return the word of somebody's state, its tone, and what stands beside it: an exemption, or that they are out."""
    return {
        "word": words.standing_word(where, now=now),
        "tone": words.standing_tone(where),
        "exempt_word": words.exempt_beside(where, now=now),
        "shut_out": where.shut_out,
    }


def listed(one: Listed, *, now: datetime) -> dict[str, object]:
    """Return a line of the list."""
    row = one.row
    if row.suspended_at is not None:
        word, tone = gettext("suspended"), "bad"
    else:
        word, tone = words.standing_word(one.standing, now=now), words.standing_tone(one.standing)
    return {
        "id": row.id,
        "name": row.name or row.email,
        "email": row.email,
        "role_word": pages.role_word(row.role),
        "state_word": word,
        "state_tone": tone,
        "exempt_word": words.exempt_beside(one.standing, now=now),
        "shut_out": one.standing.shut_out,
        "last_sign_in": moments.day(row.last_sign_in_at, now=now) if row.last_sign_in_at else "",
    }


def shown(view: PersonView, speaker: Speaker, asking: tuple[Act, Role | None] | None = None) -> dict[str, object]:
    """Return the context of a person's page; `asking` is what another helper is about to be asked to agree to."""
    asks = view.asks if asking is None or asking in view.asks else (*view.asks, asking)
    person, now = view.person, speaker.now
    is_suspended = person.suspended_at is not None
    return {
        "here": "people",
        "one": {
            "id": person.id,
            "name": person.name or person.email,
            "email": person.email,
            "role_word": pages.role_word(person.role),
            "added": moments.full_day(person.created_at),
            "last_sign_in": moments.day_and_clock(person.last_sign_in_at, now=now) if person.last_sign_in_at else "",
            "is_self": view.is_self,
            "is_suspended": is_suspended,
            "waiting_until": moments.soon(view.waiting_until, now=now) if view.waiting_until else "",
        },
        "state": state(view.standing, now=now),
        "is_exempt": view.person.exempt_until is not None and now < view.person.exempt_until,
        "why": [*dict.fromkeys(sentence for one in view.standing.reasons if (sentence := _reason(one, now=now)))],
        "methods": [
            {
                "name": named(one.kind, one.thing, one.label),
                "added": moments.day(one.confirmed_at, now=now),
                "last_used": moments.day(one.last_used_at, now=now) if one.last_used_at else "",
            }
            for one in view.methods
        ],
        "codes_left": ngettext("%(left)d recovery code left", "%(left)d recovery codes left", view.codes.left)
        % {"left": view.codes.left}
        if view.codes.made_at
        else "",
        "sessions": [
            {
                "name": one.browser_name or gettext("A browser"),
                "place": one.address,
                "last_seen": moments.day_and_clock(one.last_seen_at, now=now),
            }
            for one in view.sessions.sessions
        ],
        "more_sessions": view.sessions.are_more,
        "browsers": [_browser(one, view, now=now) for one in view.browsers],
        "ways_word": policy_fields.ways_word(view.rules.accepts, speaker.kinds),
        "groups": [group.name for group in view.groups],
        "own_rule": own_rule_words.of_person(view, speaker),
        "events": _history(view, now=now),
        "acts": {
            "roles": [(role.value, pages.role_word(role)) for role in view.roles],
            "why_no_role": "" if view.roles else gettext("Only an owner can change this role."),
            "may_suspend": view.may_suspend and not is_suspended,
            "may_unsuspend": view.may_suspend and is_suspended,
            "may_remove": view.may_remove,
            "may_invite": view.may_invite,
            "may_copy_link": view.may_copy_link,
            "may_end_sessions": view.may_suspend,
            "asks": [help_words.wanted(act, role) for act, role in asks],
            "asking": help_words.wanted(*asking)[0] if asking else "",
            "may_help": view.may_help,
            "may_let_help": view.may_let_help,
            "helps": person.helps_since is not None,
        },
        "invitation_url": "",
    }


def _history(view: PersonView, *, now: datetime) -> list[dict[str, str]]:
    """Return the person's events, with who did what to them and how it was known who they are."""
    lines = []
    for one in view.events:
        for line in events.shown([one], now=now):
            who = view.names.get(one.actor_id, "") if one.actor_id else ""
            by = view.names.get(str(one.detail.get("approved_by", "")), "")
            typed = {"reason": one.detail.get("because")} if one.kind == events.OWN_RULE else one.detail
            more = [who, help_words.checked(one.detail), help_words.reason(typed), help_words.agreed(by)]
            lines.append({**line, "more": " · ".join(filter(None, more))})
    return lines


def meanwhile() -> str:
    """Return what is said where somebody else was faster."""
    return gettext("Something else changed meanwhile. Look again, then repeat it.")


def barred(helping: Helping) -> str:
    """Return why this admin cannot do it."""
    match helping:
        case Refused(because=Barrier.ONESELF):
            return gettext("Nobody can do this to themselves; another owner or admin can.")
        case Refused(because=Barrier.ONLY_OWNER):
            return gettext("An account keeps at least one active owner. Make somebody else an owner first.")
        case NeedsApproval():
            return gettext("An admin cannot do this alone: a second one has to agree, or an owner does it.")
        case _:
            return gettext("Your role does not reach this far.")


def only_with_a_yes(view: PersonView, asking: tuple[Act, Role | None] | None) -> str:
    """Return why another helper has to agree: the table says so, or less would be asked of the person."""
    if asking is None or asking in view.asks:
        return gettext("An admin cannot do this alone: say why below, and a second one is asked to agree.")
    return gettext(
        "In this role less would be asked of them at sign-in, and you changed their address or password in the last "
        "three days. Say why below, and another owner or admin is asked to agree."
    )


def unfit(problem: Unfit) -> tuple[str, str]:
    """Return beside which field a problem stands, and its message."""
    return {
        Unfit.NOT_AN_ADDRESS: ("email", gettext("Type one email address, such as ann@example.com.")),
        Unfit.ADDRESS_TAKEN: ("email", gettext("Somebody with this address is there already.")),
        Unfit.NAME_TOO_LONG: ("name", gettext("This is too long.")),
    }[problem]


def roles() -> list[tuple[str, str]]:
    """Return every role with its word, the least first."""
    return [(role.value, pages.role_word(role)) for role in reversed(Role)]


def _reason(because: Because, *, now: datetime) -> str:
    sentence = _REASONS.get(because.reason, "")
    if because.reason in {Reason.METHODS_OF_GROUP, Reason.METHODS_OF_PERSON}:
        return words.limited(because, gettext(sentence) % {"detail": because.detail})
    at = moments.day(because.at, now=now) if because.at else ""
    return gettext(sentence) % {"at": at, "detail": because.detail} if sentence else ""


def _browser(one: KnownBrowser, view: PersonView, *, now: datetime) -> dict[str, object]:
    until = trusted_until(
        one.trust,
        view.rules,
        every_sign_in=view.person.every_sign_in,
        now=now,
        not_before=view.standing.trust_counts_from,
    )
    return {
        "name": one.name or gettext("A browser"),
        "place": one.address,
        "last_used": moments.day_and_clock(one.last_used_at, now=now),
        "trusted_until": moments.day(until, now=now) if until else "",
    }
