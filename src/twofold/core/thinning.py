"""Thinning out events that a stranger causes: who sends wrong passwords without end must not fill the audit log.

Of those that arrive within an hour the first are all recorded, then only each one that doubles their number; how many
were left out stands with the next that is recorded. It is decided by what a stranger knows already (how many there
were, and from which network address), so it tells nothing about who exists.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from twofold.core.instants import to_micros
from twofold.core.json import JsonObject, instant_in, int_in, refuse_unknown

PERIOD: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many such events are recorded in an hour before they are thinned out.

    Of a whole account, and of one network address, so that a single one does not use up what is meant for all.
    """

    of_account: int = 1000
    of_address: int = 100


DEFAULTS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Seen:
    """How many there were since `since`, and how many were left out after the last one that was recorded."""

    since: datetime
    count: int = 0
    left_out: int = 0

    def to_json(self) -> JsonObject:
        """Return this as JSON; instants are microseconds."""
        return {"since": to_micros(self.since), "count": self.count, "left_out": self.left_out}

    @classmethod
    def from_json(cls, value: JsonObject) -> "Seen":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, {"since", "count", "left_out"})
        return cls(instant_in(value, "since"), int_in(value, "count"), int_in(value, "left_out"))


def one_more(seen: Seen | None, *, now: datetime) -> Seen:
    """Return the count with one more; a new hour begins with the first that comes after the last one's end."""
    if seen is None or not seen.since <= now < seen.since + PERIOD:
        return Seen(now, 1, seen.left_out if seen else 0)
    return Seen(seen.since, seen.count + 1, seen.left_out)


def is_recorded(seen: Seen, most: int) -> bool:
    """Say whether the newest of those counted is recorded: one of the first `most`, or one that doubles them."""
    if seen.count <= most:
        return True
    times, over = divmod(seen.count, most)
    return over == 0 and times & (times - 1) == 0


def after(seen: Seen, *, recorded: bool) -> Seen:
    """Return the count as it is kept once it is known whether the newest was recorded."""
    return Seen(seen.since, seen.count, 0 if recorded else seen.left_out + 1)


def left_out_elsewhere(seen: Seen | None, *, now: datetime) -> Seen:
    """Return the count after one that another count left out: it is known of, and uses up nothing here."""
    return after(seen or Seen(now), recorded=False)
