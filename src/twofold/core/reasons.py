"""Why somebody is asked, or not asked: codes with parameters, for the page, the audit log and `explain`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from twofold.core.wanted import Accepts


class Reason(StrEnum):
    """One reason of a decision. Stored in the audit log, so a name is never changed."""

    CHOSEN = "chosen"
    REQUIRED_FOR_AUDIENCE = "required_for_audience"
    """`at`: since when this person is covered."""
    REQUIRED_FOR_GROUP = "required_for_group"
    """`at`: since when this person is covered; `detail`: the group's name."""
    REQUIRED_FOR_PERSON = "required_for_person"
    """`at`: since when."""
    METHODS_OF_GROUP = "methods_of_group"
    """A group's rule says which kinds count (`accepts`), how often a passcode is asked for (`trust_for`), or both;
    `detail`: its name."""
    METHODS_OF_PERSON = "methods_of_person"
    """The same, by a rule for this person alone."""
    BETTER_WANTED = "better_wanted"
    """What is held still counts, but policy wants another kind; `detail`: the kind that is held."""
    RESET = "reset"
    """Set-up is due because everything was reset."""
    EXEMPT = "exempt"
    """`at`: until when; `detail`: the reason that was given."""
    EXEMPTION_OVER = "exemption_over"
    NOT_REQUIRED = "not_required"
    REQUIREMENT_NOT_STARTED = "requirement_not_started"
    """`at`: when it starts."""
    IN_GRACE = "in_grace"
    """`at`: until when set-up can wait."""
    GRACE_OVER = "grace_over"
    DORMANT = "dormant"
    """Something is held, and kept, but not asked for at sign-in."""
    LAPSED = "lapsed"
    """What is held was dormant and unused for so long that it has to be proved once, or set up anew."""
    SIGNS_IN_WITH_PROVIDER = "signs_in_with_provider"
    """`detail`: the provider."""
    NOTHING_HELD = "nothing_held"
    PROVED = "proved"
    """`detail`: the kind of the proof that policy accepts."""
    ONLY_OPENS_SET_UP = "only_opens_set_up"
    """Something was proved that opens nothing but setting up what policy allows; `detail`: its kind."""
    TRUSTED_BROWSER = "trusted_browser"
    """`at`: until when this browser answers."""
    EVERY_SIGN_IN_BY_POLICY = "every_sign_in_by_policy"
    EVERY_SIGN_IN_BY_CHOICE = "every_sign_in_by_choice"
    NEW_BROWSER = "new_browser"
    """Nobody signed in as this person on this browser before, and the account checks that by mail."""
    UNKNOWN_BROWSER = "unknown_browser"
    TRUST_ENDED = "trust_ended"
    """`at`: when it ended."""
    KIND_NO_LONGER_ALLOWED = "kind_no_longer_allowed"
    """`at`: when the old kind stops proving, where policy names a date; `detail`: the kind."""
    PROVED_BY_MAILBOX = "proved_by_mailbox"
    """The password came from a reset by mail, so mailed passcodes do not count; `at`: until when."""
    SUSPENDED = "suspended"
    FROZEN = "frozen"
    """The person stopped the sign-in from a mail; the password must be reset first."""
    OUTSIDE_NETWORKS = "outside_networks"
    """Team members come from certain networks only, and this address lies in none of them; `detail`: the address."""
    NO_FIRST_FACTOR = "no_first_factor"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason with its parameters; `accepts` and `trust_for` say what a rule limits, None: not that."""

    reason: Reason
    at: datetime | None = None
    detail: str = ""
    accepts: Accepts | None = None
    trust_for: timedelta | None = None
