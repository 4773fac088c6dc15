"""From what is to be said to words: templates `mail/NAME.txt` and `sms/NAME.txt`, in the person's language and zone.

The first line of a rendered mail is its subject, the rest is the text. A text message is all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates
from django.utils import timezone, translation

from twofold.core.instants import from_micros

if TYPE_CHECKING:
    from twofold.core.json import JsonValue
    from twofold.ports.outbox import Message

TEMPLATES = Path(__file__).parent.parent / "web" / "templates"
_SUBJECT = "Subject:"
_MAIL = "mail"
_FOLDERS = frozenset({"sms"})
"""Channels whose words stand in a folder of their own."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in words."""

    subject: str
    text: str = field(repr=False)


class Words:
    """Renders messages. Plain text: nothing in it is escaped as if it were a page."""

    def __init__(self, templates: Path = TEMPLATES) -> None:
        self._engine = DjangoTemplates(
            {
                "NAME": "mail",
                "DIRS": [templates],
                "APP_DIRS": False,
                "OPTIONS": {
                    "autoescape": False,
                    "loaders": [
                        ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])
                    ],
                },
            }
        )

    def method(self, kind: str, *, thing: str = "", label: str = "") -> str:
        """Return what a method is called ("Authenticator app “blue”"), as pages do; a kind without words as it is."""
        try:
            template = self._engine.get_template(f"kinds/{kind}_name.txt")
        except TemplateDoesNotExist:
            return kind.replace("_", " ")
        text: str = template.render({"method": {"kind": kind, "thing": thing, "label": label}})
        return text

    def of(self, message: Message) -> Letter:
        """Return the words of a message; TemplateDoesNotExist when nobody wrote them.

        A template sees the message's params, instants among them (names that are `at`, `until` or end so, in lists too)
        as times, and `at`, when it was put.
        """
        folder = message.channel if message.channel in _FOLDERS else _MAIL
        context = {"at": message.put_at, **{name: _shown(name, value) for name, value in message.params.items()}}
        with translation.override(message.locale), timezone.override(ZoneInfo(message.time_zone)):
            text: str = self._engine.get_template(f"{folder}/{message.template}.txt").render(context)
        if folder != _MAIL:
            return Letter(subject="", text=text.strip())
        subject, _, rest = text.strip().partition("\n")
        # A subject is one header; what a person typed as their name must not add another.
        return Letter(subject=" ".join(subject.removeprefix(_SUBJECT).split()), text=f"{rest.strip()}\n")


def _shown(name: str, value: JsonValue) -> object:
    if isinstance(value, list):
        return [_shown_inside(one) for one in value]
    is_instant = name in {"at", "until"} or name.endswith(("_at", "_until"))
    return from_micros(value) if is_instant and isinstance(value, int) and not isinstance(value, bool) else value


def _shown_inside(value: JsonValue) -> object:
    return {name: _shown(name, each) for name, each in value.items()} if isinstance(value, dict) else value
