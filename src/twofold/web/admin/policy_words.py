"""The policy in sentences: what changes, what becomes weaker, what cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, ngettext

from twofold.core.policy import RuleProblem, Weaker
from twofold.core.roles import Audience
from twofold.web.admin import group_words
from twofold.web.admin.policy_fields import needs_device
from twofold.web.admin.rule_words import accepts_changes, requirement_changes, trust_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.core.policy import AudienceRules, Rules, Weakening
    from twofold.flows.policy import OtherAct
    from twofold.web.admin.rule_words import Speaker

_NAMED: Final = 5
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


def group_word(audience: Audience) -> str:
    """Return what an audience is called."""
    return gettext("Team members") if audience is Audience.TEAM else gettext("End users")


def other_act(outcome: OtherAct) -> str:
    """Return why somebody else has to save this."""
    names = ", ".join(one.name or one.email for one in outcome.people[:_NAMED])
    return gettext(
        "You changed the address or password of %(names)s in the last three days, and this would free them of a "
        "second factor. Another owner or admin has to save it."
    ) % {"names": names}


def changes(old: Rules, new: Rules, speaker: Speaker) -> list[str]:
    """Return what is different, a sentence each: for the audiences, then for the groups."""
    by_audience = [
        sentence
        for audience in Audience
        for sentence in _changes_of(group_word(audience), old.for_(audience), new.for_(audience), speaker)
    ]
    return [*by_audience, *group_words.changes(old.groups, new.groups, speaker)]


def _changes_of(group: str, old: AudienceRules, new: AudienceRules, speaker: Speaker) -> Iterator[str]:
    yield from requirement_changes(group, old.required, new.required, speaker)
    yield from accepts_changes(group, old.accepts, new.accepts, speaker)
    if old.one_method != new.one_method:
        yield (
            gettext(
                "%(group)s hold one method at a time: a new one replaces the one before. Whoever holds several by now "
                "keeps them, until the next one that they set up takes the place of all."
            )
            if new.one_method
            else gettext("%(group)s may hold several methods.")
        ) % {"group": group}
    if old.checks_new_browsers != new.checks_new_browsers:
        yield (
            gettext("%(group)s without a second factor are mailed a code on a new browser.")
            if new.checks_new_browsers
            else gettext("%(group)s without a second factor sign in on a new browser with their password alone.")
        ) % {"group": group}
    if old.trust_for != new.trust_for:
        yield trust_word(group, new.trust_for)
    if old.idle_for != new.idle_for:
        yield ngettext(
            "%(group)s are signed out after %(minutes)d idle minute.",
            "%(group)s are signed out after %(minutes)d idle minutes.",
            new.idle_for // _MINUTE,
        ) % {"group": group, "minutes": new.idle_for // _MINUTE}
    if old.session_for != new.session_for:
        yield ngettext(
            "%(group)s sign in again after %(hours)d hour.",
            "%(group)s sign in again after %(hours)d hours.",
            new.session_for // _HOUR,
        ) % {"group": group, "hours": new.session_for // _HOUR}


def warnings(rules: Rules, speaker: Speaker) -> list[str]:
    """Return whom the ways that count leave without one that does without a second device."""
    return [
        gettext("%(group)s: each way that counts needs a second device.") % {"group": group_word(audience)}
        for audience in Audience
        if needs_device(rules.for_(audience).accepts, speaker.kinds)
    ]


def weaker_word(one: Weakening) -> str:
    """Return in which way the policy asks for less."""
    return weaker_sentence(
        one.weaker, group_words.people_in(one.group) if one.audience is None else group_word(one.audience)
    )


def weaker_sentence(weaker: Weaker, group: str) -> str:
    """Return in which way the policy asks less of a group that is called this."""
    sentences = {
        Weaker.REQUIREMENT_OFF: gettext("%(group)s: a second factor is no longer required."),
        Weaker.REQUIREMENT_LATER: gettext("%(group)s: the requirement starts later."),
        Weaker.GRACE_LONGER: gettext("%(group)s: setting up can wait longer."),
        Weaker.TRUST_LONGER: gettext("%(group)s: a trusted computer is asked less often."),
        Weaker.KINDS_WEAKER: gettext("%(group)s: more kinds of second factors count."),
        Weaker.OLD_ONES_PROVE_LONGER: gettext("%(group)s: what no longer counts proves for longer."),
        Weaker.SESSIONS_LONGER: gettext("%(group)s: sessions last longer."),
        Weaker.NEW_BROWSERS_UNCHECKED: gettext("%(group)s: no mailed code is asked for on a new browser any more."),
        Weaker.NETWORKS_WIDER: gettext("%(group)s: they may come from more networks."),
        Weaker.SIGN_UP_WIDER: gettext("%(group)s: more people may sign up by themselves."),
        Weaker.GROUP_SMALLER: gettext("%(group)s: fewer people belong to it."),
        Weaker.MEMBER_REMOVED: gettext("%(group)s: somebody was taken out of it."),
        Weaker.EXEMPTED: gettext("%(group)s: exempt from what is required."),
        Weaker.PAUSED: gettext("%(group)s: set-up is paused for some hours."),
    }
    return sentences[weaker] % {"group": group}


def problem_field(problem: RuleProblem) -> tuple[str, str]:
    """Return beside which field a problem of the rules stands, and its message."""
    return {
        RuleProblem.TRUST_OUT_OF_RANGE: ("trust_days", gettext("Type 0, or a whole number from 1 to 90.")),
        RuleProblem.IDLE_OUT_OF_RANGE: (
            "idle_minutes",
            gettext("Somebody idle cannot stay signed in longer than the whole session lasts."),
        ),
        RuleProblem.SESSION_OUT_OF_RANGE: ("session_hours", gettext("A session lasts 90 days at most.")),
        RuleProblem.GRACE_OUT_OF_RANGE: ("grace_days", gettext("A grace lasts 365 days at most.")),
        RuleProblem.SKIPS_OUT_OF_RANGE: ("grace_skips", gettext("That number cannot be.")),
        RuleProblem.NO_KIND_LEFT: ("ways", gettext("Tick at least one way: otherwise nobody could sign in.")),
        RuleProblem.NO_WAY_LEFT: ("ways", gettext("None of these is strong enough, so nobody could sign in.")),
        RuleProblem.NOTHING_CAN_BE_SENT: (
            "ways",
            gettext("Nobody could get a code: nothing can be sent this way at present. Tick another way as well."),
        ),
        RuleProblem.NEEDS_MAIL: ("new_browsers", gettext("Mail cannot be sent yet, so nobody would get the code.")),
        RuleProblem.TOO_MANY_NETWORKS: ("networks", gettext("Name 100 networks at most.")),
        RuleProblem.NOT_A_NETWORK: ("networks", gettext("Type networks such as 192.0.2.0/24 or 2001:db8::/32.")),
        RuleProblem.OUTSIDE_NETWORKS: (
            "networks",
            gettext("You come from none of these networks, so you would shut yourself out. Add your own first."),
        ),
        RuleProblem.NO_NAME: ("name", gettext("Give the group a name.")),
        RuleProblem.NAME_TOO_LONG: ("name", gettext("A name has 60 characters at most.")),
        RuleProblem.NAME_TAKEN: ("name", gettext("Another group has this name.")),
        RuleProblem.TOO_MANY_GROUPS: ("name", gettext("There are 200 groups already, which is the most.")),
        RuleProblem.TOO_MANY_DOMAINS: ("domains", gettext("Name 50 domains at most.")),
        RuleProblem.NOT_A_DOMAIN: ("domains", gettext("Type domains such as example.com, one a line.")),
    }[problem]
