"""Codes that the details of events hold, in words for whoever reads the log; files that are taken out keep the codes.

A test holds each table against what it puts into words.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from twofold.core.assurance import ACCESS_PASS
from twofold.core.helping import Act
from twofold.core.reasons import Reason
from twofold.core.refusals import No
from twofold.core.throttle import Lane
from twofold.flows.barriers import Barrier
from twofold.flows.import_inviting import Going
from twofold.ports.imports import ImportState, Stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise

PROOFS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        ACCESS_PASS: _("access pass"),
        "second_factor": _("second factor"),
    }
)
"""Kinds of proof that the status report has no word for."""
REASONS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        Reason.CHOSEN: _("turned on by choice"),
        Reason.REQUIRED_FOR_AUDIENCE: _("required of everybody like them"),
        Reason.REQUIRED_FOR_GROUP: _("required of a group of theirs"),
        Reason.REQUIRED_FOR_PERSON: _("required of them alone"),
        Reason.METHODS_OF_GROUP: _("a group says which ways count"),
        Reason.METHODS_OF_PERSON: _("a rule for them alone says which ways count"),
        Reason.BETTER_WANTED: _("a better way is wanted"),
        Reason.RESET: _("everything was reset"),
        Reason.EXEMPT: _("exempt"),
        Reason.EXEMPTION_OVER: _("an exemption ended"),
        Reason.NOT_REQUIRED: _("nothing requires a second factor"),
        Reason.REQUIREMENT_NOT_STARTED: _("the requirement has not begun"),
        Reason.IN_GRACE: _("set-up can still wait"),
        Reason.GRACE_OVER: _("set-up can wait no longer"),
        Reason.DORMANT: _("something is set up, and not asked for"),
        Reason.LAPSED: _("what is set up lay unused for long"),
        Reason.SIGNS_IN_WITH_PROVIDER: _("another provider checks them"),
        Reason.NOTHING_HELD: _("nothing is set up"),
        Reason.PROVED: _("a second factor was right"),
        Reason.ONLY_OPENS_SET_UP: _("what was proved opens set-up alone"),
        Reason.TRUSTED_BROWSER: _("a trusted browser answers"),
        Reason.EVERY_SIGN_IN_BY_POLICY: _("asked at every sign-in by the policy"),
        Reason.EVERY_SIGN_IN_BY_CHOICE: _("asked at every sign-in by choice"),
        Reason.NEW_BROWSER: _("never on this browser before"),
        Reason.UNKNOWN_BROWSER: _("the browser is not trusted"),
        Reason.TRUST_ENDED: _("the browser's trust ended"),
        Reason.KIND_NO_LONGER_ALLOWED: _("what is set up no longer counts"),
        Reason.PROVED_BY_MAILBOX: _("the password was reset by mail"),
        Reason.SUSPENDED: _("suspended"),
        Reason.FROZEN: _("frozen by “this was not me”"),
        Reason.OUTSIDE_NETWORKS: _("outside the networks that team members come from"),
        Reason.NO_FIRST_FACTOR: _("nothing was proved first"),
    }
)
"""Why somebody was let in, or not."""
REFUSALS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        No.WRONG: _("it is not right"),
        No.USED: _("that code was used already"),
        No.CLOCK: _("a code of another moment: a clock is off"),
        No.SUPERSEDED: _("a newer code was sent"),
        No.EXPIRED: _("its time is over"),
        No.WAITING: _("they have to wait after wrong tries"),
        No.LOCKED: _("stopped after wrong tries, until somebody helps"),
        No.ENDED: _("the sign-in ran out, or the link was used"),
        No.UNREADABLE: _("it does not look like a code"),
        No.USED_RECOVERY_CODE: _("that recovery code was used already"),
        No.TOO_LONG: _("it is too long"),
        No.TOO_MANY_TRIES: _("too many tries in one sign-in, or with one code"),
        No.NOT_ALLOWED: _("it does not count here"),
        No.NOT_FRESH: _("it was not shown that it is still them"),
        No.NEEDS_MAILBOX: _("the mailbox has to be confirmed first"),
        No.PROVED_BY_MAILBOX: _("the password was reset by mail, so mailed codes do not count"),
        No.BUSY: _("very busy at that moment"),
        No.STALE: _("something else was changed at the same moment"),
        No.NEEDS_HELPER: _("a second helper has to agree first"),
        No.TOO_SOON: _("a code was sent just before"),
        No.SENT_ENOUGH: _("so many codes were sent already"),
        No.CANNOT_SEND: _("nothing could be sent"),
        No.NUMBER_UNREADABLE: _("not a phone number with its country code"),
        No.NUMBER_NOT_FOR_TEXTS: _("a number that takes no texts"),
        No.COUNTRY_NOT_SERVED: _("no texts are sent to that country"),
    }
)
LANES: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        Lane.UNKNOWN_BROWSERS: _("passcodes from browsers that they never used"),
        Lane.KNOWN_BROWSER: _("passcodes from a browser of theirs"),
        Lane.RECOVERY: _("recovery codes"),
        Lane.PASSWORD: _("passwords from one network address"),
        Lane.PASSWORD_DAY: _("passwords from browsers that they never used"),
    }
)
BARRIERS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        Barrier.SUSPENDED: _("was suspended"),
        Barrier.FROZEN: _("was frozen"),
        Barrier.NO_PASSWORD: _("had no password"),
        Barrier.WAITING: _("had to wait"),
        Barrier.LOCKED: _("was stopped after wrong tries"),
        Barrier.MUST_SET_UP: _("had to set up anew"),
        Barrier.NOTHING_HELD: _("had nothing set up"),
        Barrier.NOT_ALLOWED_ANY_MORE: _("held only what no longer counts"),
        Barrier.NO_RECOVERY_CODES: _("had no recovery codes"),
        Barrier.PROVED_BY_MAILBOX: _("mailed codes did not count"),
        Barrier.NO_MAIL: _("no mail could be sent"),
    }
)
"""What stood in somebody's way when the operator opened one."""
ACTS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        Act.CODE: _("give a code for one sign-in"),
        Act.RESET: _("reset the second factor"),
        Act.ACCESS_PASS: _("give an access pass"),
        Act.END_WAIT: _("end the wait"),
        Act.LET_IN: _("let them in for a while"),
        Act.SET_ROLE: _("change the role"),
        Act.SUSPEND: _("suspend"),
        Act.END_SUSPENSION: _("end the suspension"),
        Act.END_SESSIONS: _("sign them out everywhere"),
        Act.REMOVE: _("remove and erase"),
        Act.EXEMPT: _("exempt from what is required"),
        Act.SET_PASSWORD: _("set a password"),
        Act.CHANGE_ADDRESS: _("change the email address"),
    }
)
MAILS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        "address_changed": _("the mail about a new address"),
        "exempted": _("the mail about an exemption"),
        "factor_removed": _("the mail about a method that was removed"),
        "factor_replaced": _("the mail about a method that took another's place"),
        "factor_set_up": _("the mail about a method that was set up"),
        "help_call_confirmed": _("the mail about a call for help"),
        "helped": _("the mail about what a helper did"),
        "helpers_code_used": _("the mail about a helper's code"),
        "new_browser": _("the mail about a new browser"),
        "notice_silenced": _("the mail about fewer notices"),
        "password_changed": _("the mail about a new password"),
        "password_reset": _("the mail about a new password"),
        "recovery_code_used": _("the mail about a used recovery code"),
        "recovery_codes_renewed": _("the mail about new recovery codes"),
        "security_settings": _("their own security settings"),
        "series_ended": _("the mail about an old copy of a cookie"),
        "too_many_wrong": _("the mail about wrong codes"),
        "two_factor_turned_off": _("the mail about two-factor authentication turned off"),
    }
)
"""What somebody read who pressed "this was not me"."""
METHODS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        "hwk": _("security key"),
        "mfa": _("two factors"),
        "otp": _("one-time code"),
        "pwd": _("password"),
        "sms": _("text message"),
    }
)
"""How it was proved: values of RFC 8176."""
IMPORTS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        ImportState.RECEIVING: _("being sent"),
        ImportState.READING: _("being read"),
        ImportState.READY: _("waits to be confirmed"),
        ImportState.ADDING: _("being added"),
        Going.GOING: _("under way"),
        ImportState.DONE: _("done"),
        ImportState.CANCELLED: _("cancelled"),
        ImportState.STOPPED: _("stopped"),
    }
)
STOPPED: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        Stopped.TOO_MANY_ROWS: _("the file has too many rows"),
        Stopped.TOO_MANY_LINES: _("the file has too many lines"),
        Stopped.NO_ROWS: _("there is nothing below the first line"),
        Stopped.ASKER_CHANGED: _("whoever sent the file is suspended, gone, or has another role by then"),
        Stopped.BROKEN_OFF: _("something went wrong on the server"),
        Stopped.EXPIRED: _("nobody confirmed it in time"),
    }
)
CHANNELS: Final[Mapping[str, StrOrPromise]] = MappingProxyType({"email": _("mail"), "sms": _("text message")})
PURPOSES: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {"sign_in": _("signing in, or a change"), "set_up": _("setting up")}
)
FORMS: Final[Mapping[str, StrOrPromise]] = MappingProxyType({"csv": _("CSV"), "jsonl": _("JSON lines")})
OWNER_BY: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {"link": _("the link that the server showed"), "settings": _("the server's settings")}
)
ENCRYPTION: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {"starttls": _("STARTTLS"), "tls": _("TLS from the start"), "none": _("none")}
)
