"""The words of codes by text message."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.core.refusals import No
from twofold.web.kinds.contract import Lost, Thing
from twofold.web.kinds.sent import ByState, Causes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from twofold.core.json import JsonObject, JsonValue
    from twofold.core.refusals import Refusal
    from twofold.web.kinds.contract import Asked

EXAMPLE: Final = "+44 7400 123456"
"""What a number looks like, where nothing is known of who types one."""

_ON_THE_PAGE = ByState(
    waiting=_("A text with a code to %(to)s has been on its way since %(at)s."),
    tried_again=_("The text with a code to %(to)s (%(at)s) could not be sent yet. We are trying again."),
    handed_over=_("We sent a text with a code to %(to)s at %(at)s."),
    delivered=_("We sent a text with a code to %(to)s at %(at)s, and it arrived."),
    failed=_("The text to %(to)s could not be sent at %(at)s."),
    unclear=_("We do not know whether our text of %(at)s to %(to)s was sent."),
    undelivered=_("Our text of %(at)s to %(to)s did not arrive: the provider could not deliver it."),
)
_IN_A_LINE = ByState(
    waiting=_("%(at)s: a text to %(to)s. It has not left us yet."),
    tried_again=_("%(at)s: a text to %(to)s. It could not be sent yet, and is tried again."),
    handed_over=_("%(at)s: a text to %(to)s, handed to our provider. Nobody has told us yet that it arrived."),
    delivered=_("%(at)s: a text to %(to)s. The provider says that it arrived."),
    failed=_("%(at)s: a text to %(to)s. It could not be sent."),
    unclear=_("%(at)s: a text to %(to)s. The provider did not answer; it may come all the same."),
    undelivered=_("%(at)s: a text to %(to)s. The provider says that it could not be delivered."),
)
_CAUSES = Causes(
    takes_a_while=_("A text can take a minute or two."),
    then_again=_("Send a new code only after that; then only the new one counts."),
    at_the_other_end=(
        _("The phone has no signal, is in flight mode, or blocks texts from senders that it does not know."),
        _("The number belongs to another phone by now."),
    ),
    not_left=_("The text never left us, so it is not your phone. Whoever runs the help desk sees why."),
    not_yet=_("We could not hand the text to our provider yet, so it is not your phone. We try again by ourselves."),
    nobody_knows=_("Our provider did not say what became of the text, so it may still come."),
)


class SmsWords:
    """Codes that are texted to a phone."""

    kind = "sms"
    name: StrOrPromise = _("Text messages")
    note: StrOrPromise = ""
    on_one_device = False
    things = (
        Thing(
            value="texts",
            place=3,
            icon="message",
            title=_("A phone for text messages"),
            line=_("We text you a code each time. %(account)s keeps your number, and uses it for nothing else."),
        ),
    )
    secret = None
    connect_template = "kinds/sms_code.html"
    stages = MappingProxyType({"number": "kinds/sms_number.html"})
    settings: Mapping[str, Mapping[str, JsonValue]] = MappingProxyType({})
    replace_word: StrOrPromise = _("Change number")
    lost = Lost(
        question=_("Where is your phone?"),
        elsewhere=_("It is elsewhere today"),
        lost=_("It is lost, or the number is another"),
        lost_hint=_("Texts to the old number stop, and you set up another way now."),
    )

    def of_thing(self, thing: str) -> SmsWords:  # noqa: ARG002 -- there is but one
        """Return these."""
        return self

    def connect(self, offered: JsonObject) -> dict[str, object]:  # noqa: ARG002 -- nothing of it is shown by itself
        """Return what a number looks like."""
        return {"example": EXAMPLE}

    def where_to_look(self, asked: Asked) -> str:
        """Say to which number a code went, and when."""
        return _ON_THE_PAGE.of(asked) or gettext("No text was sent yet.")

    def became_of(self, asked: Asked) -> str:
        """Say what became of the text."""
        return _IN_A_LINE.of(asked)

    def causes(self, asked: Asked) -> tuple[StrOrPromise, ...]:
        """Return what it may be; of a text that did not leave nobody looks for the fault in their phone."""
        return _CAUSES.of(asked)

    def refusal(self, because: Refusal) -> str:
        """Say what is wrong with a number, or with the code that was texted."""
        match because.no:
            case No.WRONG:
                return gettext("That code is not right. Type the one from our newest text.")
            case No.NUMBER_UNREADABLE:
                return gettext(
                    "That is no whole phone number. Type it with plus sign and country code: %(example)s."
                ) % {"example": EXAMPLE}
            case No.NUMBER_NOT_FOR_TEXTS:
                return gettext("Numbers of that sort take no texts of ours. Type the number of a mobile phone.")
            case No.COUNTRY_NOT_SERVED:
                return gettext("We send no texts to that country. Type another number, or choose another way.")
            case _:
                return ""

    def another_way(self, labels: Sequence[str]) -> str:
        """Name the number."""
        if len(labels) == 1:
            return gettext("A text to %(number)s") % {"number": labels[0]}
        return gettext("A text message")

    def in_list(self, label: str) -> str:
        """Name the number."""
        return gettext("texts to %(number)s") % {"number": label}

    def named(self, label: str) -> str:
        """Name the number."""
        return gettext("Text messages to %(number)s") % {"number": label} if label else str(self.name)
