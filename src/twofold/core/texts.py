"""Text messages: what a sender has to be told, what of it cannot be, and what the words weigh.

A sender is a provider with its fields. The fields of a generic one are templates with `{placeholders}`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST: Final = 2000
"""Characters of an address, of all headers, or of a body."""
LONGEST_WORD: Final = 254
"""Characters of a name, a secret or a sender."""
MOST_BUDGET: Final = 100_000
DEFAULT_BUDGET: Final = 200
"""Texts a day, of one account."""
END_USERS_PERCENT: Final = 80
"""How many of them, in percent, end users may use: the rest is kept for the team."""
UNPROVED_PERCENT: Final = 50
"""How many of theirs, in percent, may go to numbers that nobody has proved yet: the rest is kept for signing in."""
BUDGET_TOLD_AT: Final = (80, 100)
"""At which shares of the budget, in percent, owners and admins are told, once a day each."""
METHODS: Final = ("POST", "GET", "PUT")
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
PLACEHOLDERS: Final = frozenset(
    {"to", "number", "text", "from", "id", "receipt", "user", "secret", "basic", "minutes", "coding"}
)
"""What a template may ask for. `number` is `to` without its plus sign, `basic` is user and secret as RFC 7617 joins
them, `receipt` our own address for what becomes of the text, `coding` 0 for the GSM alphabet and 2 for all others."""
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_]+)\}")
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*\S.*")
_SENDER: Final = re.compile(r"\+?\d{3,15}|(?=.*[A-Za-z])[A-Za-z0-9 &._-]{1,11}|MG[0-9a-f]{32}")
_REGION: Final = re.compile(r"[A-Z]{2}")
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€"
)
"""The characters of GSM 03.38 with its extension table."""


class Provider(StrEnum):
    """Who takes texts from us; stored, never renamed."""

    HTTP = "http"
    TWILIO = "twilio"
    VONAGE = "vonage"


class Unfit(StrEnum):
    """What is wrong with a field of a sender."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    """Too long, or with characters that cannot be sent."""
    NOT_AN_ADDRESS = "not_an_address"
    PLAIN_HTTP = "plain_http"
    """Codes and secrets would cross the network readable by everybody on the way."""
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    NO_PLACE_FOR_TEXT = "no_place_for_text"
    """Neither address nor body asks for both the number and the text."""
    NOT_A_HEADER = "not_a_header"
    NOT_A_SENDER = "not_a_sender"
    SECRET_AGAIN = "secret_again"  # noqa: S105 -- the name of a problem, not a secret
    """The stored secret belongs to the sender that it was typed for, and goes nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A provider and its fields; what a provider does not use is empty.

    `address` is a whole template for HTTP, else the beginning of every address of the provider ("" for its own).
    `headers` are lines of "Name: value". `says` is what an answer holds when the text was taken ("": any that is 2xx).
    """

    provider: Provider
    address: str = ""
    method: str = METHODS[0]
    headers: str = ""
    body: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)
    sender: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a provider needs: its own address, and which fields have to be filled in."""

    address: str
    needs: frozenset[str]


PROVIDERS: Final[Mapping[Provider, Facts]] = MappingProxyType(
    {
        Provider.HTTP: Facts(address="", needs=frozenset({"address"})),
        Provider.TWILIO: Facts(address="https://api.twilio.com", needs=frozenset({"user", "secret", "sender"})),
        Provider.VONAGE: Facts(address="https://rest.nexmo.com", needs=frozenset({"user", "secret", "sender"})),
    }
)


def address_of(sender: Sender) -> str:
    """Return where texts go: the address that was given, or the provider's own."""
    return (sender.address or PROVIDERS[sender.provider].address).rstrip("/")


def problems(sender: Sender) -> dict[str, Unfit]:
    """Return what is wrong, by the name of the field; empty when texts could go out like this."""
    found = {name: Unfit.MISSING for name in PROVIDERS[sender.provider].needs if not getattr(sender, name)}
    for name in ("address", "headers", "body"):
        if len(getattr(sender, name)) > LONGEST:
            found[name] = Unfit.TOO_LONG
    for name in ("user", "secret", "sender", "says"):
        text = getattr(sender, name)
        if len(text) > LONGEST_WORD or not text.isprintable():
            found[name] = Unfit.TOO_LONG
    if sender.sender and "sender" not in found and _SENDER.fullmatch(sender.sender) is None:
        found["sender"] = Unfit.NOT_A_SENDER
    if sender.address and "address" not in found:
        wrong = _address_problem(sender.address)
        if wrong is not None:
            found["address"] = wrong
    if sender.provider is Provider.HTTP:
        # What was found first is said first.
        found = {**_template_problems(sender), **found}
    return found


def is_same_secret(one: Sender, other: Sender) -> bool:
    """Say whether a secret that was typed for one sender goes exactly the same way with the other.

    Everything that decides where and as what it is sent: were a body free to change, it could be sent as the text.
    """
    return (
        one.provider is other.provider
        and address_of(one) == address_of(other)
        and (one.method, one.headers, one.body, one.user) == (other.method, other.headers, other.body, other.user)
    )


def placeholders(template: str) -> list[str]:
    """Return the names of a template's placeholders, in order."""
    return _PLACEHOLDER.findall(template)


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the template with each placeholder replaced once: what a value holds is never a placeholder itself."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


def header_lines(headers: str) -> list[tuple[str, str]]:
    """Return names and values of headers as they were typed, a line each; empty lines are left out."""
    lines = [line.partition(":") for line in headers.splitlines() if line.strip()]
    return [(name.strip(), value.strip()) for name, _, value in lines]


def regions_of(text: str) -> frozenset[str] | None:
    """Return the regions (ISO 3166, two letters) of a list with commas between; None when one cannot be one."""
    names = [name.strip().upper() for name in text.split(",") if name.strip()]
    return frozenset(names) if all(map(_REGION.fullmatch, names)) else None


def is_gsm(text: str) -> bool:
    """Say whether a text is written in the GSM alphabet: then 160 characters fit into one message, else 70."""
    return _GSM.issuperset(text)


def mask(number: str) -> str:
    """Return as much of a number as a log or page may hold: its last four digits, "•••• 4711"."""
    return f"•••• {number[-4:]}"


def _template_problems(sender: Sender) -> dict[str, Unfit]:
    found = {}
    for name in ("address", "headers", "body"):
        if not PLACEHOLDERS.issuperset(placeholders(getattr(sender, name))):
            found[name] = Unfit.UNKNOWN_PLACEHOLDER
    asked = {*placeholders(sender.address), *placeholders(sender.body)}
    if not found and ("text" not in asked or not asked & {"to", "number"}):
        found["body"] = Unfit.NO_PLACE_FOR_TEXT
    lines = [line for line in sender.headers.splitlines() if line.strip()]
    if not all(_HEADER.fullmatch(line) and line.isascii() and line.isprintable() for line in lines):
        found["headers"] = Unfit.NOT_A_HEADER
    if not sender.body.replace("\n", "").isprintable():
        found["body"] = Unfit.TOO_LONG
    return found


def _address_problem(address: str) -> Unfit | None:
    parts = _split(address)
    if parts is None or not parts.hostname or parts.fragment or not (address.isascii() and address.isprintable()):
        return Unfit.NOT_AN_ADDRESS
    # A name and password before the host would stand in every log; and no placeholder ever chooses the host.
    if "@" in parts.netloc or "{" in parts.netloc or " " in address:
        return Unfit.NOT_AN_ADDRESS
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return Unfit.PLAIN_HTTP
    return None if parts.scheme in {"https", "http"} else Unfit.NOT_AN_ADDRESS


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts
