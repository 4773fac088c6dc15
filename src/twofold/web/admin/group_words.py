"""Groups in sentences: who belongs to one, what it asks for, and what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from twofold.core.rules import EVERY_SIGN_IN
from twofold.web import pages
from twofold.web.admin.policy_fields import DAY, ways_word
from twofold.web.admin.rule_words import accepts_changes, day_word, grace_end, in_zone, requirement_changes, trust_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from twofold.core.groups import Extra, Group
    from twofold.core.ids import GroupId
    from twofold.core.wanted import Requirement
    from twofold.web.admin.rule_words import Speaker


def people_in(name: str) -> str:
    """Return what the people of a group are called in sentences."""
    return gettext("People in “%(name)s”") % {"name": name}


def choices(groups: Mapping[GroupId, Group]) -> list[tuple[str, str]]:
    """Return every group as a choice, by name."""
    return sorted(((group_id, group.name) for group_id, group in groups.items()), key=lambda one: one[1].casefold())


def belonging(group: Group) -> list[str]:
    """Return who belongs to a group without being put into it, a sentence each."""
    found = []
    if group.roles:
        roles = ", ".join(pages.role_word(role) for role in sorted(group.roles))
        found.append(gettext("Everybody who is: %(roles)s.") % {"roles": roles})
    if group.domains:
        domains = ", ".join(f"@{domain}" for domain in sorted(group.domains))
        found.append(gettext("Everybody whose address ends in: %(domains)s.") % {"domains": domains})
    return found


def asking(extra: Extra, speaker: Speaker, *, tells_of_old: bool = True) -> list[str]:
    """Return what a group asks for beyond the rules of everybody, a sentence each.

    `tells_of_old` is False where nobody it is for holds anything that counts no longer.
    """
    found: list[str] = []
    if extra.required is not None:
        found += _required(extra.required, speaker)
    if not extra.accepts.is_everything:
        found.append(gettext("Only these ways count: %(ways)s.") % {"ways": ways_word(extra.accepts, speaker.kinds)})
        if not tells_of_old:
            pass
        elif extra.accepts.old_ones_count:
            found.append(gettext("What people have set up goes on counting."))
        elif extra.accepts.old_ones_prove_until is not None:
            day = day_word(extra.accepts.old_ones_prove_until, speaker.zone)
            found.append(gettext("What no longer counts opens nothing but set-up, until %(day)s.") % {"day": day})
    if extra.trust_for == EVERY_SIGN_IN:
        found.append(gettext("A code is asked for at every sign-in."))
    elif extra.trust_for is not None:
        days = extra.trust_for // DAY
        sentence = ngettext(
            "A trusted computer is asked once in %(days)d day.",
            "A trusted computer is asked once in %(days)d days.",
            days,
        )
        found.append(sentence % {"days": days})
    return found


def changes(old: Mapping[GroupId, Group], new: Mapping[GroupId, Group], speaker: Speaker) -> Iterator[str]:
    """Say what is different in each group."""
    for group_id in dict.fromkeys((*old, *new)):
        before, after = old.get(group_id), new.get(group_id)
        if after is None and before is not None:
            yield gettext("The group “%(name)s” is removed.") % {"name": before.name}
        elif after is not None and before is None:
            yield gettext("A new group: “%(name)s”.") % {"name": after.name}
            yield from (f"“{after.name}”: {sentence}" for sentence in belonging(after))
            yield from _of_extra(after.name, None, after.extra, speaker)
        elif before is not None and after is not None and before != after:
            yield from _of_group(before, after, speaker)


def _of_group(old: Group, new: Group, speaker: Speaker) -> Iterator[str]:
    if old.name != new.name:
        yield gettext("The group “%(old)s” is called “%(new)s” from now on.") % {"old": old.name, "new": new.name}
    if (old.domains, old.roles) != (new.domains, new.roles):
        said = belonging(new) or [gettext("Only who is put into it by hand belongs to it.")]
        yield from (f"“{new.name}”: {sentence}" for sentence in said)
    yield from _of_extra(new.name, old.extra, new.extra, speaker)


def _of_extra(name: str, old: Extra | None, new: Extra, speaker: Speaker) -> Iterator[str]:
    people = people_in(name)
    yield from requirement_changes(people, old.required if old else None, new.required, speaker)
    yield from accepts_changes(people, old.accepts if old else None, new.accepts, speaker)
    if new.trust_for != (old.trust_for if old else None):
        if new.trust_for is None:
            yield gettext("%(group)s are asked as often as everybody.") % {"group": people}
        else:
            yield trust_word(people, new.trust_for)
    before = _open(old.exempt_until if old else None, speaker)
    after = _open(new.exempt_until, speaker)
    if after is not None and after != before:
        words = {"group": people, "at": in_zone(after, speaker.zone)}
        yield gettext("%(group)s, but for owners and admins, are exempt until %(at)s.") % words
    elif before is not None and after is None:
        yield gettext("%(group)s are exempt no longer.") % {"group": people}


def _open(until: datetime | None, speaker: Speaker) -> datetime | None:
    """Return until when an exemption is open; None for one that is over."""
    return until if until is not None and until > speaker.now else None


def _required(required: Requirement, speaker: Speaker) -> Iterator[str]:
    if required.starts_at == speaker.now:
        yield gettext("A second factor is required from now on.")
    elif required.starts_at < speaker.now:
        yield gettext("A second factor is required since %(at)s.") % {"at": in_zone(required.starts_at, speaker.zone)}
    else:
        at = in_zone(required.starts_at, speaker.zone)
        yield gettext("A second factor is required from %(at)s on.") % {"at": at}
    days = required.grace_for // DAY
    if days and speaker.now < required.starts_at + required.grace_for:
        yield ngettext(
            "Who has none may wait for %(days)d day, until %(when)s.",
            "Who has none may wait for %(days)d days, until %(when)s.",
            days,
        ) % {"days": days, "when": grace_end(required, speaker)}
    elif days:
        yield ngettext(
            "Who comes later and has none may wait for %(days)d day.",
            "Who comes later and has none may wait for %(days)d days.",
            days,
        ) % {"days": days}
    if days and required.skips is not None:
        yield ngettext(
            "Who waits may sign in without it %(times)d time.",
            "Who waits may sign in without it %(times)d times.",
            required.skips,
        ) % {"times": required.skips}
