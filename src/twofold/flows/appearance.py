"""The face of the help desk: its name, colour, logo, place in the world, and how it helps."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from twofold.core import appearance
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission
from twofold.flows import journal
from twofold.flows.outcomes import Conflict, Done, Refuse
from twofold.ports.accounts import LONGEST_HELP, LONGEST_HOURS, LONGEST_LINK, LONGEST_NAME, LONGEST_PHONE, HelpText

if TYPE_CHECKING:
    from collections.abc import Collection

    from twofold.core.appearance import LogoProblem
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services


class Unfit(StrEnum):
    """What is wrong with a field."""

    NO_NAME = "no_name"
    TOO_LONG = "too_long"
    NOT_A_COLOUR = "not_a_colour"
    TOO_PALE = "too_pale"
    UNKNOWN_ZONE = "unknown_zone"
    UNKNOWN_LANGUAGE = "unknown_language"
    NOT_A_LINK = "not_a_link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What an admin types. `logo` is a new file, None to leave the present one, b"" to take it away."""

    name: str
    colour: str
    time_zone: str
    locale: str
    privacy_url: str
    imprint_url: str
    help_team: HelpText
    help_end_users: HelpText
    logo: bytes | None = None


@dataclass(frozen=True, slots=True)
class BadFace:
    """What is wrong, by the name of the field; `logo` apart, because a file has its own reasons."""

    problems: dict[str, Unfit]
    logo: LogoProblem | None = None


def save(
    services: Services,
    visit: Visit,
    me: SignedIn,
    face: Face,
    *,
    version: int,
    locales: Collection[str],
) -> Done | BadFace | Conflict | Refuse:
    """Write the account's face where `version` is still the one that the admin saw.

    `locales` are the languages that pages exist in.
    """
    if not has_permission(me.person.role, Permission.EDIT_APPEARANCE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    problems = _problems(face, locales)
    logo_problem = appearance.problem_of_logo(face.logo) if face.logo else None
    if problems or logo_problem is not None:
        return BadFace(problems, logo_problem)
    old = services.accounts.by_id(visit.account.id)
    if old is None or old.version != version:
        return Conflict()
    new = replace(
        old,
        name=face.name.strip(),
        colour=appearance.normalise_colour(face.colour) or "",
        time_zone=face.time_zone,
        locale=face.locale,
        privacy_url=face.privacy_url.strip(),
        imprint_url=face.imprint_url.strip(),
        help_team=_stripped(face.help_team),
        help_end_users=_stripped(face.help_end_users),
        logo=old.logo if face.logo is None else face.logo or None,
    )
    if new == old:
        return Done()
    now = services.clock.now()
    with services.transactions.begin():
        if not services.accounts.replace(old, new):
            return Conflict()
        before, after = _differences(old, new)
        journal.record(
            services,
            visit,
            "appearance.changed",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"before": before, "after": after},
        )
    return Done()


def is_zone(name: str) -> bool:
    """Tell whether this names a time zone of the tz database."""
    return name in zoneinfo.available_timezones()


def is_link(text: str) -> bool:
    """Tell whether this is a web address that a page may link to: https or http, no spaces, nothing hidden."""
    plain = all("!" <= character <= "~" and character not in "\"'<>\\^`{|}" for character in text)
    rest = text.removeprefix("https://").removeprefix("http://")
    return plain and rest not in {"", text} and not rest.startswith("/") and "@" not in rest.split("/", 1)[0]


def _problems(face: Face, locales: Collection[str]) -> dict[str, Unfit]:
    problems: dict[str, Unfit] = {}
    if not face.name.strip():
        problems["name"] = Unfit.NO_NAME
    elif len(face.name.strip()) > LONGEST_NAME:
        problems["name"] = Unfit.TOO_LONG
    colour = appearance.normalise_colour(face.colour)
    if colour is None:
        problems["colour"] = Unfit.NOT_A_COLOUR
    elif colour and not appearance.is_readable(colour):
        problems["colour"] = Unfit.TOO_PALE
    if not is_zone(face.time_zone):
        problems["time_zone"] = Unfit.UNKNOWN_ZONE
    if face.locale not in locales:
        problems["locale"] = Unfit.UNKNOWN_LANGUAGE
    for field, link in (("privacy_url", face.privacy_url), ("imprint_url", face.imprint_url)):
        if len(link) > LONGEST_LINK:
            problems[field] = Unfit.TOO_LONG
        elif link.strip() and not is_link(link.strip()):
            problems[field] = Unfit.NOT_A_LINK
    return problems | _help_problems(face)


def _help_problems(face: Face) -> dict[str, Unfit]:
    limits = {"text": LONGEST_HELP, "phone": LONGEST_PHONE, "hours": LONGEST_HOURS}
    return {
        f"{whose}_help_{name}": Unfit.TOO_LONG
        for whose, words in (("team", face.help_team), ("end_users", face.help_end_users))
        for name, said in _told_help(words).items()
        if len(str(said)) > limits[name]
    }


def _stripped(words: HelpText) -> HelpText:
    return HelpText(text=words.text.strip(), phone=words.phone.strip(), hours=words.hours.strip())


def _differences(old: Account, new: Account) -> tuple[JsonObject, JsonObject]:
    def told(account: Account) -> JsonObject:
        return {
            "name": account.name,
            "colour": account.colour,
            "time_zone": account.time_zone,
            "locale": account.locale,
            "privacy_url": account.privacy_url,
            "imprint_url": account.imprint_url,
            "help_team": _told_help(account.help_team),
            "help_end_users": _told_help(account.help_end_users),
            "has_logo": account.logo is not None,
        }

    before, after = told(old), told(new)
    changed = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in changed}, {name: after[name] for name in changed}


def _told_help(words: HelpText) -> JsonObject:
    return {"text": words.text, "phone": words.phone, "hours": words.hours}
