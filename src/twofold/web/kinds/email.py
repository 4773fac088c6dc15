"""The words of mailed codes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

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

_ON_THE_PAGE = ByState(
    waiting=_("A mail with a code to %(to)s has been on its way since %(at)s."),
    tried_again=_("The mail with a code to %(to)s (%(at)s) could not be sent yet. We are trying again."),
    handed_over=_("We sent a mail with a code to %(to)s at %(at)s."),
    delivered=_("We sent a mail with a code to %(to)s at %(at)s, and it arrived."),
    failed=_("The mail to %(to)s could not be sent at %(at)s."),
    unclear=_("We do not know whether our mail of %(at)s to %(to)s was sent."),
    undelivered=_("Our mail of %(at)s to %(to)s came back."),
)
_IN_A_LINE = ByState(
    waiting=_("%(at)s: a mail to %(to)s. It has not left us yet."),
    tried_again=_("%(at)s: a mail to %(to)s. It could not be sent yet, and is tried again."),
    handed_over=_("%(at)s: a mail to %(to)s, handed to your mail provider."),
    delivered=_("%(at)s: a mail to %(to)s. Your mail provider says that it arrived."),
    failed=_("%(at)s: a mail to %(to)s. It could not be sent."),
    unclear=_("%(at)s: a mail to %(to)s. The mail server did not answer; it may come all the same."),
    undelivered=_("%(at)s: a mail to %(to)s. It came back."),
)
_CAUSES = Causes(
    takes_a_while=_("A mail can take some minutes."),
    then_again=_("Send a new code only after that; then only the new one counts."),
    at_the_other_end=(
        _("It is in the spam folder, or sorted into another one."),
        _("It went to the address on file, and you look into another mailbox."),
    ),
    not_left=_("The mail never left us, so it is in no folder of yours. Whoever runs the help desk sees why."),
    not_yet=_("We could not hand the mail to the mail server yet. We try again by ourselves."),
    nobody_knows=_("The mail server did not say what became of the mail, so it may still come."),
)


class EmailWords:
    """Codes that are mailed to the address on file."""

    kind = "email"
    name: StrOrPromise = _("Codes by mail")
    note: StrOrPromise = ""
    on_one_device = True
    things = (
        Thing(
            value="mail",
            place=4,
            icon="mail",
            title=_("Your mailbox"),
            line=_(
                "We mail you a code each time. It protects less than the others, "
                "and after a password reset by mail you need a recovery code."
            ),
        ),
    )
    secret = None
    connect_template = "kinds/email_code.html"
    stages: Mapping[str, str] = MappingProxyType({})
    settings: Mapping[str, Mapping[str, JsonValue]] = MappingProxyType({})
    replace_word: StrOrPromise = ""
    lost = Lost(
        question=_("Can you read your mail?"),
        elsewhere=_("Not today, but soon again"),
        lost=_("Not any more"),
        lost_hint=_("Codes by mail stop, and you set up another way now."),
    )

    def of_thing(self, thing: str) -> EmailWords:  # noqa: ARG002 -- there is but one
        """Return these."""
        return self

    def connect(self, offered: JsonObject) -> dict[str, object]:  # noqa: ARG002 -- nothing of it is shown by itself
        """Return nothing: all of it is in the sentence."""
        return {}

    def where_to_look(self, asked: Asked) -> str:
        """Say to which mailbox a code went, and when."""
        return _ON_THE_PAGE.of(asked) or gettext("No mail was sent yet.")

    def became_of(self, asked: Asked) -> str:
        """Say what became of the mail."""
        return _IN_A_LINE.of(asked)

    def causes(self, asked: Asked) -> tuple[StrOrPromise, ...]:
        """Return what it may be; of a mail that did not leave nobody looks into their spam folder."""
        return _CAUSES.of(asked)

    def refusal(self, because: Refusal) -> str:
        """Send whoever typed a wrong code back to the mailbox."""
        return gettext("That code is not right. Type the one from our newest mail.") if because.no is No.WRONG else ""

    def another_way(self, labels: Sequence[str]) -> str:
        """Name the address."""
        if len(labels) == 1:
            return gettext("A mail to %(address)s") % {"address": labels[0]}
        return gettext("A mail")

    def in_list(self, label: str) -> str:
        """Name the address."""
        return gettext("mail to %(address)s") % {"address": label}

    def named(self, label: str) -> str:
        """Name the address."""
        return gettext("Codes by mail to %(address)s") % {"address": label} if label else str(self.name)
