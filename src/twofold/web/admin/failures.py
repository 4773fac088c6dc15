"""Words for messages that did not go out or did not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy, ngettext

from twofold.ports.outbox import Why
from twofold.web import moments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from twofold.ports.outbox import Failures

_CHANNELS: Final[dict[str, StrOrPromise]] = {
    "sms": gettext_lazy("Text"),
    "email": gettext_lazy("Mail"),
    "": gettext_lazy("Other work"),
}
WORDS: Final[dict[Why, StrOrPromise]] = {
    Why.REFUSED: gettext_lazy("the provider refused it"),
    Why.UNDELIVERED: gettext_lazy("the provider took it, but it did not arrive at the phone"),
    Why.NO_CONNECTION: gettext_lazy("no connection to the provider"),
    Why.TLS: gettext_lazy("the certificate or encryption of the other side is not right"),
    Why.NOT_PUBLIC: gettext_lazy("its address is in a private network, which only whoever runs this server may name"),
    Why.BUSY: gettext_lazy("the provider had no time for it"),
    Why.NO_ANSWER: gettext_lazy("no clear answer: it may have been sent, and was not sent again"),
    Why.BROKEN_OFF: gettext_lazy(
        "this server was stopped in the middle: it may have been sent, and was not sent again"
    ),
    Why.TOO_LATE: gettext_lazy("its code had run out before it could be sent"),
    Why.NO_WORDS: gettext_lazy("nobody wrote its words"),
    Why.NO_KEY: gettext_lazy("sealed with a key that this server does not have"),
    Why.OTHER: gettext_lazy("for another reason, which the log of the server says"),
}
_OF_MAIL: Final[dict[Why, StrOrPromise]] = {
    Why.REFUSED: gettext_lazy("the mail server refused it"),
    Why.NO_CONNECTION: gettext_lazy("no connection to the mail server"),
    Why.BUSY: gettext_lazy("the mail server had no time for it"),
}
"""What is said otherwise of mail."""
_HTTP: Final = "http"
_NAMES: Final = {"twilio": "Twilio", "vonage": "Vonage"}
_YES: Final = "2"
"""How a status begins that says that all went well (RFC 9110)."""


def shown(failures: Sequence[Failures], *, now: datetime) -> list[dict[str, str]]:
    """Return one row for each reason: what, why with the other side's own code, how many, and when last."""
    return [
        {
            "channel": str(_CHANNELS.get(one.channel, one.channel)),
            "why": reason(one),
            "count": _count(one),
            "last_at": moments.day_and_clock(one.last_at, now=now),
        }
        for one in failures
    ]


def _count(one: Failures) -> str:
    if one.is_over:
        return ngettext("%(count)d message", "%(count)d messages", one.count) % {"count": one.count}
    return ngettext("%(count)d message, tried again", "%(count)d messages, tried again", one.count) % {
        "count": one.count
    }


def reason(one: Failures) -> str:
    """Return why, with the other side's own code where there is one."""
    words = str((_OF_MAIL.get(one.why) if one.channel == "email" else None) or WORDS[one.why])
    code = _code(one.code)
    if one.why is Why.REFUSED and one.code.startswith(f"{_HTTP} {_YES}"):
        return gettext("the provider answered %(code)s, and not what would say that it took the text") % {"code": code}
    return gettext("%(why)s: %(code)s") % {"why": words, "code": code} if code else words


def _code(told: str) -> str:
    """Return a code as people know it: a status of HTTP by its number, a provider's own behind its name."""
    return " ".join(_NAMES.get(part, part) for part in told.split() if part != _HTTP)
