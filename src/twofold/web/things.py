"""What somebody may have at hand, and which kind of second factor it makes: the words of the set-up wizard, by kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from twofold.core.json import JsonObject

_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Thing:
    """One choice on the page: its value in the form, what it is, and what it means; `line` may name the account."""

    value: str
    icon: str
    title: StrOrPromise
    line: StrOrPromise


THINGS: Final[Mapping[str, tuple[Thing, ...]]] = {
    "totp": (
        Thing(
            "app",
            "phone",
            gettext_lazy("A phone with an authenticator app"),
            gettext_lazy("The app sends nothing to %(account)s, and %(account)s does not learn your number."),
        ),
        Thing(
            "computer",
            "computer",
            gettext_lazy("This computer"),
            gettext_lazy("A password manager or an app on it can make the codes. No phone is needed."),
        ),
    ),
}
NOTHING: Final = "none"


def shown(kinds: Sequence[str], account_name: str) -> list[dict[str, object]]:
    """Return the choices that these kinds make, the first one ticked."""
    things = [thing for kind in kinds for thing in THINGS.get(kind, ())]
    return [
        {
            "value": thing.value,
            "title": thing.title,
            "line": str(thing.line) % {"account": account_name},
            "icon": thing.icon,
            "ticked": thing is things[0],
        }
        for thing in things
    ]


def kind_of(value: str) -> str:
    """Return the kind that a choice stands for; "" for none."""
    return next((kind for kind, things in THINGS.items() for thing in things if thing.value == value), "")


def connect(offered: JsonObject) -> dict[str, object]:
    """Return what the page shows of a pending key: QR code, key in groups, and the entry's name in the app."""
    key, uri = str(offered["key"]), str(offered["uri"])
    return {
        "qr_svg": qr(uri),
        "otpauth_uri": SafeString(uri) if uri.startswith("otpauth://") else "",
        "key_groups": [key[at : at + _GROUP] for at in range(0, len(key), _GROUP)],
        "key_plain": key,
        "entry_name": f"{offered['issuer']}: {offered['label']}",
    }


def qr(content: str) -> SafeString:
    """Return a QR code as inline SVG: segno writes numbers and path commands only, never the content."""
    return mark_safe(segno.make(content, error="m", micro=False).svg_inline(omitsize=True, border=0))  # noqa: S308
