"""What happened, in the words of the person whom it happened to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.web import moments
from twofold.web.kinds.registry import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from twofold.core.ids import PersonId
    from twofold.ports.audit import Event

WORDS: dict[str, StrOrPromise] = {
    "address.change_asked": _("A change of the email address was begun."),
    "address.changed": _("The email address was changed."),
    "address.proposed": _("A helper entered another email address."),
    "address.put_back": _("The former email address was put back."),
    "browser.all_forgotten": _("All known browsers were forgotten."),
    "browser.forgotten": _("A known browser was forgotten."),
    "browser.renamed": _("A known browser was renamed."),
    "browser.series_ended": _("A browser showed an old copy of its cookie, so its trust ended."),
    "enrolment.confirmed": _("A method was set up."),
    "enrolment.refused": _("A wrong code was typed while setting up."),
    "enrolment.replaced": _("A method was replaced."),
    "exemption.ended": _("The exemption from what is required was ended."),
    "exemption.given": _("This person was exempted from what is required."),
    "group.member_added": _("This person was put into a group."),
    "group.member_removed": _("This person was taken out of a group."),
    "invitation.accepted": _("The invitation was accepted."),
    "set_up_link.followed": _("The link “Set up now” of a mail was used."),
    "set_up_link.sent_again": _("A new link “Set up now” was asked for, and mailed."),
    "mailbox_code.sent": _("A code to confirm the mailbox was put for sending."),
    "mailbox_code.not_sent": _("A code by mail could not be sent."),
    "mailbox.proved": _("The mailbox was confirmed by a mailed code."),
    "notices.changed": _("Which notices are mailed was changed."),
    "owner.made": _("This sign-in was made as the owner's."),
    "password.changed": _("The password was changed."),
    "password.refused": _("A wrong password was typed."),
    "password.reset": _("A new password was set by a mailed link."),
    "password.reset_asked": _("A link for a new password was asked for."),
    "password.set_by_helper": _("A helper set the password."),
    "person.added": _("This sign-in was added."),
    "person.invitation_link_copied": _("An owner copied the invitation link."),
    "person.invited": _("An invitation was mailed."),
    "person.own_rule_changed": _("The rule for this person alone was made, changed or taken back."),
    "person.rescued": _("The operator opened a way back in."),
    "person.role_changed": _("The role was changed."),
    "person.signed_up": _("This person signed up by themselves."),
    "person.suspended": _("This sign-in was suspended."),
    "person.suspension_ended": _("The suspension was lifted."),
    "profile.changed": _("The details were changed."),
    "proof.refused": _("A proof before a change was wrong."),
    "recovery.elsewhere": _("After a recovery code: the phone is only elsewhere."),
    "recovery.lost": _("After a recovery code: the phone is lost."),
    "recovery_code.used": _("A recovery code was used."),
    "recovery_codes.renewed": _("New recovery codes were made."),
    "recovery_codes.saved": _("The recovery codes were marked as saved."),
    "rescue.followed": _("The operator's link was used; what was set up before is gone."),
    "second_factor.preferred": _("Another method is asked for first."),
    "passcode.not_sent": _("A code could not be sent."),
    "passcode.sent": _("A code was put for sending."),
    "passcode.unclear": _("Nobody knows whether a code was sent: the provider did not say."),
    "sms.undelivered": _("A text did not arrive at the phone: the provider says so."),
    "second_factor.refused": _("A wrong code was typed."),
    "second_factor.removed": _("A method was removed."),
    "second_factor.renamed": _("A method was renamed."),
    "second_factor.stopped": _("Too many wrong codes: sign-in had to wait."),
    "session.ended": _("One open session was ended."),
    "session.others_ended": _("All other sessions were ended."),
    "session.signed_out": _("Signed out."),
    "session.signed_out_everywhere": _("Signed out everywhere."),
    "sign_in.admitted": _("Signed in."),
    "sign_in.denied": _("A sign-in with the right password was not let in."),
    "sign_up.asked": _("Somebody asked to sign up with this address."),
    "sign_in.frozen": _("The sign-in was frozen: “this was not me”."),
    "two_factor.chosen": _("Two-factor authentication was chosen to stay on."),
    "two_factor.every_sign_in_changed": _("How often a code is asked for was changed."),
    "two_factor.turned_off": _("Two-factor authentication was turned off."),
    "access_pass.used": _("An access pass was used, and opened set-up."),
    "help.approved": _("A second helper agreed to what was asked for."),
    "help.asked": _("A helper asked a second one to agree."),
    "help.called": _("Help was asked for from the sign-in page."),
    "help.code_given": _("A helper gave a code for one sign-in."),
    "help.let_in": _("A helper let you in for a while before setting up."),
    "help.pass_given": _("A helper gave an access pass."),
    "help.refused": _("A second helper did not agree."),
    "help.reset": _("A helper reset the second factor."),
    "help.right_given": _("Helping end users was allowed."),
    "help.right_taken": _("Helping end users was no longer allowed."),
    "help.stopped": _("What a helper asked for was stopped."),
    "help.wait_ended": _("A helper ended the wait."),
    "help.words_refused": _("Four words were read back wrong."),
    "help.words_sent": _("Four words were sent, for a helper."),
}

SILENT = {
    "help.call_closed",
    "help.withdrawn",
    "address.code_refused",
    "appearance.changed",
    "audit.exported",
    "audit.forgotten",
    "audit.retention_changed",
    "import.begun",
    "import.ended",
    "import.invitations_begun",
    "import.invitations_ended",
    "mail.changed",
    "mail.proved",
    "mail.test_sent",
    "mailbox.refused",
    "owner.link_made",
    "person.removed",
    "passwords.rules_changed",
    "policy.changed",
    "proof.given",
    "release.announced",
    "report.asked",
    "roll_out.announced",
    "report.downloaded",
    "report.made",
    "report.reminded",
    "sign_in.abandoned",
    "sms.changed",
    "sms.proved",
    "sms.test_sent",
}
"""Kinds that say nothing to the person about their own sign-in: steps within one, and what admins do to the account."""


OWN_RULE: Final = "person.own_rule_changed"


def shown(events: Iterable[Event], *, now: datetime, by: Mapping[PersonId, str] | None = None) -> list[dict[str, str]]:
    """Return events as the page lists them; steps of a sign-in that say nothing by themselves are left out.

    `by`: the page is the person's own, and these are the names of others that they may read.
    """
    return [
        {
            "at": moments.day_and_clock(event.at, now=now),
            "text": text(event) if by is None or event.kind != OWN_RULE else _own_rule_of_self(event, by),
            "where": _where(event) if by is None else _where_of_self(event, by),
        }
        for event in events
        if event.kind in WORDS
    ]


GROUPS: Final[dict[str, StrOrPromise]] = {
    "group.member_added": _("This person was put into the group “%(group)s”."),
    "group.member_removed": _("This person was taken out of the group “%(group)s”."),
}
"""What events say that know the group."""
METHODS: Final[dict[str, StrOrPromise]] = {
    "enrolment.confirmed": _("A method was set up: %(what)s."),
    "enrolment.replaced": _("A method took the place of another: %(what)s."),
    "second_factor.preferred": _("Another method is asked for first: %(what)s."),
    "second_factor.removed": _("A method was removed: %(what)s."),
    "second_factor.renamed": _("A method was renamed: %(what)s."),
}
"""What events say that know which kind of method they are about."""


def text(event: Event) -> str:
    """Return what an event says that the person is told of."""
    kind, thing = event.detail.get("kind"), event.detail.get("thing")
    if event.kind in METHODS and isinstance(kind, str):
        return str(METHODS[event.kind]) % {"what": name_of(kind, thing if isinstance(thing, str) else "")}
    group = event.detail.get("name")
    if event.kind in GROUPS and isinstance(group, str):
        return str(GROUPS[event.kind]) % {"group": group}
    if event.kind == "person.added" and event.detail.get("invited"):
        return gettext("This sign-in was added, and an invitation was mailed.")
    if event.kind == OWN_RULE:
        return _made_changed_or_taken_back(
            event,
            gettext("The rule for this person alone was made."),
            gettext("The rule for this person alone was changed."),
            gettext("The rule for this person alone was taken back."),
        )
    return str(WORDS[event.kind])


def _own_rule_of_self(event: Event, by: Mapping[PersonId, str]) -> str:
    """Return what became of the rule for the reader alone, and who did it."""
    who = by.get(event.actor_id, "") if event.actor_id else ""
    return _made_changed_or_taken_back(
        event,
        gettext("The rule for you alone was made by %(who)s."),
        gettext("The rule for you alone was changed by %(who)s."),
        gettext("The rule for you alone was taken back by %(who)s."),
    ) % {"who": who or gettext("an admin")}


def _made_changed_or_taken_back(event: Event, made: str, changed: str, taken_back: str) -> str:
    if event.detail.get("after") is None:
        return taken_back
    return made if event.detail.get("before") is None else changed


def _where_of_self(event: Event, by: Mapping[PersonId, str]) -> str:
    """Return where the reader did it; or who did it to them, whose device and network are not theirs to read."""
    if event.actor_id is None or event.actor_id == event.person_id:
        return _where(event)
    # The sentence about the rule for them alone names who did it.
    if event.kind == OWN_RULE:
        return ""
    return gettext("by %(who)s") % {"who": by.get(event.actor_id, "") or gettext("an admin")}


def _where(event: Event) -> str:
    if event.actor == "operator":
        return gettext("by the operator, on the server")
    return " · ".join(part for part in (event.browser, event.address) if part)
