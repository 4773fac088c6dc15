"""What moving people into a group or out of it would do to each, and whether that is still what an admin saw."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.json import instant_or_null
from twofold.flows import group_moving, rehearsal
from twofold.flows.group_moving import Moved
from twofold.flows.selected import Became

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twofold.core.groups import Group
    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.group_judging import Known, PuttingIn, TakingOut
    from twofold.flows.rehearsal import Mailed
    from twofold.flows.rule_effects import Foreseen, Foresight
    from twofold.flows.visit import Visit
    from twofold.ports.services import Services

_LENGTH: Final = 16
"""Characters of what stands for a foresight: enough to tell it from another, and nothing that has to be kept secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """What moving these would do; `seen` stands for all of it, to be compared when they are moved.

    `mailed` is whom it would mail beside owners and admins, where that was asked.
    """

    group: Group
    people: Foresight
    seen: str
    mailed: Mailed | None = None

    @property
    def is_felt(self) -> bool:
        """Whether anybody notices anything, or less is asked of anybody."""
        return any(one.is_felt for one in self.people)


def moving(
    services: Services, judge: PuttingIn | TakingOut, ids: Sequence[PersonId], known: Mapping[PersonId, Known]
) -> Moving:
    """Say what moving these would do to each, as they stand in `known`."""
    people = tuple(judge.foresee(one, known.get(one)) for one in ids)
    told = [judge.group.to_json(), [_stands_for(one) for one in people]]
    seen = services.digests.of_token(json.dumps(told, sort_keys=True))[:_LENGTH]
    return Moving(group=judge.group, people=people, seen=seen)


def whom_it_mails(
    services: Services, visit: Visit, judge: PuttingIn | TakingOut, known: Mapping[PersonId, Known]
) -> Mailed:
    """Say whom moving these would mail, beside owners and admins. Writes nothing."""
    judged = [(one, judge.judged(one)) for one in known.values()]
    moved = [(one, Moved(one.person, found)) for one, found in judged if found.became is Became.DONE]

    def telling(paper: Services) -> None:
        group_moving.tell(paper, visit, judge, [each for _, each in moved])

    then = {one.person.id: judge.then(one) for one, _ in moved}
    return rehearsal.of_moves(services, visit.account, then, telling, now=judge.now)


def _stands_for(one: Foreseen) -> JsonObject:
    """Return what an admin goes by; not until when somebody may wait, which counts from the moment of the move."""
    found = one.coming
    return {
        "id": one.line.id,
        "became": one.line.became.value,
        "effect": None if found is None else found.effect.value,
        "starts_at": None if found is None else instant_or_null(found.starts_at),
        "stops": [*found.stops] if found else [],
        "weaker": [each.value for each in one.weaker],
    }
