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
from twofold.web.admin import extra_form
from twofold.web.admin.policy_fields import Fields, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    return {
        **extra_form.shown(group.extra, speaker),
        "name": group.name,
        "domains": "\n".join(sorted(group.domains)),
        "roles": _roles(group.roles),
    }


def read(posted: Posted, present: Group, speaker: Speaker) -> Typed:
    """Read the fields over the group as it is in force."""
    reader = Reader(posted, WHOSE, zone=speaker.zone, now=speaker.now)
    wrong: dict[str, str] = {}
    name = posted.text("name", most=NAME_LONGEST, required=gettext("Give the group a name."))
    typed = posted.paragraph("domains", most=LONGEST_DOMAINS)
    domains = read_domains(typed, wrong)
    roles = frozenset(role for role in Role if posted.tick(f"role_{role}"))
    extra = extra_form.read(reader, present.extra, speaker)
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


def _roles(ticked: frozenset[Role]) -> list[Fields]:
    return [{"value": role.value, "word": pages.role_word(role), "ticked": role in ticked} for role in Role]
