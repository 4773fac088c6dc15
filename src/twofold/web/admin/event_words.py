"""Events as whoever reads the log reads them: a sentence for each kind, its parts by name, before and after."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.core.instants import from_micros
from twofold.core.roles import Role
from twofold.web import moments, pages, spans
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
    "address.code_refused": _("A wrong code was typed for a new address."),
    "appearance.changed": _("The appearance was changed."),
    "audit.exported": _("The audit log was taken out."),
    "audit.forgotten": _("Old events were removed from the audit log."),
    "audit.retention_changed": _("How long the audit log is kept was changed."),
    "backup.made": _("A backup was made."),
    "backup.restored": _("A backup was restored."),
    "import.begun": _("An import of people was begun."),
    "import.ended": _("An import of people ended."),
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
    "roll_out.announced": _("Everybody who had nothing set up was mailed to do it."),
    "sign_in.abandoned": _("A sign-in was given up."),
    "sms.changed": _("How texts are sent was changed."),
    "sms.proved": _("A test text arrived."),
    "sms.test_sent": _("A test text was sent."),
}
"""What the kinds say that a person is not told of, or is told of in other words."""
LABELS: Final[dict[str, StrOrPromise]] = {
    "about": _("About"),
    "admins_set": _("Owners and admins set passwords for others"),
    "accepts": _("Ways that count"),
    "amr": _("Proved by"),
    "because": _("Why"),
    "before_day": _("From before"),
    "budget_a_day": _("Texts a day"),
    "by": _("By"),
    "by_helper": _("From a helper"),
    "changed": _("Changed"),
    "channel": _("Sent by"),
    "checks_new_browsers": _("Asks for a mailed code on new browsers"),
    "colour": _("Colour"),
    "countries": _("Countries"),
    "days": _("Days"),
    "domains": _("Email domains"),
    "end_users": _("End users"),
    "ends_open_sessions": _("Ends open sessions"),
    "extra": _("Asks for"),
    "for": _("For"),
    "form": _("Form"),
    "grace_for": _("Grace"),
    "groups": _("Groups"),
    "help_desk": _("Help desk"),
    "host": _("Server"),
    "is_open": _("Open"),
    "idle_for": _("Signed out when idle for"),
    "import": _("Import"),
    "imprint_url": _("Imprint"),
    "invited": _("Invited"),
    "keep_days": _("Days kept"),
    "kind": _("Kind"),
    "kinds": _("Kinds"),
    "lane": _("Counted among"),
    "least": _("Characters at least"),
    "left": _("Codes left"),
    "left_out": _("Left out before this one"),
    "locale": _("Language"),
    "logo": _("Logo"),
    "met": _("Here already by then"),
    "name": _("Name"),
    "networks": _("Networks that team members come from"),
    "needs_phishing_resistant": _("Only what cannot be phished"),
    "needs_strong": _("Only strong ones"),
    "number": _("Version"),
    "off_by": _("Seconds off"),
    "old_ones_count": _("What is held goes on counting"),
    "old_ones_prove_until": _("What no longer counts opens set-up until"),
    "on": _("On"),
    "one_method": _("One method at a time"),
    "opened": _("Opened"),
    "people": _("People"),
    "port": _("Port"),
    "privacy_url": _("Privacy"),
    "reason": _("Why"),
    "reasons": _("Why"),
    "removed": _("Removed"),
    "required": _("Required"),
    "role": _("Role"),
    "roles": _("Roles"),
    "security": _("Encryption"),
    "sender": _("Sender"),
    "session_for": _("Signed out after"),
    "sign_up": _("Sign-up"),
    "skips": _("How often it can be put off"),
    "starts_at": _("Starts"),
    "state": _("State"),
    "team": _("Team members"),
    "time_zone": _("Time zone"),
    "to": _("To"),
    "trust_for": _("Not asked again on a computer for"),
    "undid_first_enrolment": _("Undid a first set-up"),
    "user": _("User name"),
    "wanted": _("Of"),
    "weakens": _("Asks for less"),
}
"""What the parts of events and settings are called; a part without a name here shows its own."""
# Ids of rows: they stand in what is taken out, and say nothing to a reader.
_IDS: Final = frozenset({"browser", "enrolment", "replaced", "session", "request"})
# Codes of ours, as the reference lists them: they are shown as they are.
_CODES: Final = frozenset(
    {"about", "amr", "because", "changed", "channel", "for", "form", "lane", "opened", "reason", "reasons", "weakens"}
)
_SENTENCES: Final = frozenset({"policy.changed"})
"""Kinds whose `because` a person typed."""
_BETWEEN: Final = " > "


def sentence(kind: str) -> str:
    """Return what a kind of event says; one without words is shown by its code."""
    return str(OTHERS.get(kind) or events.WORDS.get(kind) or kind)


def kinds() -> list[tuple[str, str]]:
    """Return every kind with its words, in the order of the kinds."""
    return [(kind, sentence(kind)) for kind in sorted({**events.WORDS, **OTHERS})]


def shown(event: Event, names: Mapping[PersonId, Named], *, now: datetime) -> dict[str, object]:
    """Return one event as the page of the log shows it."""
    detail = dict(event.detail)
    before, after = detail.pop("before", None), detail.pop("after", None)
    return {
        "id": event.id,
        "at": f"{moments.day(event.at, now=now)}, {moments.exact_clock(event.at)}",
        "kind": event.kind,
        "text": sentence(event.kind),
        "who": _actor(event, names),
        "who_id": event.actor_id or "",
        "whom": "" if event.person_id in {None, event.actor_id} else _called(event.person_id, names),
        "whom_id": event.person_id or "",
        "browser": event.browser,
        "address": event.address,
        "facts": [
            _fact(event.kind, name, value, now=now)
            for name, value in detail.items()
            if name not in _IDS and value not in ("", [], {}, None)
        ],
        "changes": _changes(before, after, now=now),
    }


def _actor(event: Event, names: Mapping[PersonId, Named]) -> str:
    match event.actor:
        case "operator":
            return gettext("the operator, on the server")
        case "system":
            return gettext("Twofold itself")
        case _ if event.actor_id is None:
            return gettext("somebody not signed in")
        case _:
            return _called(event.actor_id, names)


def _called(person: PersonId | None, names: Mapping[PersonId, Named]) -> str:
    if person is None:
        return ""
    found = names.get(person)
    return (found.name or found.email) if found else gettext("somebody removed")


def _fact(kind: str, name: str, value: JsonValue, *, now: datetime) -> dict[str, object]:
    is_code = name in _CODES and not (name == "because" and kind in _SENTENCES)
    return {
        "label": _label(name),
        "values": _values(value) if is_code else [_value(name, value, now=now)],
        "is_code": is_code,
    }


def _values(value: JsonValue) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _changes(before: JsonValue, after: JsonValue, *, now: datetime) -> list[dict[str, str]]:
    """Return what differs, a line for each setting; what stands on one side only has nothing on the other."""
    if before is None and after is None:
        return []
    old, new = _leaves(before), _leaves(after)
    # Where one side goes on below a setting, its being nothing on the other is no line of its own.
    branches = {path[:depth] for path in (*old, *new) for depth in range(len(path))}
    return [
        {
            "label": _BETWEEN.join(_path(path, before, after)),
            "before": _value(_last(path), old.get(path), now=now),
            "after": _value(_last(path), new.get(path), now=now),
        }
        for path in dict.fromkeys((*old, *new))
        if old.get(path) != new.get(path) and path not in branches
    ]


def _leaves(value: JsonValue, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], JsonValue]:
    if not isinstance(value, dict):
        return {path: value}
    return {leaf: one for name, below in value.items() for leaf, one in _leaves(below, (*path, name)).items()}


def _last(path: tuple[str, ...]) -> str:
    return path[-1] if path else ""


def _path(path: tuple[str, ...], *sides: JsonValue) -> list[str]:
    """Return the names along a path; what is kept by its id is called by its own name."""
    found = []
    for depth, name in enumerate(path):
        own = next((text for side in sides if (text := _own_name(side, path[: depth + 1]))), "")
        found.append(own or _label(name))
    return found or [gettext("Value")]


def _own_name(side: JsonValue, path: tuple[str, ...]) -> str:
    if len(path) < _DEPTH_OF_IDS or path[-2] not in _BY_ID:
        return ""
    for name in path:
        side = side.get(name) if isinstance(side, dict) else None
    own = side.get("name") if isinstance(side, dict) else None
    return f"“{own}”" if isinstance(own, str) else ""


_BY_ID: Final = frozenset({"groups"})
_DEPTH_OF_IDS: Final = 2


def _label(name: str) -> str:
    return str(LABELS[name]) if name in LABELS else name.replace("_", " ")


def _value(name: str, value: JsonValue, *, now: datetime) -> str:
    """Return a value in words, by what its name says it is."""
    match value:
        case None | "" | []:
            return gettext("nothing")
        case bool():
            return gettext("yes") if value else gettext("no")
        case int() if name.endswith("_for"):
            return spans.rounded(timedelta(microseconds=value)) if value else _nothing_for(name)
        case int() if name.endswith(("_at", "_until")):
            return moments.day_and_clock(from_micros(value), now=now)
        case 0 if name == "keep_days":
            return gettext("for ever")
        case list():
            return ", ".join(_word(name, str(one)) for one in value)
        case dict():
            return "; ".join(f"{_label(key)}: {_value(key, one, now=now)}" for key, one in value.items()) or gettext(
                "nothing"
            )
        case _:
            return _word(name, str(value))


def _nothing_for(name: str) -> str:
    return gettext("every sign-in") if name == "trust_for" else gettext("none")


def _word(name: str, text: str) -> str:
    if name in {"kind", "kinds"}:
        return name_of(text)
    if name in {"role", "roles", "former_role", ""} and text in set(Role):
        return pages.role_word(Role(text))
    return text


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
