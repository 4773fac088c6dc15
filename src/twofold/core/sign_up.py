"""Who may sign up by themselves, as an end user: nobody, everybody, or whoever has an address of certain domains."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twofold.core.instants import day_began, day_of
from twofold.core.json import JsonObject, as_text, flag_in, int_in, list_in, refuse_unknown
from twofold.core.throttle import ADDRESS_LINKS, AddressLimit

DOMAINS_MOST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """Off, unless somebody opens it; without `domains` it is open to every address.

    `domains` are sorted, in their one spelling, and match whole domains ("acme.example", not its subdomains). They are
    kept while sign-up is closed.
    """

    is_open: bool = False
    domains: tuple[str, ...] = ()

    def takes(self, email: str) -> bool:
        """Say whether somebody with this normalised address may sign up."""
        return self.is_open and (not self.domains or email.rpartition("@")[2] in self.domains)

    def is_wider(self, than: "SignUp") -> bool:
        """Say whether this lets somebody in whom the other does not."""
        if not self.is_open or (than.is_open and not than.domains):
            return False
        return not than.is_open or not self.domains or not set(self.domains) <= set(than.domains)

    def to_json(self) -> JsonObject:
        """Return this as JSON."""
        return {"domains": [*self.domains], "is_open": self.is_open}

    @classmethod
    def from_json(cls, value: JsonObject) -> "SignUp":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, {"domains", "is_open"})
        domains = tuple(as_text(one, "domain") for one in list_in(value, "domains"))
        return cls(is_open=flag_in(value, "is_open"), domains=domains)


CLOSED: Final = SignUp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often strangers may ask: in a day of UTC over the whole account, and from one network address."""

    a_day: int = 1000
    of_address: AddressLimit = ADDRESS_LINKS


DEFAULTS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Today:
    """How many asked on a day: counted since 1970 in UTC."""

    day: int
    asked: int = 0

    def to_json(self) -> JsonObject:
        """Return this as JSON."""
        return {"asked": self.asked, "day": self.day}


def today(value: JsonObject, now: datetime) -> Today:
    """Return what was counted today, out of what `to_json` of any day wrote, or {}."""
    day = day_of(now)
    return Today(day, int_in(value, "asked")) if value and int_in(value, "day") == day else Today(day)


def next_day(counted: Today) -> datetime:
    """Return when the next day begins, with nothing counted."""
    return day_began(counted.day + 1)
