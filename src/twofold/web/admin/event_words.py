"""Events as whoever reads the log reads them: a sentence for each kind, its parts by name, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.web import moments
from twofold.web.admin import event_parts
from twofold.web.kinds.registry import name_of
from twofold.web.profile import events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject, JsonValue
    from twofold.ports.audit import Event
    from twofold.ports.people import Named

OTHERS: Final[dict[str, StrOrPromise]] = {
    "account.changed": _("The name or the time zone of the help desk was changed on the server."),
    "account.moved": _("The help desk was given another address. Sessions, trusted browsers and mailed links ended."),
    "address.code_refused": _("A wrong code was typed for a new address."),
    "appearance.changed": _("The appearance was changed."),
    "audit.exported": _("The audit log was taken out."),
    "audit.forgotten": _("Old events were removed from the audit log."),
    "audit.retention_changed": _("How long the audit log is kept was changed."),
    "backup.made": _("A backup was made."),
    "backup.restored": _("A backup was restored."),
    "help.call_closed": _("A call for help was taken off the list."),
    "help.withdrawn": _("What a helper asked for was taken back."),
    "import.begun": _("An import of people was begun."),
    "import.ended": _("An import of people ended."),
    "import.invitations_begun": _("Inviting the people of an import was begun."),
    "import.invitations_ended": _("Inviting the people of an import ended."),
    "mail.changed": _("How mail is sent was changed."),
    "mail.proved": _("A test mail arrived."),
    "mail.test_sent": _("A test mail was sent."),
    "mailbox.refused": _("A wrong code from a mail was typed."),
    "help.let_in": _("A helper let somebody in for a while before setting up."),
    "owner.link_made": _("A link for the first owner was made."),
    "owner.made": _("The first owner was made."),
    "person.added": _("Somebody was added."),
    "person.removed": _("Somebody was removed and erased."),
    "person.suspended": _("Somebody was suspended."),
    "passwords.rules_changed": _("The password rules were changed."),
    "policy.changed": _("The sign-in policy was changed."),
    "proof.given": _("A proof before a change was right."),
    "release.announced": _("Another version was announced."),
    "report.asked": _("A status report was asked for."),
    "report.downloaded": _("A status report was taken out."),
    "report.made": _("A status report was made."),
    "report.reminded": _("Owners and admins were reminded of the status report."),
    "roll_out.announced": _("Everybody who had nothing set up was mailed to do it."),
    "sign_in.abandoned": _("A sign-in was given up."),
    "sms.changed": _("How texts are sent was changed."),
    "sms.proved": _("A test text arrived."),
    "sms.test_sent": _("A test text was sent."),
}
"""What the kinds say that a person is not told of, or is told of in other words."""
_BETWEEN: Final = " > "


def sentence(kind: str) -> str:
    """Return what a kind of event says; one without words is shown by its code."""
    return str(OTHERS.get(kind) or events.WORDS.get(kind) or kind)


SUBJECTS: Final[tuple[tuple[StrOrPromise, frozenset[str]], ...]] = (
    (
        _("Signing in and out"),
        frozenset({"sign_in", "password", "passcode", "second_factor", "session", "mailbox", "mailbox_code", "proof"}),
    ),
    (
        _("Setting up, and recovery codes"),
        frozenset(
            {"enrolment", "two_factor", "set_up_link", "recovery", "recovery_code", "recovery_codes"}
            | {"second_factor.removed", "second_factor.renamed", "second_factor.preferred"}
        ),
    ),
    (_("Browsers"), frozenset({"browser"})),
    (_("Help"), frozenset({"help", "access_pass", "rescue"})),
    (
        _("People"),
        frozenset(
            {
                "person",
                "address",
                "profile",
                "notices",
                "invitation",
                "sign_up",
                "import",
                "owner",
                "group",
                "exemption",
            }
        ),
    ),
    (_("Rules"), frozenset({"policy", "passwords", "roll_out"})),
    (_("Help desk, mail and texts"), frozenset({"account", "appearance", "mail", "sms", "backup", "release"})),
    (_("Report and audit log"), frozenset({"report", "audit"})),
)
"""What the kinds are about, by the first part of their names; a kind that is named whole is about something else."""
_BY_ITSELF: Final = frozenset(name for _, names in SUBJECTS for name in names if "." in name)


def kinds() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return every kind with its words, under what it is about, in the order of the words."""
    every = {**events.WORDS, **OTHERS}
    return [
        (
            str(subject),
            sorted(
                ((kind, sentence(kind)) for kind in every if _about(kind) in firsts),
                key=lambda one: one[1].casefold(),
            ),
        )
        for subject, firsts in SUBJECTS
    ]


def _about(kind: str) -> str:
    return kind if kind in _BY_ITSELF else kind.partition(".")[0]


def is_kind(kind: str) -> bool:
    """Say whether there are events of this kind."""
    return kind in events.WORDS or kind in OTHERS


def said(event: Event) -> str:
    """Return what one event says, which may be more than its kind does."""
    return events.text(event) if event.kind in events.WORDS and event.kind not in OTHERS else sentence(event.kind)


def shown(event: Event, names: Mapping[PersonId, Named], *, now: datetime) -> dict[str, object]:
    """Return one event as the page of the log shows it."""
    detail = dict(event.detail)
    before, after = detail.pop("before", None), detail.pop("after", None)
    thing = detail.pop("thing", "")
    return {
        "id": event.id,
        "at": f"{moments.day(event.at, now=now)}, {moments.exact_clock(event.at)}",
        "kind": event.kind,
        "text": said(event),
        "who": _actor(event, names),
        "who_id": event.actor_id or "",
        "whom": "" if event.person_id in {None, event.actor_id} else _called(event.person_id, names),
        "whom_id": event.person_id or "",
        "browser": event.browser,
        "address": event.address,
        "facts": [
            {
                "label": event_parts.label(event.kind, name),
                "value": name_of(str(value), str(thing))
                if thing and name == "kind"
                else event_parts.whole(event.kind, name, _looked_for(name, value), names, now=now),
            }
            for name, value in detail.items()
            if name not in event_parts.IDS and value not in ("", [], {}, None)
        ],
        "changes": _changes(event.kind, before, after, names, now=now),
    }


_WHILE_SIGNING_IN: Final = frozenset({"mailbox_code.sent", "passcode.sent"})
"""What nobody causes before the first step of a sign-in, or a link of ours, was passed."""


def _actor(event: Event, names: Mapping[PersonId, Named]) -> str:
    match event.actor:
        case "operator":
            return gettext("the operator, on the server")
        case "system":
            return gettext("Twofold itself")
        case _ if event.actor_id is None and event.kind in _WHILE_SIGNING_IN:
            return gettext("somebody who is signing in")
        case _ if event.actor_id is None:
            return gettext("somebody not signed in")
        case _:
            return _called(event.actor_id, names)


def _called(person: PersonId | None, names: Mapping[PersonId, Named]) -> str:
    return event_parts.called(person, names) if person else ""


def _looked_for(name: str, value: JsonValue) -> JsonValue:
    """Return what was looked for in a log that was taken out, with the kind of event in words."""
    if name != "wanted" or not isinstance(value, dict) or "kind" not in value:
        return value
    return {**value, "kind": sentence(str(value["kind"])).rstrip(".")}


def _changes(
    kind: str, before: JsonValue, after: JsonValue, names: Mapping[PersonId, Named], *, now: datetime
) -> list[dict[str, str]]:
    """Return what differs, a line for each setting; what stands on one side only has nothing on the other."""
    if before is None and after is None:
        return []
    old, new = _leaves(before), _leaves(after)
    # Where one side goes on below a setting, its being nothing on the other is no line of its own.
    branches = {path[:depth] for path in (*old, *new) for depth in range(len(path))}

    def side(leaves: Mapping[tuple[str, ...], JsonValue], path: tuple[str, ...]) -> str:
        if path not in leaves:
            return gettext("nothing")
        return event_parts.whole(kind, path[-1] if path else "", leaves[path], names, now=now)

    return [
        {
            "label": _BETWEEN.join(_path(kind, path, before, after)),
            "before": side(old, path),
            "after": side(new, path),
        }
        for path in dict.fromkeys((*old, *new))
        if old.get(path) != new.get(path) and path not in branches
    ]


def _leaves(value: JsonValue, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], JsonValue]:
    if not isinstance(value, dict):
        return {path: value}
    return {leaf: one for name, below in value.items() for leaf, one in _leaves(below, (*path, name)).items()}


def _path(kind: str, path: tuple[str, ...], *sides: JsonValue) -> list[str]:
    """Return the names along a path; what is kept by its id is called by its own name."""
    found = []
    for depth, name in enumerate(path):
        own = next((text for side in sides if (text := _own_name(side, path[: depth + 1]))), "")
        found.append(own or event_parts.label(kind, name))
    return found or [event_parts.label(kind, "")]


def _own_name(side: JsonValue, path: tuple[str, ...]) -> str:
    if len(path) < _DEPTH_OF_IDS or path[-2] not in _BY_ID:
        return ""
    for name in path:
        side = side.get(name) if isinstance(side, dict) else None
    own = side.get("name") if isinstance(side, dict) else None
    return f"“{own}”" if isinstance(own, str) else ""


_BY_ID: Final = frozenset({"groups"})
_DEPTH_OF_IDS: Final = 2


def as_json(event: Event, names: Mapping[PersonId, Named]) -> JsonObject:
    """Return an event as JSON lines hold it: codes and ids, with the names of today."""
    actor, person = _named(event.actor_id, names), _named(event.person_id, names)
    return {
        "id": event.id,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "actor": event.actor,
        "actor_id": event.actor_id,
        "actor_name": actor.name if actor else None,
        "actor_email": actor.email if actor else None,
        "person_id": event.person_id,
        "person_name": person.name if person else None,
        "person_email": person.email if person else None,
        "address": event.address,
        "browser": event.browser,
        "detail": event.detail,
    }


def _named(person: PersonId | None, names: Mapping[PersonId, Named]) -> Named | None:
    return None if person is None else names.get(person)
