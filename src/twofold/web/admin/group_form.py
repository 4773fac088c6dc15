"""The form of a group: its name, who belongs to it, and what it asks for beyond the rules of everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from twofold.core.emails import domain_of
from twofold.core.groups import NAME_LONGEST
from twofold.core.roles import Role
from twofold.web import pages
from twofold.web.admin.policy_fields import DAY, MOST_TRUST_DAYS, Fields, Reader, requirement_fields, ways_fields

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from twofold.core.groups import Group
    from twofold.web.admin.rule_words import Speaker
    from twofold.web.forms import Posted

WHOSE: Final = "group"
LONGEST_DOMAINS: Final = 8192
_BETWEEN: Final = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was posted: the fields to show again, the group they make, and what is wrong."""

    fields: Fields
    group: Group
    wrong: Mapping[str, str]


def shown(group: Group, speaker: Speaker) -> Fields:
    """Return the fields that say this group."""
    trust_for = group.extra.trust_for
    return {
        **requirement_fields(group.extra.required, zone=speaker.zone, now=speaker.now),
        **ways_fields(group.extra.accepts, speaker.kinds, zone=speaker.zone, now=speaker.now),
        "name": group.name,
        "domains": "\n".join(sorted(group.domains)),
        "roles": _roles(group.roles),
        "trust_days": "" if trust_for is None else str(trust_for // DAY),
    }


def read(posted: Posted, present: Group, speaker: Speaker) -> Typed:
    """Read the fields over the group as it is in force."""
    reader = Reader(posted, WHOSE, zone=speaker.zone, now=speaker.now)
    wrong: dict[str, str] = {}
    name = posted.text("name", most=NAME_LONGEST, required=gettext("Give the group a name."))
    typed = posted.paragraph("domains", most=LONGEST_DOMAINS)
    domains = read_domains(typed, wrong)
    roles = frozenset(role for role in Role if posted.tick(f"role_{role}"))
    wanted = reader.tick("require")
    extra = replace(
        present.extra,
        required=reader.requirement(present.extra.required, wanted=wanted),
        accepts=reader.accepts(present.extra.accepts, speaker.kinds),
        trust_for=_trust_for(posted, present, reader),
    )
    wrong |= {field: posted.errors[field] for field in ("name", "domains") if field in posted.errors}
    return Typed(
        fields={
            **shown(present, speaker),
            **reader.fields,
            "name": name or posted.raw("name", most=NAME_LONGEST * 10),
            "domains": typed,
            "roles": _roles(roles),
        },
        group=replace(present, name=name, domains=domains, roles=roles, extra=extra),
        wrong={**wrong, **reader.wrong},
    )


def carried(given: Posted, present: Group, speaker: Speaker) -> tuple[Fields, Mapping[str, str]]:
    """Return the fields of a group with another requirement, typed elsewhere, and what is wrong with it."""
    reader = Reader(given, WHOSE, zone=speaker.zone, now=speaker.now)
    reader.requirement(present.extra.required, wanted=reader.tick("require"))
    return {**shown(present, speaker), **reader.fields}, reader.wrong


def read_domains(typed: str, wrong: dict[str, str]) -> frozenset[str]:
    """Return the domains of a text, one a line or with commas between; what is none goes to `wrong`."""
    found: set[str] = set()
    for one in filter(None, _BETWEEN.split(typed)):
        domain = domain_of(one.removeprefix("@"))
        if domain is None:
            wrong["domains"] = gettext("“%(domain)s” is no domain. Type one such as example.com a line.") % {
                "domain": one[:80]
            }
        else:
            found.add(domain)
    return frozenset(found)


def _trust_for(posted: Posted, present: Group, reader: Reader) -> timedelta | None:
    """Return how long trust lasts in this group; an empty field leaves it as it is for everybody."""
    if not reader.was_sent("trust_days"):
        return present.extra.trust_for
    if not posted.raw(f"{WHOSE}_trust_days", most=20).strip():
        reader.fields["trust_days"] = ""
        return None
    # What stands in the field is a number of days, so where there was none before it is compared with no days.
    return reader.span("trust_days", present.extra.trust_for or -DAY, DAY, most=MOST_TRUST_DAYS)


def _roles(ticked: frozenset[Role]) -> list[Fields]:
    return [{"value": role.value, "word": pages.role_word(role), "ticked": role in ticked} for role in Role]
