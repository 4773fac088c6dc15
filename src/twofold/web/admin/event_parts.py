"""The parts of an event's detail in words: what each is called, and what stands in it."""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.utils import formats
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from twofold.core.helping import Check, What
from twofold.core.ids import PersonId
from twofold.core.instants import from_micros
from twofold.core.policy import Weaker
from twofold.core.roles import Audience, Role
from twofold.flows import policy_told
from twofold.web import moments, pages, places, spans
from twofold.web.admin import event_codes, failures, help_words, policy_words, report_words
from twofold.web.admin.texts_shown import NAMES
from twofold.web.profile.notices import WORDS as NOTICES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from twofold.core.json import JsonValue
    from twofold.ports.people import Named

NOT_SENT: Final = ("mailbox_code.not_sent", "passcode.not_sent", "passcode.unclear", "sms.undelivered")
"""What became of messages, with the provider's own code, which is shown as it is."""
LABELS: Final[dict[str, StrOrPromise]] = {
    "": _("Value"),
    "about": _("About"),
    "accepts": _("Ways that count"),
    "act": _("Act"),
    "actor": _("Done by"),
    "added": _("Added"),
    "address": _("Network address"),
    "admins_set": _("Owners and admins set passwords for others"),
    "amr": _("Proved by"),
    "approved_by": _("Agreed to by"),
    "because": _("Why"),
    "before_day": _("From before"),
    "budget_a_day": _("Texts a day"),
    "by": _("By"),
    "by_helper": _("From a helper"),
    "call": _("Call"),
    "changed": _("Changed"),
    "channel": _("Sent by"),
    "code": _("The provider's own code"),
    "check": _("How they were known"),
    "checks_new_browsers": _("Asks for a mailed code on new browsers"),
    "colour": _("Colour"),
    "copied": _("By a link that an owner copied"),
    "countries": _("Countries"),
    "days": _("Days"),
    "domains": _("Email domains"),
    "end_users": _("End users"),
    "ends_open_sessions": _("Ends open sessions"),
    "exempt_because": _("Exempt because"),
    "exempt_until": _("Exempt until"),
    "extra": _("Asks for"),
    "for": _("For"),
    "form": _("Form"),
    "from": _("From"),
    "grace_for": _("Grace"),
    "group": _("Group"),
    "groups": _("Groups"),
    "has_logo": _("Logo"),
    "help_desk": _("Help desk"),
    "help_end_users": _("Help for end users"),
    "help_team": _("Help for team members"),
    "host": _("Server"),
    "hours": _("Hours"),
    "idle_for": _("Signed out when idle for"),
    "imprint_url": _("Imprint"),
    "invited": _("Invited"),
    "is_open": _("Open"),
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
    "needs_phishing_resistant": _("Only what cannot be phished"),
    "needs_strong": _("Only strong ones"),
    "networks": _("Networks that team members come from"),
    "new_password": _("A new password"),
    "number": _("Version"),
    "off_by": _("Seconds off"),
    "old_ones_count": _("What is held goes on counting"),
    "old_ones_prove_until": _("What no longer counts opens set-up until"),
    "on": _("On"),
    "one_method": _("One method at a time"),
    "opened": _("Opened"),
    "paused_until": _("Paused until"),
    "people": _("People"),
    "person": _("Happened to"),
    "phone": _("Phone"),
    "place": _("Where they were"),
    "port": _("Port"),
    "privacy_url": _("Privacy"),
    "provider": _("Who sends them"),
    "put_at": _("Put for sending"),
    "reason": _("Why"),
    "reasons": _("Why"),
    "reference": _("Reference"),
    "removed": _("Removed"),
    "required": _("Required"),
    "role": _("Role"),
    "roles": _("Roles"),
    "seconds": _("For"),
    "security": _("Encryption"),
    "sender": _("Sender"),
    "sent_over": _("Words sent by"),
    "session_for": _("Signed out after"),
    "sign_up": _("Sign-up"),
    "silenced": _("Not mailed"),
    "since_at": _("Since"),
    "skips": _("How often it can be put off"),
    "starts_at": _("Starts"),
    "state": _("State"),
    "team": _("Team members"),
    "thing": _("At hand"),
    "text": _("Text"),
    "time_zone": _("Time zone"),
    "to": _("To"),
    "trust_for": _("Not asked again on a computer for"),
    "undid_first_enrolment": _("Undid a first set-up"),
    "until": _("Until"),
    "until_at": _("Until"),
    "user": _("User name"),
    "vouched_by": _("Vouched for by"),
    "wanted": _("Of"),
    "weakens": _("Asks for less"),
    "what": _("What happened"),
}
"""What the parts of events and settings are called."""
_LABELS_OF: Final[dict[tuple[str, str], StrOrPromise]] = {
    ("account.changed", "address"): _("Address that people open"),
    ("account.moved", "address"): _("Address that people open"),
    ("audit.exported", "kind"): _("What"),
    ("enrolment.confirmed", "kind"): _("Method"),
    ("enrolment.refused", "kind"): _("Method"),
    ("enrolment.replaced", "kind"): _("Method"),
    ("second_factor.preferred", "kind"): _("Method"),
    ("second_factor.removed", "kind"): _("Method"),
    ("second_factor.renamed", "kind"): _("Method"),
    ("group.member_added", "name"): _("Group"),
    ("group.member_removed", "name"): _("Group"),
    ("help.approved", "from"): _("It may be done from"),
    ("passcode.sent", "kind"): _("Method"),
    ("person.role_changed", ""): _("Role"),
    ("proof.given", "kind"): _("Proved by"),
    ("proof.refused", "kind"): _("Proved by"),
    ("release.announced", ""): _("Version"),
    ("report.asked", "end_users"): _("With end users"),
    ("report.downloaded", "end_users"): _("With end users"),
    ("report.made", "end_users"): _("With end users"),
    ("sms.changed", "user"): _("Account at the provider"),
}
"""What a part is called in one kind of event, where it is something else there."""
IDS: Final = frozenset({"browser", "call", "enrolment", "group", "import", "replaced", "report", "request", "session"})
"""Ids of rows: they stand in what is taken out, and say nothing to a reader."""
TEXTS: Final = frozenset(
    {
        "address",
        "colour",
        "countries",
        "domains",
        "exempt_because",
        "help_desk",
        "host",
        "hours",
        "imprint_url",
        "name",
        "networks",
        "phone",
        "privacy_url",
        "reference",
        "reason",
        "sender",
        "text",
        "time_zone",
        "to",
        "user",
        "vouched_by",
    }
)
"""What somebody typed or chose by its own name, which is shown as it is."""
_TEXTS_OF: Final = frozenset(
    {
        ("audit.exported", "kind"),
        *((kind, "code") for kind in NOT_SENT),
        ("person.own_rule_changed", "because"),
        ("policy.changed", "because"),
        ("release.announced", ""),
    }
)
_UNLIMITED: Final[dict[str, StrOrPromise]] = {
    "kinds": _("every kind"),
    "skips": _("as often as they like"),
    "trust_for": _("as for everybody"),
}
"""What it means that a limit is not set."""
_PEOPLE: Final = frozenset({"actor", "approved_by", "person"})
"""Parts that hold the id of somebody."""
_INSTANTS: Final = frozenset({"from", "until"})
_ROLES: Final = MappingProxyType({role.value: role for role in Role})
_CODES: Final[Mapping[str, Mapping[str, StrOrPromise]]] = MappingProxyType(
    {
        "about": event_codes.MAILS,
        "act": event_codes.ACTS,
        "amr": event_codes.METHODS,
        "because": event_codes.REFUSALS,
        "by": event_codes.OWNER_BY,
        "changed": LABELS,
        "channel": event_codes.CHANNELS,
        "check": {check: help_words.CHECKS[check][0] for check in Check},
        "for": event_codes.PURPOSES,
        "form": event_codes.FORMS,
        "lane": event_codes.LANES,
        "opened": event_codes.BARRIERS,
        "place": {place.value: words for place, words in help_words.PLACES.items()},
        "provider": {provider.value: name for provider, name in NAMES.items()},
        "reasons": event_codes.REASONS,
        "security": event_codes.ENCRYPTION,
        "sent_over": event_codes.CHANNELS,
        "silenced": {notice: words[0] for notice, words in NOTICES.items()},
        "state": event_codes.IMPORTS,
        "what": {what: help_words.WHAT[what][0] for what in What},
    }
)
_CODES_OF: Final[Mapping[tuple[str, str], Mapping[str, StrOrPromise]]] = MappingProxyType(
    {
        ("import.ended", "because"): event_codes.STOPPED,
        **{(kind, "because"): {why.value: said for why, said in failures.WORDS.items()} for kind in NOT_SENT},
        ("sign_in.denied", "reason"): event_codes.REASONS,
    }
)
"""Codes of one kind of event, where the same part holds others elsewhere."""


def label(kind: str, name: str) -> str:
    """Return what a part is called in this kind of event; one without a name here shows its own."""
    found = _LABELS_OF.get((kind, name)) or LABELS.get(name)
    return str(found) if found else name.replace("_", " ")


def is_text(kind: str, name: str) -> bool:
    """Say whether a part holds what somebody typed, so that it stands there as it is."""
    return (name in TEXTS and (kind, name) not in _CODES_OF) or (kind, name) in _TEXTS_OF


def whole(kind: str, name: str, value: JsonValue, names: Mapping[PersonId, Named], *, now: datetime) -> str:
    """Return a value in words, by what the name of its part says that it is."""
    match value:
        case None | "" | []:
            return str(_UNLIMITED[name]) if value is None and name in _UNLIMITED else gettext("nothing")
        case bool():
            return gettext("yes") if value else gettext("no")
        case int():
            return _number(name, value, now=now)
        case list() if name == "removed":
            # Ids of what went.
            return ngettext("%(n)d method", "%(n)d methods", len(value)) % {"n": len(value)}
        case list() if name == "weakens":
            # Sentences, which have commas of their own.
            return "; ".join(_word(kind, name, str(one), names).rstrip(".") for one in value)
        case list():
            return ", ".join(_word(kind, name, str(one), names) for one in value)
        case dict():
            parts = [
                f"{label(kind, key)}: {whole(kind, key, one, names, now=now)}"
                for key, one in value.items()
                if key not in IDS
            ]
            return "; ".join(parts) or gettext("nothing")
        case _:
            return _word(kind, name, str(value), names)


def called(person: PersonId, names: Mapping[PersonId, Named]) -> str:
    """Return the name of somebody in the log."""
    found = names.get(person)
    return (found.name or found.email) if found else gettext("somebody removed")


def _number(name: str, value: int, *, now: datetime) -> str:
    if name.endswith("_for"):
        return spans.rounded(timedelta(microseconds=value)) if value else _nothing_for(name)
    if name.endswith(("_at", "_until")) or name in _INSTANTS:
        return moments.day_and_clock(from_micros(value), now=now)
    if name == "seconds":
        return spans.rounded(timedelta(seconds=value))
    return gettext("for ever") if name == "keep_days" and not value else str(value)


def _nothing_for(name: str) -> str:
    return gettext("every sign-in") if name == "trust_for" else gettext("none")


def _word(kind: str, name: str, text: str, names: Mapping[PersonId, Named]) -> str:
    """Return one code, id or text in words."""
    if is_text(kind, name):
        return text
    codes = _CODES_OF.get((kind, name)) or _CODES.get(name)
    if codes is not None:
        return str(codes.get(text, text))
    if name in _PEOPLE:
        return called(PersonId(text), names)
    if text in _ROLES:
        return pages.role_word(_ROLES[text])
    match name:
        case "kind" | "kinds":
            return str(event_codes.PROOFS.get(text) or report_words.proof_word(text))
        case "weakens":
            return _weaker(text)
        case "locale":
            return dict(places.locales(text))[text]
        case "before_day":
            return _day(text)
        case _:
            return text


def _weaker(code: str) -> str:
    """Return in which way a policy became weaker: "team.requirement_off"."""
    whose, _dot, weaker = code.partition(".")
    if weaker not in set(Weaker):
        return code
    if whose in set(Audience):
        group = policy_words.group_word(Audience(whose))
    else:
        group = gettext("This person") if whose == policy_told.PERSON else gettext("A group")
    return policy_words.weaker_sentence(Weaker(weaker), group)


def _day(text: str) -> str:
    form = pgettext("day, month and year, in Django's date format", "j F Y")
    return formats.date_format(date.fromisoformat(text), form)
