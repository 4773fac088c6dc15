"""The words of authenticator apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.web.kinds.contract import Secret, Thing
from twofold.web.kinds.qr import qr

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from twofold.core.json import JsonObject

_GROUP: Final = 4


class TotpWords:
    """Codes that an app makes by itself."""

    kind = "totp"
    name: StrOrPromise = _("Authenticator app")
    things = (
        Thing(
            "app",
            "phone",
            _("A phone with an authenticator app"),
            _("The app sends nothing to %(account)s, and %(account)s does not learn your number."),
        ),
        Thing(
            "computer",
            "computer",
            _("This computer"),
            _("A password manager or an app on it can make the codes. No phone is needed."),
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
    causes: tuple[StrOrPromise, ...] = (
        _("The phone's clock is off. Set date and time to automatic, then take the next code."),
        _("The app has several entries. Take the one with this help desk's name and your address."),
        _("The app is on another phone, or was not moved to the new one."),
    )

    def connect(self, offered: JsonObject) -> dict[str, object]:
        """Return a pending key as QR code and in groups, and the name that its entry has in the app."""
        key, uri = str(offered["key"]), str(offered["uri"])
        return {
            "qr_svg": qr(uri),
            "otpauth_uri": SafeString(uri) if uri.startswith("otpauth://") else "",
            "key_groups": [key[at : at + _GROUP] for at in range(0, len(key), _GROUP)],
            "key_plain": key,
            "entry_name": f"{offered['issuer']}: {offered['label']}",
        }

    def where_to_look(self, shown: JsonObject, account_name: str) -> str:
        """Name the entry in the app, where there is but one."""
        labels = shown.get("labels")
        if isinstance(labels, list) and len(labels) == 1:
            return gettext("Open your authenticator app and look for the entry “%(account)s (%(label)s)”.") % {
                "account": account_name,
                "label": labels[0],
            }
        return gettext("Open your authenticator app and look for an entry of %(account)s.") % {"account": account_name}
