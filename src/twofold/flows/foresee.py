"""What a policy means, in numbers of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core.roles import Audience

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.policy import Rules
    from twofold.ports.people import Tally
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a policy means for one audience, in people who are not suspended.

    `asked` are asked for a second factor they have; `led` are led through set-up (after a grace, if
    one runs); `left_alone` are asked for nothing; `dormant` hold something that is no longer asked
    for once this is saved; `exempt` hold an open exemption from the requirement. `set_up` counts
    whoever holds something today, whatever the policy.
    """

    audience: Audience
    people: int
    set_up: int
    asked: int
    led: int
    left_alone: int
    dormant: int
    exempt: int
    never_signed_in: int


def from_tallies(services: Services, account: AccountId, rules: Rules, *, now: datetime) -> tuple[Foreseen, ...]:
    """Estimate from counts of facts: exact while policy is about requirements alone."""
    return tuple(
        _from_tally(
            audience,
            services.people.tally(account, audience, now=now),
            required=rules.for_(audience).required is not None,
        )
        for audience in Audience
    )


def _from_tally(audience: Audience, tally: Tally, *, required: bool) -> Foreseen:
    # Who chose it is asked under every policy, and whoever was reset is led through set-up.
    asked = tally.set_up if required else tally.chosen
    led = tally.people - tally.set_up - tally.exempt if required else tally.asked_by_reset
    led = max(led, tally.asked_by_reset)
    return Foreseen(
        audience=audience,
        people=tally.people,
        set_up=tally.set_up,
        asked=asked,
        led=led,
        left_alone=max(tally.people - asked - led, 0),
        dormant=0 if required else max(tally.set_up - tally.chosen, 0),
        exempt=tally.exempt,
        never_signed_in=tally.never_signed_in,
    )
