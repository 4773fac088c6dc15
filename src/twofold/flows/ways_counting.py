"""Which ways of somebody count no more, and until when each still opens set-up, by one policy at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.flows.coming import Foretelling
from twofold.flows.report_lines import Judge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twofold.core.rules import Rules
    from twofold.core.standing import Standing
    from twofold.factors.contract import SecondFactor
    from twofold.ports.reports import Surveyed


class Counting:
    """Says it of people, each as they stand; of whoever is asked for nothing, and never will be, nothing stops."""

    def __init__(self, rules: Rules, factors: Mapping[str, SecondFactor], *, now: datetime) -> None:
        self._foretelling = Foretelling(rules, factors, now=now)
        self._judge = Judge(rules, factors, now=now)

    def stands(self, one: Surveyed) -> Standing:
        """Say where somebody stands: what they hold by its kinds alone, as of anybody in the same situation."""
        return self._judge.situation(one).standing

    def stops(self, one: Surveyed) -> dict[str, datetime | None]:
        """Return the kinds that somebody holds and that do not count, each with until when it opens set-up."""
        if not one.methods:
            return {}
        stands = self.stands(one)
        if not stands.unusable or not (stands.asked or self.asked_from(one)):
            return {}
        accepts = stands.own.accepts
        return {held.kind: accepts.proves_until(held.kind, held.traits) for held in stands.unusable}

    def asked_from(self, one: Surveyed) -> datetime | None:
        """Return when somebody who is asked for nothing today is asked next; None where they are, or never will be."""
        coming = None if self.stands(one).asked else self._foretelling.lasting(one)
        return None if coming is None else coming.starts_at

    def usable(self, one: Surveyed) -> tuple[str, ...]:
        """Return the kinds that somebody holds and that count."""
        return tuple(dict.fromkeys(held.kind for held in self.stands(one).usable))

    @staticmethod
    def holds(one: Surveyed, kind: str) -> bool:
        """Say whether somebody holds something of this kind."""
        return any(each.kind == kind for each in one.methods)
