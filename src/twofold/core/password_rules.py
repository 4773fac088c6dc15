"""What an account wants of new passwords, and whether admins may set them for others."""

from dataclasses import dataclass
from typing import Final

from twofold.core.json import JsonObject, flag_in, int_in, refuse_unknown
from twofold.core.passwords import LEAST

LEAST_MOST: Final = 64
"""No account asks for more: what is longer is no longer typed, but pasted from somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """`least` characters at the least; `admins_set`: whoever may help somebody may set their password, too."""

    least: int = LEAST
    admins_set: bool = False

    @property
    def is_possible(self) -> bool:
        """Whether an account can want this."""
        return LEAST <= self.least <= LEAST_MOST

    def is_weaker(self, than: "PasswordRules") -> bool:
        """Say whether this asks for less, or lets more people in the way."""
        return self.least < than.least or (self.admins_set and not than.admins_set)

    def to_json(self) -> JsonObject:
        """Return this as JSON."""
        return {"least": self.least, "admins_set": self.admins_set}

    @classmethod
    def from_json(cls, value: JsonObject) -> "PasswordRules":
        """Read what `to_json` wrote, or {} for the defaults; MalformedJson for anything else."""
        refuse_unknown(value, {"least", "admins_set"})
        return cls(least=int_in(value, "least"), admins_set=flag_in(value, "admins_set")) if value else cls()
