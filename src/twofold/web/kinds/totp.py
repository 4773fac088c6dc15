"""The words of authenticator apps, and of tokens that are programmed with the key of one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.core.refusals import No
from twofold.factors.contract import THING
from twofold.factors.totp import TOKEN
from twofold.web import moments
from twofold.web.kinds.contract import Lost, Secret, Thing
from twofold.web.kinds.qr import qr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from twofold.core.json import JsonObject, JsonValue
    from twofold.core.refusals import Refusal
    from twofold.web.kinds.contract import Asked

_GROUP: Final = 4
_ALGORITHMS: Final = (("SHA1", "SHA-1"), ("SHA256", "SHA-256"))
_DIGITS: Final = (("6", "6"), ("8", "8"))


class TotpWords:
    """Codes that an app makes by itself."""

    kind = "totp"
    name: StrOrPromise = _("Authenticator app")
    note: StrOrPromise = _("A hardware token that takes a key of ours counts as one.")
    on_one_device = True
    things = (
        Thing(
            value="computer",
            asked={THING: ""},
            place=1,
            icon="computer",
            title=_("This computer, or what you are using now"),
            line=_("A password manager or an app on it can make the codes. No phone is needed."),
        ),
        Thing(
            value="app",
            asked={THING: ""},
            place=2,
            icon="phone",
            title=_("A phone with an authenticator app"),
            line=_("The app sends nothing to %(account)s, and %(account)s does not learn your number."),
        ),
        Thing(
            value="token",
            place=6,
            icon="token",
            title=_("A token from your team that can be programmed"),
            line=_("You put a key of ours into it, with the program that came with the token."),
            asked={THING: TOKEN},
        ),
    )
    secret = Secret(
        heading=_("Connect your app"),
        line=_(
            "Next you see a QR code and a key for your authenticator app. "
            "Make sure that nobody looks over your shoulder."
        ),
        button=_("Show the QR code"),
    )
    connect_template = "kinds/totp_connect.html"
    stages: Mapping[str, str] = MappingProxyType({})
    settings: Mapping[str, Mapping[str, JsonValue]] = MappingProxyType(
        {
            "algorithm": {"SHA1": "SHA1", "SHA256": "SHA256"},
            "period": {"30": 30, "60": 60},
            "digits": {"6": 6, "8": 8},
        }
    )
    replace_word: StrOrPromise = _("Replace")
    usual_causes: tuple[StrOrPromise, ...] = (
        _("The phone's clock is off. Set date and time to automatic, then take the next code."),
        _("The app has several entries. Take the one with this help desk's name and your address."),
        _("The app is on another phone, or was not moved to the new one."),
    )
    lost = Lost(
        question=_("Where is your phone?"),
        elsewhere=_("It is elsewhere today"),
        lost=_("It is lost, broken or new"),
        lost_hint=_("You set up another now. The old entry goes once it works."),
    )

    def causes(self, asked: Asked) -> tuple[StrOrPromise, ...]:  # noqa: ARG002 -- nothing is sent that could fail
        """Return what it mostly is."""
        return self.usual_causes

    def of_thing(self, thing: str) -> TotpWords:
        """Return the words of a token for one."""
        return _TOKEN if thing == TOKEN else self

    def connect(self, offered: JsonObject) -> dict[str, object]:
        """Return a pending key as QR code and in groups, and the name that its entry has in the app."""
        key, uri = str(offered["key"]), str(offered["uri"])
        algorithm, period, digits = offered["algorithm"], offered["period"], offered["digits"]
        return {
            "qr_svg": qr(uri),
            "otpauth_uri": SafeString(uri) if uri.startswith("otpauth://") else "",
            "key_groups": [key[at : at + _GROUP] for at in range(0, len(key), _GROUP)],
            "key_plain": key,
            "key_hex": offered["hex"],
            "digits": digits,
            "period": period,
            "settings": {
                "algorithm": {"choices": _ALGORITHMS, "chosen": algorithm},
                "period": {"choices": _periods(), "chosen": str(period)},
                "digits": {"choices": _DIGITS, "chosen": str(digits)},
            },
            "opens_settings": offered.get(THING) == TOKEN,
            "is_usual": (algorithm, period, digits) == ("SHA1", 30, 6),
            "entry_name": f"{offered['issuer']}: {offered['label']}",
        }

    def where_to_look(self, asked: Asked) -> str:
        """Name the entry in the app, where there is but one."""
        labels, things = asked.shown.get("labels"), asked.shown.get("things")
        if isinstance(things, list) and TOKEN in things:
            return gettext("Take the code of %(account)s from your authenticator app, or from your token.") % {
                "account": asked.account_name
            }
        if isinstance(labels, list) and len(labels) == 1:
            return gettext("Open your authenticator app and look for the entry “%(account)s (%(label)s)”.") % {
                "account": asked.account_name,
                "label": labels[0],
            }
        return gettext("Open your authenticator app and look for an entry of %(account)s.") % {
            "account": asked.account_name
        }

    def became_of(self, asked: Asked) -> str:  # noqa: ARG002 -- the app makes its codes by itself
        """Say nothing: nothing is sent."""
        return ""

    def refusal(self, because: Refusal) -> str:
        """Send whoever typed a wrong code back to the app, or to the token that it is of."""
        if because.thing == TOKEN:
            return _TOKEN.refusal(because)
        match because.no:
            case No.WRONG:
                return gettext("That code is not right. Type the one your app shows now.")
            case No.TOO_LONG:
                return gettext("That is too long for a code. Type the one your app shows now.")
            case _:
                return ""

    def another_way(self, labels: Sequence[str]) -> str:  # noqa: ARG002 -- one app shows them all
        """Name the app."""
        return gettext("A code from your authenticator app")

    def in_list(self, label: str) -> str:
        """Name the entry."""
        return gettext("app “%(name)s”") % {"name": label}

    def named(self, label: str) -> str:
        """Name the entry, behind what it is in."""
        return f"{self.name} “{label}”" if label else str(self.name)


class TokenWords(TotpWords):
    """Codes that a token makes by itself, with a key of ours."""

    name = _("Hardware token")
    secret = Secret(
        heading=_("Program your token"),
        line=_("Next you see the key for your token. Make sure that nobody looks over your shoulder."),
        button=_("Show the key"),
    )
    usual_causes = (
        _("The token's clock is off. Set it with the program that came with the token."),
        _("The token holds several keys. Take the one that you put in for this help desk."),
        _("Its battery is empty, or another key was put into it since."),
    )
    lost = Lost(
        question=_("Where is your token?"),
        elsewhere=_("It is elsewhere today"),
        lost=_("It is lost or broken"),
        lost_hint=_("You set up another way now. The token stops working once that does."),
    )

    def where_to_look(self, asked: Asked) -> str:
        """Send the claimant to the token: a name of its own says which."""
        return gettext("Type the code that your token shows for %(account)s.") % {"account": asked.account_name}

    def refusal(self, because: Refusal) -> str:
        """Send whoever typed a wrong code back to the token."""
        match because.no:
            case No.WRONG:
                return gettext("That code is not right. Type the one your token shows now.")
            case No.TOO_LONG:
                return gettext("That is too long for a code. Type the one your token shows now.")
            case No.CLOCK if because.at and because.other_at:
                return gettext(
                    "That code fits %(code_at)s; here it is %(here_at)s. Set the token's clock with the program that "
                    "came with it; if colleagues see this too, tell your admin."
                ) % {"code_at": moments.clock(because.at), "here_at": moments.clock(because.other_at)}
            case _:
                return ""

    def another_way(self, labels: Sequence[str]) -> str:  # noqa: ARG002 -- whoever has several knows which is which
        """Name the token."""
        return gettext("A code from your token")

    def in_list(self, label: str) -> str:
        """Name the token."""
        return gettext("token “%(name)s”") % {"name": label}


_TOKEN: Final = TokenWords()


def _periods() -> list[tuple[str, str]]:
    return [(str(seconds), gettext("%(seconds)d seconds") % {"seconds": seconds}) for seconds in (30, 60)]
